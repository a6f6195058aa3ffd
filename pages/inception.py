"""The page of the Inception family."""

from covnets.ui.network.family_page import family_page

family_page("inception")
