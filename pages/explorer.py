"""The explorer: any network of the papers, and whatever one makes of it."""

from covnets.ui.network.explorer_page import explorer_page

explorer_page()
