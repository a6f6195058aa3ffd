"""The sweep page: one family with many values of a few hyperparameters."""

from covnets.ui import shell
from covnets.ui.sweep.page import sweep_page

shell.through_navigation(__file__)
sweep_page()
