"""Compare: all runs in one table, and the chosen ones against each other."""

from covnets.ui import app
from covnets.ui.compare_page import compare_page

app.through_navigation(__file__)
compare_page()
