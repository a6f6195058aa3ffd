"""Charts of what runs have reached."""
