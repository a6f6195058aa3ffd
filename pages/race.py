"""The race page: several networks under the same conditions."""

from covnets.ui import app
from covnets.ui.race_page import race_page

app.through_navigation(__file__)
race_page()
