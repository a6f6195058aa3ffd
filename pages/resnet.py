"""The page of the ResNet family."""

from covnets.ui.network.family_page import family_page

family_page("resnet")
