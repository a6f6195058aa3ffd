"""Compare: all runs in one table, and the chosen ones against each other."""

from covnets.ui.compare.page import compare_page

compare_page()
