"""One card, and what all cards need to count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from covnets.models import PRESETS, Node, Sketch, sketch, symbolic
from covnets.papers.figures import FIGURES

Verdict = Literal["holds", "nearly", "differs", "measured"]

TEXTBOOK = "a textbook"


@dataclass(frozen=True)
class Claim:
    """One "check the paper" card.

    Attributes:
        title: what it is about, in a few words.
        claim: the wording of the paper or the textbook, briefly.
        printed: the figures that they print.
        counted: the same, counted from the sketches.
        verdict: `"holds"`; `"nearly"`, when it holds rounded or under a condition that the
            explanation names; `"differs"`; or `"measured"`, when it is about errors, which the
            authors measured and which cannot be counted.
        explanation: what to learn from it, and from the difference, if there is one.
        source: where the claim and the printed figures are from.
    """

    title: str
    claim: str
    printed: str
    counted: str
    verdict: Verdict
    explanation: str
    source: str


def preset(name: str, **changes: object) -> Sketch:
    """Sketch one of the papers' networks, with some of its hyperparameters changed."""
    return sketch(PRESETS[name].replace(**changes))


def dense_params(drawn: Sketch) -> list[int]:
    """Parameters of each dense layer, from the first to the output layer."""
    return [node.num_params for node in drawn.nodes if node.kind == "Dense"]


def convolutions(drawn: Sketch) -> list[Node]:
    """The convolutions, in order."""
    return [node for node in drawn.nodes if isinstance(node.layer, symbolic.Conv2D)]


def num_filters(nodes: Iterable[Node]) -> int:
    """Filters of all these convolutions together: as many as they have biases."""
    return sum(node.output_shape[-1] for node in nodes)


def size(drawn: Sketch) -> str:
    """Parameters and multiply-adds."""
    return f"{drawn.num_params:,} parameters, {giga(drawn.macs)} multiply-adds"


def printed_errors(names: Mapping[str, str]) -> str:
    """The errors that the papers print.

    Args:
        names: what a network is called on the card, to its preset.
    """
    return "; ".join(f"{title}: {FIGURES[name].printed.error}" for title, name in names.items())


def giga(macs: int) -> str:
    """Multiply-adds in billions."""
    return f"{macs / 1e9:.2f} billion"


def mega(macs: int) -> str:
    """Multiply-adds in millions, rounded."""
    return f"{macs / 1e6:.0f} million"


def percent(part: int, whole: int) -> str:
    """Share of the whole in per cent, rounded."""
    return f"{100 * part / whole:.0f} %"
