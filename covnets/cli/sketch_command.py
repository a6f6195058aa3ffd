"""`python -m covnets sketch`: a network's layers and what they cost."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

from covnets.cli.settings import Settings, configure
from covnets.models import Sketch, sketch

HEADINGS = ("layer", "kind", "reads", "output", "parameters", "MACs", "sees")
"""Columns of the layer table; "sees" is the receptive field's side in pixels, if it has one."""
NUM_TEXT_COLUMNS = 3
OF_A_NODE = (
    *("name", "kind", "stage", "inputs", "output_shape", "num_params", "macs"),
    "receptive_field",
)
"""What `--json` tells of each layer."""


def run(preset: str, settings: Settings, options: argparse.Namespace) -> int:
    """Print the sketch of a network.

    Raises:
        ConfigError: the preset, a setting or their combination is not valid.
    """
    network, _ = configure(preset, settings)
    drawn = sketch(network)
    print(json.dumps(as_json(preset, drawn)) if options.json else as_table(preset, drawn))
    return 0


def as_json(preset: str, drawn: Sketch) -> dict[str, Any]:
    """Return what `--json` prints."""
    return {
        "preset": preset,
        "num_params": drawn.num_params,
        "num_params_total": drawn.num_params_total,
        "macs": drawn.macs,
        "receptive_field": drawn.receptive_field,
        "nodes": [{name: getattr(node, name) for name in OF_A_NODE} for node in drawn.nodes],
    }


def as_table(preset: str, drawn: Sketch) -> str:
    """Return the layer table with its totals, as text."""
    rows = [HEADINGS, *_rows(drawn)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_line(row, widths) for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    totals = (
        f"{preset}: {drawn.num_params:,} parameters "
        f"({drawn.num_params_total:,} with moving statistics), {drawn.macs:,} MACs an image, "
        f"{drawn.depth} weight layers deep, the last spatial layer sees "
        f"{drawn.receptive_field} pixels"
    )
    return "\n".join([*lines, "", totals])


def _rows(drawn: Sketch) -> Iterator[tuple[str, ...]]:
    for node in drawn.nodes:
        yield (
            node.name,
            node.kind,
            ", ".join(node.inputs),
            "x".join(map(str, node.output_shape)),
            f"{node.num_params:,}" if node.num_params else "",
            f"{node.macs:,}" if node.macs else "",
            "whole image" if node.receptive_field is None else str(node.receptive_field),
        )


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    cells = [
        cell.ljust(width) if column < NUM_TEXT_COLUMNS else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
