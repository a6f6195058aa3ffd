"""What `make run` refuses, and that it works wherever the project lies."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")

# Runs what make passes to it as if this were another computer, or another Python.
PYTHON = """#!/bin/sh
[ "$1" = --version ] && exec echo Python 3.14.0
exec "{python}" -c "
import platform, sys, sysconfig
{changes}
exec(sys.argv[2])
" "$@"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """As much of the project as is needed, below a name that needs quoting."""
    project = tmp_path / "Schöne Netze"
    (project / "covnets").mkdir(parents=True)
    modules = [f"covnets/{name}.py" for name in ("__init__", "errors", "system")]
    for file in ("Makefile", "requirements.txt", *modules):
        shutil.copy(ROOT / file, project / file)
    return project


def make(project: Path, python: Path | str) -> subprocess.CompletedProcess[str]:
    """Make the virtual environment, as `make run` does first."""
    command = ["make", ".venv/created", f"PYTHON={python}"]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=120)


def test_a_virtual_environment_is_made_below_a_path_with_blanks_and_umlauts(project):
    made = make(project, sys.executable)
    assert made.returncode == 0, made.stderr
    assert (project / ".venv" / "created").exists()
    prefix = [project / ".venv/bin/python", "-c", "import sys; print(sys.prefix)"]
    found = subprocess.run(prefix, capture_output=True, text=True, check=True)
    assert Path(found.stdout.strip()) == project / ".venv"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ("sys.version_info = (3, 14, 0)", "is Python 3.14.0, needed is Python 3.11, 3.12 or 3.13"),
        (
            "sys.platform = 'darwin'; platform.machine = lambda: 'x86_64'",
            "TensorFlow has no packages on a Mac. If the Mac has an Apple processor, name a Python",
        ),
        (
            "sysconfig.get_platform = lambda: 'win-arm64'",
            "TensorFlow has no packages for Windows on ARM: install the Windows Subsystem for",
        ),
        ("sys.modules['venv'] = None", "install the package python3-venv"),
    ],
)
def test_a_python_that_cannot_do_it_is_refused_in_a_sentence(project, changes, sentence):
    python = project / "another python"
    python.write_text(PYTHON.format(python=sys.executable, changes=changes), encoding="utf-8")
    python.chmod(0o755)
    made = make(project, python)
    assert made.returncode == 2
    assert sentence in made.stderr
    assert "Traceback" not in made.stderr
    assert not (project / ".venv").exists()
