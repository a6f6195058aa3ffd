"""The race page: several networks under the same conditions."""

from covnets.ui.race.page import race_page

race_page()
