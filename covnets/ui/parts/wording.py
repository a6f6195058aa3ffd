"""Numbers, times, states, families and runs as people read them."""

from covnets import messages
from covnets.config import TrainConfig
from covnets.models import FAMILIES
from covnets.runs import Run
from covnets.runs.estimate import Speed

STATE_COLORS = {
    "queued": "gray",
    "running": "blue",
    "pausing": "orange",
    "paused": "orange",
    "finished": "green",
    "failed": "red",
    "cancelled": "violet",
}


def short_number(number: float) -> str:
    """Three figures and a unit: 163674 is "164 k", 6998552 is "7.00 M"."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        # 999,500 rounds to a thousand of the smaller unit, so the larger one begins there.
        if number >= 0.9995 * size:
            return f"{number / size:#.3g}".rstrip(".") + f" {unit}"
    return f"{number:.3g}"


def duration(seconds: float) -> str:
    """Seconds below two minutes, then minutes, then hours: "45 s", "3 min", "2.5 h"."""
    if seconds < 120:
        return f"{max(seconds, 0):.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def estimated(speed: Speed, train: TrainConfig) -> str:
    """How long a run takes: "12 s" where its steps were timed, else "about 12 s"."""
    said = duration(speed.seconds(train))
    return said if speed.is_exact else f"about {said}"


def percent(share: float | None) -> str:
    """A share from 0 to 1 as a percentage: 0.873 is "87.3 %"; a dash where there is none."""
    return "–" if share is None else messages.percent(share)


def state_badge(state: str, text: str | None = None) -> str:
    """A state of a run or a group as Markdown, in its colour.

    Args:
        state: the state.
        text: what is written instead of its name.
    """
    return f":{STATE_COLORS[state]}-badge[{text or state}]"


def family_title(family: str) -> str:
    """A family's name; a store may hold runs of one that is not here any more."""
    return FAMILIES[family].title if family in FAMILIES else family


def run_with_score(run: Run) -> str:
    """A run where one of several is chosen: "deep one · ResNet · 87.3 %"."""
    score = () if run.best_accuracy is None else (percent(run.best_accuracy),)
    return " · ".join([run.name or run.id, family_title(run.family), *score])
