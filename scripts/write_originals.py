"""Write docs/originals.md: the papers' networks, printed and counted.

From the top of the repository:

    python -m scripts.write_originals
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from covnets.models import PRESETS, TITLES, sketch
from covnets.papers.figures import FIGURES, GOOGLENET_MODULES
from covnets.papers.inception import modules
from scripts import markdown

PAGE = Path(__file__).resolve().parents[1] / "docs" / "originals.md"

OPENING = """\
# The originals

This page is written by `python -m scripts.write_originals` from `covnets/papers/figures.py` (what
is printed) and from the sketches of `covnets/models/presets.py` (what is counted). Parameters are
trainable weights with biases; one MAC is one multiply-add of one image's way forward, which the
papers call a FLOP; the receptive field is that of the last spatial layer, in pixels.
`python -m covnets sketch NAME` lists a network's layers.
"""

HEADINGS = (
    *("name", "network", "printed parameters", "counted", "printed MACs", "counted"),
    *("weight layers", "receptive field", "printed error", "source"),
)
MODULE_HEADINGS = ("module", "printed parameters", "weights", "printed MACs", "counted")


def page() -> str:
    """Return the whole page as Markdown."""
    notes = [f"- `{name}`: {figures.note}" for name, figures in FIGURES.items() if figures.note]
    parts = [OPENING, markdown.table(HEADINGS, _networks()), "## Notes\n", "\n".join(notes) + "\n"]
    parts += ["## GoogLeNet's modules\n", markdown.table(MODULE_HEADINGS, _modules())]
    return "\n".join(parts)


def _networks() -> Iterator[tuple[str, ...]]:
    for name, figures in FIGURES.items():
        printed, drawn = figures.printed, sketch(PRESETS[name])
        yield (
            f"`{name}`",
            TITLES[name],
            printed.params or "",
            f"{drawn.num_params:,}",
            printed.macs or "",
            f"{drawn.macs:,}",
            str(drawn.depth),
            str(drawn.receptive_field),
            printed.error or "",
            figures.source,
        )


def _modules() -> Iterator[tuple[str, ...]]:
    counted = modules(sketch(PRESETS["googlenet"]))
    for (name, kilo_params, mega_macs), (weights, macs) in zip(
        GOOGLENET_MODULES, counted, strict=True
    ):
        yield name, f"{kilo_params}K", f"{weights:,}", f"{mega_macs}M", f"{macs:,}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
