"""Imports point one way, and the dashboard's process never loads TensorFlow."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TRAINS = {"training"}
"""The only parts that call TensorFlow."""

MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "messages": set(),
    "machine": set(),
    "environment": {"errors"},
    "config": {"errors", "messages"},
    "models": {"config"},
    "data": {"errors", "messages"},
    "claims": {"config", "models"},
    "limits": {"config", "data", "errors", "messages", "models"},
    "duration": {"config", "data", "errors", "limits", "models"},
    "runs": {"config", "duration", "errors", "machine", "models"},
    "training": {
        *("config", "data", "duration", "environment", "errors", "limits", "machine", "models"),
    },
    "recorder": {"errors", "runs"},
    "saving": {"errors", "runs", "training"},
    "execution": {
        *("config", "errors", "machine", "models", "recorder", "runs", "saving", "training"),
    },
    "turns": {"execution", "limits", "runs", "training"},
    "wear": {"limits", "machine"},
    "worker": {"config", "errors", "execution", "runs", "training", "turns", "wear"},
    "measure": {"machine", "runs", "training"},
    "engine": {
        *("config", "environment", "errors", "execution", "limits", "machine", "models", "runs"),
        "turns",
    },
    "statistics": {"errors"},
    "sweeps": {"config", "errors", "limits", "messages", "models", "runs"},
    "races": {"config", "errors", "limits", "models", "runs"},
    "conductor": {"config", "engine", "errors", "limits", "runs", "sweeps"},
    "charts": {"models"},
    "ui": {
        *("charts", "claims", "conductor", "config", "data", "engine", "errors", "limits"),
        *("messages", "models", "races", "runs", "statistics", "sweeps"),
    },
    "pages": {"models", "ui"},
    "dashboard": {"ui"},
    "cli": {
        *("config", "data", "environment", "errors", "limits", "machine", "messages", "models"),
        *("runs", "training"),
    },
    "__main__": {"cli"},
    "__init__": set(),
}
"""What each part of the project may import of the others; no more than it does import."""

ONLY_IN: dict[str, set[str]] = {
    "streamlit": {"dashboard", "pages", "ui"},
    "starlette": {"ui"},
    # Figures are plain dicts, and the browser gets plotly.js as a file.
    "plotly": set(),
    "tensorflow": TRAINS,
    "keras": {*TRAINS, "models"},
    "scipy": {"statistics"},
    "optuna": {"sweeps"},
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


def other_parts(path: Path) -> set[str]:
    """The other parts of the project that a file imports."""
    names = {name.split(".")[1] for name in imported(path) if name.startswith("covnets.")}
    return names - {part(path), "__version__"}


def libraries(path: Path) -> set[str]:
    """What a file imports that neither Python nor this project brings along."""
    names = {name.split(".")[0] for name in imported(path)}
    return names - set(sys.stdlib_module_names) - {"covnets"}


def by_part(look: Callable[[Path], set[str]]) -> dict[str, set[str]]:
    """What `look` finds in the files of each part."""
    found: dict[str, set[str]] = {}
    for path in sources():
        found.setdefault(part(path), set()).update(look(path))
    return found


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_imports_point_one_way(path):
    here = part(path)
    assert here in MAY_IMPORT, f"Say in MAY_IMPORT what {here} may import."
    assert other_parts(path) <= MAY_IMPORT[here]


def test_no_part_may_import_more_than_it_does():
    assert by_part(other_parts) == MAY_IMPORT


def test_no_two_parts_import_each_other():
    # Raises CycleError, which names the parts, where the arrows run in a circle.
    order = list(TopologicalSorter(MAY_IMPORT).static_order())
    assert len(order) == len(MAY_IMPORT)


def test_the_documented_table_of_imports_is_true():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    documented = {}
    for line in text.splitlines():
        # | `covnets/runs/` | what it is | errors, config | pandas |
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0].startswith("`"):
            name = Path(cells[0].strip("`")).with_suffix("").name
            documented[name] = tuple(set(re.findall(r"\w+", cell)) for cell in cells[2:])
    needs = by_part(libraries)
    true = {
        name: (parts, needs[name])
        for name, parts in by_part(other_parts).items()
        if not name.startswith("__")
    }
    assert documented == true, "Correct the table in docs/architecture.md."


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
