"""A worker that saves the state of its runs far more often than the real one."""

from __future__ import annotations

from covnets.worker import __main__ as worker
from covnets.worker import saving

saving.SECONDS_BETWEEN_CHECKPOINTS = 0.2
saving.MOST_OF_THE_TIME = 1.0

if __name__ == "__main__":
    worker.main()
