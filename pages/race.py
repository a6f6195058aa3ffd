"""The race page: several networks under the same conditions."""

from covnets.ui import shell
from covnets.ui.race.page import race_page

shell.through_navigation(__file__)
race_page()
