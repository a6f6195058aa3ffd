"""The sweep page: one family with many values of a few hyperparameters."""

from covnets.ui import app
from covnets.ui.sweep_page import sweep_page

app.through_navigation(__file__)
sweep_page()
