"""How a side is told what to measure: one JSON object a line in, one JSON object a line out.

A process stays alive between rounds, so that libraries are loaded once and every round after the
first finds the same state. Nothing here may need more than Python: PyTorch has an environment of
its own.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

Order = dict[str, Any]
Answer = dict[str, Any]

ERROR = "error"


def serve(answer: Callable[[Order], Answer], set_up: Callable[[int], object]) -> None:
    """Answer orders on standard input until it ends.

    Args:
        answer: measures once; what it raises becomes the answer.
        set_up: is given the number of threads before the first order.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, required=True, help="threads of one operation")
    options = parser.parse_args()
    # Libraries that print must not mix with the answers: from here on, "print" means the log.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    set_up(options.threads)
    for line in sys.stdin:
        try:
            said = answer(json.loads(line))
        except Exception as error:
            traceback.print_exc()
            said = {ERROR: f"{type(error).__name__}: {error}"}
        print(json.dumps(said), file=answers, flush=True)
