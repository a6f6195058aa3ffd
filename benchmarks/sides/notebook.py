"""What a notebook's first cell does: load TensorFlow, build a miniature, `model.fit`.

It ends as soon as the first step's loss is there to be seen, long before a notebook would draw it.
`python -m benchmarks.sides.notebook CONFIG`, a RunConfig as JSON.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import keras

from benchmarks.sides.model_fit import compiled, fit
from covnets.config import RunConfig


def main() -> None:
    """Train until the first point."""
    config = RunConfig.model_validate_json(sys.argv[1])

    def leave(batch: int, logs: dict[str, Any]) -> None:
        print(logs["loss"], flush=True)
        os._exit(0)

    first_point = keras.callbacks.LambdaCallback(on_train_batch_end=leave)
    fit(compiled(config), config.train, callbacks=[first_point])


if __name__ == "__main__":
    main()
