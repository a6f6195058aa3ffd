"""Compare: all runs in one table, and the chosen ones against each other."""

from covnets.ui import shell
from covnets.ui.compare.page import compare_page

shell.through_navigation(__file__)
compare_page()
