"""Who is measured against whom: processes that take orders, and what they are told to train."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from subprocess import PIPE
from typing import IO, Any

from benchmarks.shared.report import BenchmarkError
from benchmarks.sides.serving import ERROR, Answer
from covnets.config import RunConfig
from covnets.models import FAMILIES, PAGE_FAMILIES, PRESETS, sketch
from covnets.system import available_cores, for_tensorflow, whole_number
from scripts.real_dashboard import ROOT

MINIATURES = {f"mini_{family}": family for family in PAGE_FAMILIES if f"mini_{family}" in PRESETS}
OURS, MODEL_FIT, EAGER = "ours", "model.fit", "PyTorch"
MODEL_FIT_AS_OURS = "model.fit, oneDNN"
BURST_IMAGES = 6_000
"""Enough for a rate."""

TORCH_PYTHON = ROOT / ".venv-torch" / "bin" / "python"
NO_TORCH = "PyTorch is not installed, so that it is left out: `make torch` installs it."
FLOAT32, BFLOAT16, AUTO = "float32", "mixed_bfloat16", "auto"


class Contestant:
    """A process of its own that measures when it is told to, and stays alive in between.

    Attributes:
        side: the module of `benchmarks.sides` that it runs.
        home: a folder for its run store.
    """

    def __init__(self, side: str, process: subprocess.Popen[str], log: IO[str], home: Path) -> None:
        self.side = side
        self.home = home
        self._process = process
        self._log = log

    def ask(self, **order: Any) -> Answer:
        """Have it measure once.

        Raises:
            BenchmarkError: it could not, or its process ended.
        """
        # A process that has ended does not listen; it does not answer either.
        with suppress(BrokenPipeError):
            print(json.dumps(order), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise BenchmarkError(f"{self.side} ended without an answer: {self._last_words()}")
        said: Answer = json.loads(line)
        if ERROR in said:
            raise BenchmarkError(f"{self.side} could not be measured: {said[ERROR]}")
        return said

    def _last_words(self) -> str:
        self._log.seek(0)
        lines = self._log.read().split("\n")
        return next((line for line in reversed(lines) if line.strip()), "it said nothing")


@contextmanager
def contestant(
    side: str, python: str | Path = sys.executable, as_ours: bool = False
) -> Iterator[Contestant]:
    """Start a side; it loads its libraries while others are started, and ends with the block.

    Args:
        side: a module of `benchmarks.sides`.
        python: the Python that runs it.
        as_ours: whether TensorFlow is loaded as this project loads it, instead of as a notebook
            does.
    """
    threads = whole_number("COVNETS_THREADS") or available_cores()
    command = [str(python), "-m", f"benchmarks.sides.{side}", "--threads", str(threads)]
    environment = as_this_project() if as_ours else as_in_a_notebook()
    with (
        tempfile.TemporaryDirectory() as home,
        tempfile.TemporaryFile("w+", encoding="utf-8") as log,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=PIPE, stdout=PIPE, stderr=log, text=True
        ) as process,
    ):
        try:
            yield Contestant(side, process, log, Path(home))
        finally:
            process.kill()  # whatever it does just now


def as_in_a_notebook() -> dict[str, str]:
    """Return an environment in which TensorFlow decides by itself how it computes."""
    environment = as_this_project()
    del environment["TF_ENABLE_ONEDNN_OPTS"]
    return environment


def as_this_project() -> dict[str, str]:
    """Return an environment in which TensorFlow computes as it does for this project."""
    return os.environ | for_tensorflow() | {"TF_CPP_MIN_LOG_LEVEL": "3"}


def torch_is_installed() -> bool:
    """Whether `make torch` was called."""
    return TORCH_PYTHON.exists()


def miniature(network: str, precision: str = FLOAT32, **changes: Any) -> RunConfig:
    """A miniature and its family's recipe, with changes."""
    recipe = FAMILIES[MINIATURES[network]].train_defaults.replace(precision=precision, **changes)
    return RunConfig.model_validate({"network": PRESETS[network], "train": recipe})


def burst(network: str, num_train: int, precision: str = FLOAT32) -> RunConfig:
    """One epoch at a constant learning rate, to measure images/s."""
    return miniature(network, precision, epochs=1, num_train=num_train, schedule="constant")


def train_ours(side: Contestant, config: RunConfig) -> Answer:
    """Have `ours` train once, with a recorder that writes into a store on disk."""
    return side.ask(run=config.model_dump_json(), home=str(side.home))


def run_model_fit(side: Contestant, config: RunConfig) -> Answer:
    """Have `model_fit` train once."""
    return side.ask(run=config.model_dump_json())


def run_eager(side: Contestant, config: RunConfig) -> Answer:
    """Have `eager` train the same network once, in PyTorch."""
    drawn = sketch(config.network)
    nodes = [
        {
            "name": node.name,
            "kind": node.kind,
            "inputs": node.inputs,
            "output_shape": node.output_shape,
            "layer": asdict(node.layer),
        }
        for node in drawn.nodes
    ]
    return side.ask(
        nodes=nodes,
        num_params=drawn.num_params,
        train=config.train.model_dump(mode="json"),
        precision=config.train.precision,
    )
