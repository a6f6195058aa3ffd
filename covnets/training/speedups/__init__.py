"""Layers and updates, computed faster than Keras computes them, with the same results."""
