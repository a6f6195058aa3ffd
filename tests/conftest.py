"""TensorFlow computes in the tests as it does in a worker."""

import os

from covnets.system import for_tensorflow

os.environ.update(for_tensorflow() | {"TF_CPP_MIN_LOG_LEVEL": "3"})
