"""Measures once, in the background, how fast this machine trains each family.

Started by an engine as `python -m covnets.measure --home DIR --threads N` while nothing trains, and
ended by it as soon as something does. It leaves when its standard input ends.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from covnets.machine import give_way
from covnets.runs import RunStore, speeds

# Whatever the dashboard does meanwhile comes first.
NICENESS = 10


def main() -> None:
    """Prepare this process, and measure."""
    parser = argparse.ArgumentParser(prog="python -m covnets.measure", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="folder of the run store")
    parser.add_argument("--threads", type=int, required=True, help="threads of one operation")
    options = parser.parse_args()
    threading.Thread(target=_leave_with_the_dashboard, daemon=True).start()
    # Ctrl-C in the dashboard's terminal is the dashboard's affair.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    give_way(NICENESS)

    from covnets.training import device

    device.set_up(options.threads)
    measure(RunStore(options.home))
    os._exit(0)


def measure(store: RunStore) -> None:
    """Measure what is not known yet; each figure is kept at once, as this may end at any moment."""
    from covnets.training import speed

    speed.warm_up()
    while (wanted := speeds.next_measurement(store, speed.threads())) is not None:
        family, config = wanted
        if config is None:
            fastest = speed.measure_precisions(family)
            speeds.keep_precisions(store, family, fastest, speed.threads())
        else:
            speeds.keep_measured(store, family, config, speed.measure_speed(config))


def _leave_with_the_dashboard() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
