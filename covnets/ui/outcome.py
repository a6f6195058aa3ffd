"""What came out of a run: its accuracy, its confusions, the images that it got wrong."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from covnets import data
from covnets.charts.results import Mistake, confusion_figure, most_confident_mistakes
from covnets.errors import CovnetsError
from covnets.runs import CHECKPOINT, MODEL, Run
from covnets.ui import notices, services
from covnets.ui.buttons import train_on
from covnets.ui.numbers import duration, percent
from covnets.ui.samples import image_row

MISTAKES = 12


def outcome(run: Run) -> None:
    """Show an ended run's figures and, where it was evaluated, its predictions."""
    if run.summary:
        _summary(run)
    predictions = services.store().artifact(run.id, "predictions.npz")
    if predictions is None:
        return
    split, probabilities = _read(predictions)
    dataset = data.load(run.config.train.dataset)
    images = dataset.test_images if split == "test" else dataset.validation_images
    labels = dataset.test_labels if split == "test" else dataset.validation_labels
    # A large network that was stopped was looked at on the first images only.
    some = "" if len(probabilities) == len(labels) else f"first {len(probabilities)} "
    images, labels = images[: len(probabilities)], labels[: len(probabilities)]
    confusion, mistakes = st.columns([5, 6], gap="large")
    with confusion:
        st.subheader(f"What it confuses, on the {some}{split} images", anchor=False)
        figure = confusion_figure(labels, probabilities.argmax(axis=1), dataset.class_names)
        st.plotly_chart(figure, width="stretch", key=f"{run.family}.confusion")
    with mistakes:
        _mistakes(images, labels, probabilities, dataset.class_names)


def _summary(run: Run) -> None:
    summary = run.summary
    with st.container(horizontal=True, gap="small"):
        if run.state == "finished":
            st.metric(
                "Test accuracy",
                percent(summary.get("test_accuracy")),
                border=True,
                help="On images looked at once, when the run ended: no choice was made by them.",
            )
        st.metric("Validation accuracy", percent(summary.get("validation_accuracy")), border=True)
        st.metric(
            "Training time",
            duration(summary.get("training_seconds", 0.0)),
            border=True,
            help=f"And {summary.get('trace_seconds', 0.0):.1f} s to trace the network before.",
        )
        st.metric("Images/s", f"{summary.get('images_per_second', 0.0):,.0f}", border=True)
    threads = summary.get("threads")
    st.caption(
        f"Trained in {summary.get('precision')} with {threads} thread{'s' * (threads != 1)} on "
        f"{run.facts.get('device', 'this machine')}."
    )
    _weights(run)


def _weights(run: Run) -> None:
    """Let the network be taken away, trained on, or kept when room is made for newer ones."""
    store = services.store()
    model, checkpoint = (store.artifact(run.id, name) for name in (MODEL, CHECKPOINT))
    if model is None and checkpoint is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if model is not None:  # a paused run has none
            st.download_button(
                "Trained network",
                model.read_bytes,
                file_name=f"{run.family}-{run.id}.keras",
                icon=":material/download:",
                help="A Keras file: keras.models.load_model() reads it without this project.",
            )
        st.toggle(
            "Keep",
            value=run.pinned,
            key=f"{run.id}.pinned",
            on_change=_pin,
            args=(run.id,),
            help="The oldest networks make room for new ones; those that are kept do not.",
        )
        if checkpoint is not None:
            train_on(run)
    problem = st.session_state.pop(f"{run.id}.problem", None)
    if problem:
        notices.show_error(problem)


def _pin(run_id: str) -> None:
    try:
        services.store().set_label(run_id, pinned=st.session_state[f"{run_id}.pinned"])
    except CovnetsError as error:
        st.session_state[f"{run_id}.problem"] = str(error)


def _mistakes(
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    probabilities: NDArray[np.float32],
    class_names: tuple[str, ...],
) -> None:
    mistakes = most_confident_mistakes(labels, probabilities, MISTAKES)
    st.subheader("What it got wrong and was most sure of", anchor=False)
    if not mistakes:
        st.caption("Nothing: every image was classified rightly.")
        return
    captions = [
        f"said {_with_probability(mistake, mistake.predicted, class_names)}  \n"
        f"is {_with_probability(mistake, mistake.label, class_names)}"
        for mistake in mistakes
    ]
    image_row(images[[mistake.index for mistake in mistakes]], captions, pixels=100)


def _with_probability(mistake: Mistake, label: int, class_names: tuple[str, ...]) -> str:
    """A class and what the network gave to it: "Pullover 100 %", with a space that never breaks."""
    return f"{class_names[label]} {100 * mistake.probabilities[label]:.0f}\N{NO-BREAK SPACE}%"


@lru_cache(maxsize=32)
def _read(path: Path) -> tuple[str, NDArray[np.float32]]:
    with np.load(path) as arrays:
        return str(arrays["split"]), arrays["probabilities"]
