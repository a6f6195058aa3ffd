"""The explorer: any network of the papers, and whatever one makes of it."""

from covnets.ui import shell
from covnets.ui.network.explorer_page import explorer_page

shell.through_navigation(__file__)
explorer_page()
