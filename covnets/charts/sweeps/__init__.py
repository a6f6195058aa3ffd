"""Charts of what a sweep has found."""
