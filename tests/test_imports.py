"""Imports point one way, and the dashboard's process never loads TensorFlow."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from covnets.config import RunConfig, TrainConfig, VGGConfig
from covnets.runs import RunStore, estimate

ROOT = Path(__file__).parents[1]
TRAINS = {"training"}
"""The only parts that call TensorFlow."""

ORDER = (
    *("__init__", "errors", "messages", "system", "data", "config", "models"),
    *("papers", "limits", "runs", "training", "worker"),
    *("engine", "groups"),
    *("charts", "ui", "pages", "dashboard", "cli", "__main__"),
)
"""The parts of the project from the bottom up: each imports only from those before it."""

ONLY_IN: dict[str, set[str]] = {
    "streamlit": {"dashboard", "pages", "ui"},
    "starlette": {"ui"},
    # Figures are plain dicts, and the browser gets plotly.js as a file.
    "plotly": set(),
    "tensorflow": TRAINS,
    "keras": {*TRAINS, "models"},
    "scipy": {"groups", "runs"},
    "optuna": {"groups"},
}


def sources() -> list[Path]:
    inside = [path for folder in ("covnets", "pages") for path in (ROOT / folder).rglob("*.py")]
    return sorted([ROOT / "dashboard.py", *inside])


def part(path: Path) -> str:
    """The part of the project that a file belongs to: `covnets/ui/shell.py` to `ui`."""
    names = path.relative_to(ROOT).with_suffix("").parts
    return names[1] if names[0] == "covnets" else names[0]


def imported(path: Path) -> Iterator[str]:
    """Full names of everything that a file imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively: write the full name."
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def other_parts(path: Path) -> set[str]:
    """The other parts of the project that a file imports."""
    names = {name.split(".")[1] for name in imported(path) if name.startswith("covnets.")}
    return names - {part(path), "__version__"}


def libraries(path: Path) -> set[str]:
    """What a file imports that neither Python nor this project brings along."""
    names = {name.split(".")[0] for name in imported(path)}
    return names - set(sys.stdlib_module_names) - {"covnets"}


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_imports_point_one_way(path):
    here = part(path)
    assert here in ORDER, f"Say in ORDER where {here} stands."
    assert other_parts(path) <= set(ORDER[: ORDER.index(here)])


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_libraries_are_imported_only_where_they_belong(path):
    misplaced = {
        name for name in libraries(path) & ONLY_IN.keys() if part(path) not in ONLY_IN[name]
    }
    assert misplaced == set()


def loaded_after(statements: str) -> set[str]:
    """Names of all modules that a fresh process has loaded after some statements."""
    report = f"{statements}\nimport sys\nprint('\\nloaded', *sys.modules)"
    process = subprocess.run(
        [sys.executable, "-c", report], capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    assert process.returncode == 0, process.stderr
    return set(process.stdout.splitlines()[-1].split()[1:])


HEAVY = {"tensorflow", "keras", "torch", "jax", "ray", "scipy", "optuna"}
"""What no import loads: whatever needs it asks for it when it is called."""


def test_nothing_that_the_dashboard_imports_loads_tensorflow_scipy_or_optuna():
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sources()
        if path.is_relative_to(ROOT / "covnets") and part(path) not in TRAINS
    ]
    loaded = loaded_after("\n".join(f"import {module}" for module in modules))
    assert "covnets.worker" in loaded
    assert loaded & HEAVY == set()


def test_a_sketch_needs_neither_tensorflow_nor_the_images():
    loaded = loaded_after("from covnets.cli import main\nmain(['sketch', 'mini_resnet'])")
    assert "covnets.models" in loaded
    assert loaded & (HEAVY | {"numpy", "pandas", "streamlit", "plotly"}) == set()


def test_a_runs_time_is_told_without_scipy(tmp_path):
    timed = RunConfig(network=VGGConfig(), train=TrainConfig())
    estimate.keep(RunStore(tmp_path), timed, threads=1, step_seconds=0.1, image_seconds=0.1)
    lines = (
        "from covnets.config import RunConfig, TrainConfig, VGGConfig",
        "from covnets.runs import RunStore, estimate",
        "other = RunConfig(network=VGGConfig(), train=TrainConfig(batch_size=8))",
        f"assert estimate.Known.of(RunStore({str(tmp_path)!r}), 1).seconds(other) > 0",
    )
    assert "scipy" not in loaded_after("\n".join(lines))
