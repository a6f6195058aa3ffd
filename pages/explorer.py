"""The explorer: any network of the papers, and whatever one makes of it."""

from covnets.ui import app
from covnets.ui.explorer_page import explorer_page

app.through_navigation(__file__)
explorer_page()
