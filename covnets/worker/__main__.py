"""The worker process: the only place where TensorFlow is loaded.

Started by an engine as `python -m covnets.worker --home DIR --threads N --lanes N --gpu N`. Its
orders come on its standard input, one JSON object a line:

- `{"run": ID}`: train this queued run, beside those that are going on;
- `{"prepare": [CONFIG, ...]}`: build and trace these runs' networks ahead, and note in the store
  how long their steps take; only done while nothing else is to be done, and ended between two parts
  of the work as soon as another order comes, unless that is to train the very network that is being
  traced. With no runs it only ends what an earlier such order began.

What it has to say goes to its standard output in the same way: `{"ready": FACTS}` once TensorFlow
is loaded, `{"prepared": true}` and `{"ended": ID}` after each order, with `"worn": true` when the
process has grown so much that it should be replaced, and `{"trouble": ID, "text": ...}` while a run
cannot be recorded.

The end of its standard input means that the dashboard is gone, in whatever way: the worker then
saves checkpoints, leaves its runs as paused, and ends within `SECONDS_TO_LEAVE`.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import queue
import signal
import sys
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from covnets.config import RunConfig
from covnets.errors import StoreError
from covnets.limits import NETWORKS_KEPT
from covnets.runs import RunStore, estimate
from covnets.runs.states import DASHBOARD_STOPPED
from covnets.system import memory_in_use, process_name
from covnets.worker.execution import SECONDS_BETWEEN_TRIES, Execution
from covnets.worker.turns import Turn, Turns

if TYPE_CHECKING:
    from covnets.training.timing import Timing

SECONDS_TO_LEAVE = 4.0
WORKER_ENDED = "its worker was told to end"
# So that it is replaced before it has grown by a tenth: a network adds two hundredths, and a few
# runs may come before a fresh process is ready.
LARGEST_GROWTH = 1.04
# Whether a run that waits for others was asked to stop is looked at so often.
SECONDS_TO_WAIT = 0.02

Message = dict[str, Any]

logger = logging.getLogger(__name__)


class Worker:
    """One worker process: its orders, its runs, and its way out.

    Args:
        home: folder of the run store.
        lanes: how many runs may make a move at the same time.
        replies: where to say what the engine must know.
    """

    def __init__(self, home: Path, lanes: int, replies: TextIO) -> None:
        self.home = home
        self.lanes = lanes
        self.reason_to_leave: str | None = None
        self._replies = replies
        self._saying = threading.Lock()
        # Orders, and the lanes' word that a move was made. Unlike a Queue it may be filled by a
        # signal handler.
        self._inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        # What was taken out of the inbox to be looked at, before its time.
        self._next: deque[Message] = deque()
        self._turns = Turns()
        self._wanted: Message | None = None
        # Keys of what this process has timed, once that is kept.
        self._timed: set[str] = set()

    def run(self, orders: TextIO, threads: int, gpu: int) -> None:
        """Serve until the orders end."""
        threading.Thread(target=self._listen, args=(orders,), daemon=True).start()
        signal.signal(signal.SIGTERM, lambda *_: self._leave(WORKER_ENDED))
        # Ctrl-C in the dashboard's terminal is the dashboard's affair.
        signal.signal(signal.SIGINT, signal.SIG_IGN)

        from covnets.training import device
        from covnets.training.networks import Networks

        facts = device.set_up(threads, gpu)
        self._threads = facts["threads"]
        if facts["gpus"]:
            self.lanes = 1  # a GPU has no use for a second run beside the first
        self._store = RunStore(self.home)
        self._networks = Networks()
        self._wear = Wear()
        self._say({"ready": facts})
        with ThreadPoolExecutor(self.lanes) as lanes:
            while self.reason_to_leave is None or len(self._turns):
                self._serve(lanes)

    def _serve(self, lanes: ThreadPoolExecutor) -> None:
        """Take a message, then let as many runs move as there are lanes."""
        is_idle = not len(self._turns)
        if is_idle and self._wanted is not None and not self._look_ahead():
            wanted, self._wanted = self._wanted, None
            self._prepare(wanted)
        self._take_message(None if is_idle else SECONDS_TO_WAIT)
        while self._turns.num_moving < self.lanes and (turn := self._turns.next()):
            turn.is_moving = True
            lanes.submit(self._move, turn, self._turns.seconds_per_chunk)

    def _look_ahead(self) -> deque[Message]:
        """Return the messages that wait, without taking them."""
        with suppress(queue.Empty):
            while True:
                self._next.append(self._inbox.get_nowait())
        return self._next

    def _take_message(self, timeout: float | None) -> None:
        try:
            message = self._next.popleft() if self._next else self._inbox.get(timeout=timeout)
        except queue.Empty:
            return
        if "run" in message and self.reason_to_leave is None:
            self._wanted = None
            self._begin(message["run"])
        elif "prepare" in message:
            # With something to train there is no time for it; the engine asks again later.
            self._wanted = None if len(self._turns) else message
        elif "moved" in message:
            self._after_move(message["moved"], message["goes_on"])

    def _begin(self, run_id: str) -> None:
        def tell_trouble(text: str | None) -> None:
            self._say({"trouble": run_id, "text": text})

        try:
            execution = Execution(
                self._store, run_id, self._networks, lambda: self.reason_to_leave, tell_trouble
            )
        except StoreError:
            logger.exception("Run %s cannot be begun.", run_id)
            # The engine tries again as soon as it hears of it.
            threading.Timer(SECONDS_BETWEEN_TRIES, self._say, [{"ended": run_id}]).start()
        else:
            self._turns.add(execution)

    def _move(self, turn: Turn, seconds_per_chunk: float) -> None:
        """Make one move of a run; in a lane's thread."""
        goes_on = False
        try:
            goes_on = turn.move(seconds_per_chunk)
        except Exception:
            logger.exception("Run %s ended unexpectedly.", turn.execution.run.id)
        self._inbox.put({"moved": turn, "goes_on": goes_on})

    def _after_move(self, turn: Turn, goes_on: bool) -> None:
        turn.is_moving = False
        if goes_on:
            return
        self._turns.remove(turn)
        worn = self._wear.is_worn(self._networks.num_made)
        self._say({"ended": turn.execution.run.id, "worn": worn})

    def _prepare(self, order: Message) -> None:
        """Trace and time the wanted networks, as long as no other order comes."""
        measured: list[tuple[RunConfig, Timing]] = []
        try:
            asked = [RunConfig.model_validate(config) for config in order["prepare"]]
            timings = self._networks.prepare(
                asked,
                self._is_interrupted,
                lambda run_config: estimate.recipe_key(run_config) in self._timed,
            )
            pairs = zip(asked, timings, strict=False)  # there may have been no time for the last
            measured = [(config, timing) for config, timing in pairs if timing is not None]
        except Exception:
            # A run of this kind would tell its user; nobody asked for this one.
            logger.exception("A network could not be prepared.")
        # A run that is started now need not wait for the disk, nor for scipy to be loaded.
        threading.Thread(target=self._end_preparation, args=(measured,), daemon=True).start()

    def _end_preparation(self, measured: list[tuple[RunConfig, Timing]]) -> None:
        try:
            for run_config, timing in measured:
                estimate.keep(self._store, run_config, threads=self._threads, **timing._asdict())
                self._timed.add(estimate.recipe_key(run_config))
        except StoreError:
            logger.exception("What was measured could not be kept.")
        finally:
            self._say({"prepared": True, "worn": self._wear.is_worn(self._networks.num_made)})

    def _is_interrupted(self, tracing: RunConfig | None) -> bool:
        """Whether anything is to be done but train the network that is just being traced."""
        return any(
            tracing is None or not self._is_wanted_by(message, tracing)
            for message in self._look_ahead()
        )

    def _is_wanted_by(self, message: Message, tracing: RunConfig) -> bool:
        if "run" not in message:
            return False
        from covnets.training.device import with_real_precision
        from covnets.training.networks import key_of

        try:
            asked = self._store.runs.get(message["run"]).config
        except StoreError:
            return False
        return key_of(with_real_precision(asked)) == key_of(tracing)

    def _say(self, reply: Message) -> None:
        # When nobody reads the replies any more, the orders' end says so as well.
        with self._saying, suppress(OSError):
            print(json.dumps(reply), file=self._replies, flush=True)

    def _listen(self, orders: TextIO) -> None:
        for line in orders:
            self._inbox.put(json.loads(line))
        self._leave(DASHBOARD_STOPPED)

    def _leave(self, reason: str) -> None:
        self.reason_to_leave = self.reason_to_leave or reason
        self._inbox.put({})
        # A step or a trace that takes too long must not keep the process from leaving in time.
        timer = threading.Timer(SECONDS_TO_LEAVE, self._leave_now)
        timer.daemon = True
        timer.start()

    def _leave_now(self) -> None:
        with suppress(StoreError):
            store = RunStore(self.home)
            for run in store.runs.list(states=["running"]):
                if run.worker == process_name():
                    reason = f"{self.reason_to_leave}; there was no time to save its last steps"
                    store.states.abandon(run.id, reason)
        os._exit(0)


class Wear:
    """Whether this process has grown so much that a fresh one should take its place.

    TensorFlow keeps some of the memory of each network that it has traced, for good. So what the
    process holds is compared with what it held once all places for networks were taken.
    """

    def __init__(self) -> None:
        self._at_first = 0
        self._networks_made = 0

    def is_worn(self, networks_made: int) -> bool:
        """Whether the process should be replaced; to be asked after every run.

        Args:
            networks_made: how many networks it has made. What it keeps of them grows until all
                places are taken; only what comes after that is wear.
        """
        memory = memory_in_use()
        has_more = self._networks_made < networks_made <= NETWORKS_KEPT
        if not self._at_first or has_more:
            self._at_first = memory
        self._networks_made = networks_made
        return memory > LARGEST_GROWTH * self._at_first


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a worker on this process' standard input and output."""
    parser = argparse.ArgumentParser(prog="python -m covnets.worker", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="folder of the run store")
    parser.add_argument("--threads", type=int, required=True, help="threads of one operation")
    parser.add_argument("--lanes", type=int, default=1, help="runs that move at the same time")
    parser.add_argument("--gpu", type=int, default=0, help="which GPU, if there are any")
    options = parser.parse_args(arguments)
    # Libraries that print must not mix with the replies: from here on, "print" means the log.
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    Worker(options.home, options.lanes, replies).run(sys.stdin, options.threads, options.gpu)
    # Threads of TensorFlow may still run; nothing is left to be saved.
    os._exit(0)


if __name__ == "__main__":
    main()
