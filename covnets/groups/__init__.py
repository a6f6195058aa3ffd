"""Runs that belong together: races and sweeps, how they are carried through, what they show."""
