"""What several benchmarks need: reports, processes, recorded runs, visitors."""
