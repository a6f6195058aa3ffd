"""The command line, without the dashboard: one small file a command.

Exit status: 0 done; 1 the run failed; 2 bad input, with a sentence on standard error; 130 stopped
by Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from covnets.cli.settings import Settings, setting
from covnets.errors import CovnetsError
from covnets.models import PRESETS

BAD_INPUT = 2
INTERRUPTED = 130

EXAMPLES = """\
examples:
  python -m covnets sketch mini_vgg
  python -m covnets sketch mini_resnet --set num_blocks=9 shortcut=projection --json
  python -m covnets train mini_inception --set epochs=3 reducers=false
  python -m covnets train mini_vgg --dataset fashion_mnist --set num_convs=1,2,3 seed=7 --json

Every hyperparameter, with its default and its bounds, is listed in docs/hyperparameters.md.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status.

    Args:
        arguments: what follows `python -m covnets`; by default this process' own.
    """
    options = _parser().parse_args(arguments)
    try:
        status = _command(options.command)(options.preset, dict(options.set), options)
        sys.stdout.flush()
        return status
    except CovnetsError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("Stopped before the first step.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader, `head` for instance, has left. Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _command(name: str) -> Callable[[str, Settings, argparse.Namespace], int]:
    # Only what a command needs is imported, so that a sketch is there at once.
    if name == "sketch":
        from covnets.cli import sketch_command

        return sketch_command.run
    from covnets.cli import train_command

    return train_command.run


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m covnets",
        description="List a network's layers, or train it, without the dashboard.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    sketch = commands.add_parser(
        "sketch",
        help="list a network's layers with shapes, parameters, MACs and receptive fields",
        description="List a network's layers and what they cost. Needs no TensorFlow.",
    )
    train = commands.add_parser(
        "train",
        help="train a network and print its losses and accuracies",
        description=(
            "Train a network, with its family's recipe unless --set says otherwise. The dataset "
            "sets input_shape and num_classes unless --set does. Ctrl-C stops the run: it ends "
            "as cancelled, with its accuracy on the validation images."
        ),
    )
    for command in (sketch, train):
        _add_common_arguments(command)
    train.add_argument(
        "--dataset", metavar="D", help="the images to learn from; the same as --set dataset=D"
    )
    return parser


def _add_common_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "preset", metavar="PRESET", help=f"the network to begin with: {', '.join(PRESETS)}"
    )
    command.add_argument(
        "--set",
        metavar="FIELD=VALUE",
        type=setting,
        nargs="+",
        action="extend",
        default=[],
        help=(
            "hyperparameters to change, of the network or of its training; several numbers as "
            "2,2,3, branches as 1x1,3x3, switches as true or false"
        ),
    )
    command.add_argument(
        "--json",
        action="store_true",
        help="print JSON, one object a line, and nothing else on standard output",
    )
