"""Charts of a network: its drawing, its costs, its layers."""
