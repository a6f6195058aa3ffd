"""Sweeps: one network with many values of a few hyperparameters, by a grid or by a search."""
