"""Paired measurements of what the project promises; run one with `python -m benchmarks NAME`."""
