"""This project's training, with live reporting into a store on disk, as a worker does it.

The order `{"run": RunConfig as JSON, "home": a store's folder}` is answered with the fields
of the training's `finished` event.
"""

from __future__ import annotations

from pathlib import Path

import keras

from benchmarks.sides.serving import Answer, Order, serve
from covnets.config import RunConfig
from covnets.runs import RunStore
from covnets.training import device, train
from covnets.worker.recorder import Recorder


def answer(order: Order) -> Answer:
    """Train once and return the `finished` event."""
    config = RunConfig.model_validate_json(order["run"])
    try:
        return _recorded(config, RunStore(Path(order["home"])))
    finally:
        keras.backend.clear_session(free_memory=True)


def _recorded(config: RunConfig, store: RunStore) -> Answer:
    run = store.runs.create(config, owner="benchmark")
    store.states.claim(run.id, "benchmark")
    recorder = Recorder(store, run.id, "benchmark")
    try:
        summary = train(config, recorder.report, recorder.should_stop).summary
        recorder.flush()
    finally:
        recorder.close()
    store.states.finish(run.id, "finished", summary)
    return summary


if __name__ == "__main__":
    serve(answer, device.set_up)
