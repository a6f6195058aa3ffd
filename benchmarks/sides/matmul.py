"""The machine's own float32 rate: how fast TensorFlow multiplies large matrices.

Any order is answered with the rate in multiply-adds per second, that of the size that does best.
"""

from __future__ import annotations

import statistics
import time

import tensorflow as tf

from benchmarks.sides.serving import Answer, Order, serve
from covnets.training import device

SIZES = (1024, 1536, 2048)
REPETITIONS = 7


def answer(order: Order) -> Answer:
    """Multiply matrices of several sizes and return the best rate."""
    rates = {size: _rate(size) for size in order.get("sizes", SIZES)}
    best = max(rates, key=lambda size: rates[size])
    return {"macs_per_second": rates[best], "size": best}


def _rate(size: int) -> float:
    """Median over the repetitions; a first one does not count."""
    left, right = (tf.random.stateless_normal((size, size), (0, seed)) for seed in (0, 1))
    seconds = []
    for _ in range(REPETITIONS + 1):
        began = time.perf_counter()
        tf.matmul(left, right).numpy()
        seconds.append(time.perf_counter() - began)
    return size**3 / statistics.median(seconds[1:])


if __name__ == "__main__":
    serve(answer, device.set_up)
