"""The pages of a family and of the explorer."""
