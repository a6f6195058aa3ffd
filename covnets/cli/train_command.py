"""`python -m covnets train`: one run, without the dashboard."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any, TextIO

from covnets.cli.progress import Progress
from covnets.cli.settings import Settings, configure
from covnets.config import RunConfig
from covnets.data import DATASETS
from covnets.errors import CovnetsError
from covnets.limits import check_run
from covnets.system import available_cores, tensorflow_missing, whole_number

Event = dict[str, Any]

FAILED = 1
CANCELLED = 130
"""What shells expect of a program that Ctrl-C ended."""


def run(preset: str, settings: Settings, options: argparse.Namespace) -> int:
    """Train one network and print what happens.

    Raises:
        ConfigError: a setting is not valid, or the network contradicts the dataset.
        DataError: the dataset is unknown, or has too few images.
        CovnetsError: TensorFlow is not installed.
    """
    run_config = _run_config(preset, settings, options.dataset)
    # Everything that is wrong is said now, before TensorFlow takes its seconds to load.
    check_run(run_config)
    if (why_not := tensorflow_missing()) is not None:
        raise CovnetsError(why_not)
    with _standard_output_to_ourselves() as out:
        report: Callable[[Event], None] = (
            (lambda event: _print_json(event, out)) if options.json else Progress(preset, out)
        )
        return _train(run_config, report)


def _run_config(preset: str, settings: Settings, dataset: str | None) -> RunConfig:
    if dataset is not None:
        settings = {**settings, "dataset": dataset}
    _, train = configure(preset, settings)
    info = DATASETS.get(train.dataset)
    of_dataset = {"input_shape": info.input_shape, "num_classes": info.num_classes} if info else {}
    network, train = configure(preset, settings, unless_set=of_dataset)
    return RunConfig.model_validate({"network": network, "train": train})


def _train(run_config: RunConfig, report: Callable[[Event], None]) -> int:
    train = _load_training(whole_number("COVNETS_THREADS") or available_cores())
    with _ctrl_c() as asked_to_stop:
        try:
            result = train(run_config, report, asked_to_stop)
        except BrokenPipeError:
            raise
        except CovnetsError as error:
            report({"event": "failed", "reason": str(error)})
            return FAILED
        except Exception as error:
            traceback.print_exc()
            first_line = str(error).partition("\n")[0]
            reason = f"Training ended with an unexpected {type(error).__name__}: {first_line}"
            report({"event": "failed", "reason": reason})
            return FAILED
    return CANCELLED if result.state == "cancelled" else 0


def _load_training(threads: int) -> Callable[..., Any]:
    """Import TensorFlow; what it has to say about its version and processor goes unheard."""
    # 3: only what ends the process; "no GPU was found" would be an error otherwise.
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    sys.stderr.flush()
    standard_error = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            from covnets.training import device, train

            device.set_up(threads)
        except Exception:
            said.seek(0)
            os.write(standard_error, said.read())
            raise
        finally:
            os.dup2(standard_error, 2)
            os.close(standard_error)
    return train


def _print_json(event: Event, out: TextIO) -> None:
    print(json.dumps(event, allow_nan=False), file=out, flush=True)


@contextmanager
def _standard_output_to_ourselves() -> Iterator[TextIO]:
    """Keep standard output for the events: what libraries print goes to standard error."""
    sys.stdout.flush()
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr):
            yield out
    finally:
        os.dup2(out.fileno(), 1)
        out.close()


@contextmanager
def _ctrl_c() -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C into a request to stop; the second one ends the program at once."""
    pressed = False

    def remember(*_: Any) -> None:
        nonlocal pressed
        pressed = True
        signal.signal(signal.SIGINT, previous)

    previous = signal.signal(signal.SIGINT, remember)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, previous)
