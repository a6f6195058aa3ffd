"""The command line: `python -m covnets --help`."""

import sys

from covnets.cli import main

if __name__ == "__main__":
    sys.exit(main())
