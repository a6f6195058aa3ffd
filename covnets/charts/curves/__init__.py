"""Charts of learning curves, of one run and of several."""
