"""`python -m benchmarks NAME [--json]`: measure, and print figures beside goals."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys

from benchmarks.shared.report import busy_machine
from covnets.errors import CovnetsError
from covnets.messages import unknown_name
from covnets.system import for_tensorflow

NAMES = {
    "sketch": "a sketch beside building the same network in Keras",
    "slider": "server time of a slider's round trip on a family page",
    "tick": "server time of a live tick, and what is sent when nothing is new",
    "process": "memory and first page of the dashboard's process",
    "first_point": "from Start to the first visible point, in a real browser",
    "duration": "predicted against actual seconds of thirty random runs",
    "compare": "the compare page beside ten thousand finished runs",
    "race": "three runs raced at once beside the same three one after another",
    "throughput": "images/s beside a bare model.fit and PyTorch",
    "limit": "training as a share of the machine's matrix multiplication",
    "memory": "a hundred runs one after another: growth, and whether a user waits for it",
    "minute": "each miniature's default run over five seeds: seconds and test accuracy",
}


def main() -> int:
    """Run one benchmark; exit status 0 also where a goal is missed: it is a measurement."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure, and print figures beside goals.",
        epilog="\n".join(f"{name}: {about}" for name, about in NAMES.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--json", action="store_true", help="print one JSON object on one line")
    options = parser.parse_args()
    if options.name not in NAMES:
        parser.error(unknown_name("benchmark", options.name, NAMES))
    os.environ.update(for_tensorflow() | {"TF_CPP_MIN_LOG_LEVEL": "3"})
    # Asked to end, it ends what it started first, as after Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if said := busy_machine():
        print(said, file=sys.stderr)
    try:
        report = importlib.import_module(f"benchmarks.{options.name}").run()
    except CovnetsError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    print(report.to_json() if options.json else report.to_text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
