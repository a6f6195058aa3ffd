"""What benchmarks compare, each in a process of its own: TensorFlow and PyTorch never share one."""
