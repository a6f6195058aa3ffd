"""Miniature versions of famous convolutional networks, to slide, train and compare."""

__version__ = "0.1.0"
