"""The sweep page: one family with many values of a few hyperparameters."""

from covnets.ui.sweep.page import sweep_page

sweep_page()
