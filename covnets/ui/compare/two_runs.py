"""Two runs on the same images: what each confuses, where they differ, which images differ."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from covnets.charts.page import Figure, figure_bytes
from covnets.charts.results.confusions import (
    confusion_difference_figure,
    confusion_figure,
    per_class_figure,
)
from covnets.charts.results.predictions import (
    Mistake,
    confusion_matrix,
    disagreements,
    per_class_accuracy,
)
from covnets.errors import CovnetsError
from covnets.runs import Run
from covnets.ui import notices
from covnets.ui.live_chart import live_chart
from covnets.ui.parts.images import Predictions, image_row, predictions_of, with_probability

MATRIX_HEIGHT = 420
IMAGES = 12
FIRST, SECOND = "compare.first", "compare.second"


def two_runs(runs: Sequence[Run], names: dict[str, str]) -> None:
    """Compare what two of the chosen runs say about the same images.

    Args:
        runs: the chosen runs.
        names: what each is called, by id.
    """
    if len(runs) < 2:
        st.caption("Choose a second run in the table above: here two are compared image by image.")
        return
    first, second = _choose_two(runs, names)
    found = [_predictions(run, names[run.id]) for run in (first, second)]
    if found[0] is None or found[1] is None:
        return
    if (problem := _not_the_same(found[0], found[1])) is not None:
        st.info(problem)
        return
    called = names[first.id], names[second.id]
    _matrices((first, second), called, found[0], found[1])
    _images(called, found[0], found[1])


def _choose_two(runs: Sequence[Run], names: dict[str, str]) -> tuple[Run, Run]:
    left = {run.id: run for run in runs}
    chosen = []
    for place, heading, key in zip(
        st.columns(2), ("This run", "beside this one"), (FIRST, SECOND), strict=True
    ):
        if st.session_state.get(key) not in left:
            st.session_state[key] = next(iter(left))
        run_id = place.selectbox(
            heading, list(left), format_func=names.__getitem__, key=key, persist_state="session"
        )
        chosen.append(left.pop(run_id))
    return chosen[0], chosen[1]


def _predictions(run: Run, name: str) -> Predictions | None:
    """Return a run's predictions, or say why there are none."""
    try:
        found = predictions_of(run)
    except CovnetsError as error:
        notices.show_warning(error)
        return None
    if found is None:
        st.info(
            f"{notices.plain(name)} has no predictions: they are made when a run ends, and this "
            f"one is {run.state}."
        )
    return found


def _not_the_same(first: Predictions, second: Predictions) -> str | None:
    if first.dataset != second.dataset:
        return (
            f"They learned different images, {notices.plain(first.dataset)} and "
            f"{notices.plain(second.dataset)}, and cannot be compared image by image."
        )
    if first.split != second.split:
        return (
            f"One was evaluated on the {first.split} images, the other on the {second.split} "
            "images: a run that was stopped never sees the test images."
        )
    if len(first.labels) != len(second.labels):
        return (
            f"One was evaluated on {len(first.labels):,} images, the other on "
            f"{len(second.labels):,}: of a large network that was stopped the first ones count."
        )
    return None


def _matrices(
    runs: tuple[Run, Run], names: tuple[str, str], first: Predictions, second: Predictions
) -> None:
    """What each confuses, the difference, and the classes."""
    classes = first.class_names
    said = [each.probabilities.argmax(axis=1) for each in (first, second)]
    counts = [confusion_matrix(first.labels, each, len(classes)) for each in said]
    which = f"first {len(first.labels):,}" if first.is_part else f"{len(first.labels):,}"
    st.caption(f"On the {which} {first.split} images.")
    upper, lower = st.columns(2), st.columns(2)
    for place, name, each, key in zip(upper, names, said, ("first", "second"), strict=True):
        figure = confusion_figure(first.labels, each, classes)
        figure["layout"]["meta"] = {"file_name": f"confusions-{key}"}
        with place:
            _chart(f"What {name} confuses", figure, f"confusion_{key}")
    with lower[0]:
        figure = confusion_difference_figure(counts[0], counts[1], classes, *names)
        _chart("Where they differ", figure, "difference")
    with lower[1]:
        shares = {name: per_class_accuracy(each) for name, each in zip(names, counts, strict=True)}
        figure = per_class_figure(shares, [run.number for run in runs], classes)
        _chart("Class by class", figure, "classes")


def _chart(heading: str, figure: Figure, key: str) -> None:
    st.markdown(f"**{notices.plain(heading)}**")
    live_chart(figure_bytes(figure), key=f"compare.{key}", height=MATRIX_HEIGHT)


def _images(names: tuple[str, str], first: Predictions, second: Predictions) -> None:
    both = (first, second)
    found = disagreements(first.labels, first.probabilities, second.probabilities, IMAGES)
    right = [each.probabilities.argmax(axis=1) == each.labels for each in both]
    for this, place in enumerate(st.columns(2, gap="large")):
        other, mistakes = 1 - this, found[this]
        count = int(np.sum(right[this] & ~right[other]))
        images = "image" if count == 1 else "images"
        name, wrong = notices.plain(names[this]), notices.plain(names[other])
        with place:
            st.markdown(f"**{count:,} {images} that only {name} gets right**")
            if mistakes:
                some = f"The first {len(mistakes)}, with" if count > len(mistakes) else "With"
                st.caption(f"{some} what {wrong} said, most certain first.")
                _row(first, mistakes)


def _row(predictions: Predictions, mistakes: Sequence[Mistake]) -> None:
    captions = [
        f"said {with_probability(mistake, mistake.predicted, predictions.class_names)}  \n"
        f"is {predictions.class_names[mistake.label]}"
        for mistake in mistakes
    ]
    image_row(predictions.images[[mistake.index for mistake in mistakes]], captions, pixels=84)
