"""The page of the ResNet family."""

from covnets.ui import app
from covnets.ui.family_page import family_page

app.through_navigation(__file__)
family_page("resnet")
