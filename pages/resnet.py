"""The page of the ResNet family."""

from covnets.ui import shell
from covnets.ui.network.family_page import family_page

shell.through_navigation(__file__)
family_page("resnet")
