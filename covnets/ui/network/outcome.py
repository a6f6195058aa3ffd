"""What came out of a run: its accuracy, its confusions, the images that it got wrong."""

from pathlib import Path

import streamlit as st

from covnets.charts.results.confusions import confusion_figure
from covnets.charts.results.predictions import most_confident_mistakes
from covnets.models import saved
from covnets.runs import CHECKPOINT, MODEL, Run
from covnets.ui import services
from covnets.ui.parts.buttons import over_seeds, train_on
from covnets.ui.parts.images import Predictions, image_row, predictions_of, with_probability
from covnets.ui.parts.run_labels import label_text, labels_editor
from covnets.ui.parts.wording import duration, percent

MISTAKES = 12


def outcome(run: Run) -> None:
    """Show an ended run's figures and, where it was evaluated, its predictions."""
    if run.summary:
        _summary(run)
    _buttons(run)
    if text := label_text(run):
        st.markdown(f":small[{text}]")
    predictions = predictions_of(run)
    if predictions is None:
        return
    labels, predicted = predictions.labels, predictions.probabilities.argmax(axis=1)
    some = f"first {len(labels):,} " if predictions.is_part else ""
    confusion, mistakes = st.columns([5, 6], gap="large")
    with confusion:
        st.subheader(f"What it confuses, on the {some}{predictions.split} images", anchor=False)
        figure = confusion_figure(labels, predicted, predictions.class_names)
        st.plotly_chart(figure, width="stretch", key=f"{run.family}.confusion")
    with mistakes:
        _mistakes(predictions)


def _summary(run: Run) -> None:
    summary = run.summary
    figures = {
        "Validation accuracy": percent(summary.get("validation_accuracy")),
        "Training time": duration(summary.get("training_seconds", 0.0)),
        "Images/s": f"{summary.get('images_per_second', 0.0):,.0f}",
    }
    if run.state == "finished":
        figures = {"Test accuracy": percent(summary.get("test_accuracy")), **figures}
    with st.container(horizontal=True, gap="small"):
        for label, figure in figures.items():
            st.metric(label, figure, border=True)
    if run.outdated:
        st.caption(f"Not to be compared with newer runs: {run.outdated}.")


def _buttons(run: Run) -> None:
    """Let the run be labelled, and its network be taken away or trained on."""
    store = services.store()
    model, checkpoint = (store.files.find(run.id, name) for name in (MODEL, CHECKPOINT))
    with st.container(horizontal=True, vertical_alignment="center"):
        if model is not None:  # a paused run has none
            _download(run, model)
        if checkpoint is not None and run.state != "failed":
            train_on(run)
        if run.state == "finished":
            over_seeds(run)
        labels_editor(run, run.family)


def _download(run: Run, path: Path) -> None:
    file = saved.describe(path)
    if file is None:
        st.markdown(":small[The file of its trained network is damaged.]")
        return
    raw = file.max_pixel == saved.MAX_PIXEL
    whose = "as image files hold them" if raw else f"an image file's divided by {saved.MAX_PIXEL}"
    st.download_button(
        f"Trained network: Keras {file.oldest_keras}+, pixels 0\N{EN DASH}{file.max_pixel}",
        path.read_bytes,
        file_name=f"{run.family}-{run.id}.keras",
        icon=":material/download:",
        help=f"keras.models.load_model() of Keras {file.oldest_keras} or newer reads this file "
        f"without this project. It takes pixels from 0 to {file.max_pixel}, {whose}.",
    )


def _mistakes(predictions: Predictions) -> None:
    labels, probabilities = predictions.labels, predictions.probabilities
    class_names = predictions.class_names
    count = int((probabilities.argmax(axis=1) != labels).sum())
    mistakes = most_confident_mistakes(labels, probabilities, MISTAKES)
    surest = " and was most sure of" if count > len(mistakes) else ""
    st.subheader(f"What it got wrong{surest}", anchor=False)
    if not mistakes:
        st.caption(f"Nothing: all {len(labels):,} images were classified rightly.")
        return
    which = f"{len(mistakes)} of {count:,}" if count > len(mistakes) else f"All {count:,}"
    st.caption(f"{which} mistake{'s' * (count > 1)} on {len(labels):,} images, the surest first.")
    captions = [
        f"said {with_probability(mistake, mistake.predicted, class_names)}  \n"
        f"is {with_probability(mistake, mistake.label, class_names)}"
        for mistake in mistakes
    ]
    wrong = [mistake.index for mistake in mistakes]
    image_row(predictions.images[wrong], captions, pixels=100)
