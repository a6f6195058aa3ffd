"""Imports point one way, and the dashboard's process never loads TensorFlow."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TRAINS = {"training", "inside"}
"""The only packages that call TensorFlow."""

FACTS = {"config", "data", "environment", "errors", "limits", "machine", "messages", "models"}
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "environment": {"errors"},
    "machine": set(),
    "messages": {"errors"},
    "config": {"errors", "messages"},
    "data": {"config", "errors"},
    "models": {"config", "errors"},
    "limits": {"config", "data", "errors", "models"},
    "runs": FACTS,
    "training": FACTS,
    "recorder": {"errors", "runs"},
    "measure": FACTS | {"runs", "training"},
    "worker": FACTS | {"recorder", "runs", "training"},
    "engine": FACTS | {"runs", "worker"},
    "charts": FACTS | {"runs"},
    "ui": FACTS | {"charts", "engine", "runs"},
    "pages": FACTS | {"runs", "ui"},
    "dashboard": {"ui"},
    "cli": FACTS | {"training"},
    "__init__": set(),
    "__main__": {"cli"},
}
"""What each part of covnets may import of the others."""

ONLY_IN: dict[str, set[str]] = {
    "streamlit": {"dashboard", "pages", "ui"},
    "starlette": {"dashboard", "pages", "ui"},
    "plotly": {"charts"},
    "tensorflow": TRAINS,
    "keras": {*TRAINS, "models", "worker"},
}


def sources() -> list[Path]:
    inside = [path for folder in ("covnets", "pages") for path in (ROOT / folder).rglob("*.py")]
    return sorted([ROOT / "dashboard.py", *inside])


def part(path: Path) -> str:
    """The part of the project that a file belongs to: `covnets/ui/app.py` to `ui`."""
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


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_imports_point_one_way(path):
    others = {name.split(".")[1] for name in imported(path) if name.startswith("covnets.")}
    here = part(path)
    others -= {here, "__version__"}
    assert here in MAY_IMPORT, f"Say in MAY_IMPORT what {here} may import."
    assert others <= MAY_IMPORT[here]


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_libraries_are_imported_only_where_they_belong(path):
    libraries = {name.split(".")[0] for name in imported(path)}
    misplaced = {name for name in libraries & ONLY_IN.keys() if part(path) not in ONLY_IN[name]}
    assert misplaced == set()


def loaded_after(statements: str) -> set[str]:
    """Names of all modules that a fresh process has loaded after some statements."""
    report = f"{statements}\nimport sys\nprint('\\nloaded', *sys.modules)"
    process = subprocess.run(
        [sys.executable, "-c", report], capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    assert process.returncode == 0, process.stderr
    return set(process.stdout.splitlines()[-1].split()[1:])


HEAVY = {"tensorflow", "keras", "torch", "jax", "ray"}


def test_nothing_that_the_dashboard_imports_loads_tensorflow():
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


def test_a_config_loads_neither_numpy_nor_pandas():
    assert loaded_after("import covnets.config") & {"numpy", "pandas"} == set()
