"""The page of the VGG family."""

from covnets.ui.network.family_page import family_page

family_page("vgg")
