"""Python where this project is not: a script on its own, in a process of its own."""

import subprocess
import sys
from pathlib import Path

WITHOUT_COVNETS = """
import sys
sys.modules["covnets"] = None  # importing it fails, wherever it may be
"""


def run_elsewhere(script: str, *arguments: Path, environment: dict[str, str]) -> str:
    """What the script prints."""
    command = [sys.executable, "-c", WITHOUT_COVNETS + script, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
