"""Two runs, image by image: what each confuses, and which images only one of them gets right."""

from __future__ import annotations

import numpy as np
import pytest

from covnets import data
from covnets.ui.compare.two_runs import FIRST, SECOND, _not_the_same
from covnets.ui.parts.images import Predictions
from tests.ui.compare.test_page import opened, two_finished
from tests.ui.pages_on_screen import charts, image_captions, shown_text
from tests.ui.recorded_runs import TRAIN, answer, recorded_run


def test_a_run_without_predictions_says_so(store):
    test = opened("Two runs", recorded_run(store, "finished"), recorded_run(store, "failed"))
    assert "has no predictions" in test.info[0].value


def test_two_runs_are_compared_by_the_images_that_only_one_gets_right(store):
    dataset = data.load(TRAIN.dataset)
    first, second = two_finished(store)
    names, labels = dataset.class_names, dataset.test_labels
    images, wrong = np.arange(len(labels)), (labels + 1) % 10
    # Both are wrong about the last of these.
    answer(store, first.id, np.where(np.isin(images, [0, 3]), wrong, labels))
    answer(store, second.id, np.where(np.isin(images, [1, 2, 3]), wrong, labels))
    test = opened("Two runs", first, second)
    assert len(charts(test)) == 4, "three matrices and the classes"
    assert "On the 2,000 test images" in shown_text(test)
    assert "2 images that only finished vgg gets right" in shown_text(test)
    assert "1 images that only finished resnet gets right" not in shown_text(test)
    assert "1 image that only finished resnet gets right" in shown_text(test)
    captions = image_captions(test)
    assert len(captions) == 3
    assert captions[-1].startswith(f"said {names[wrong[0]]} 82\N{NO-BREAK SPACE}%")
    assert captions[-1].endswith(f"is {names[labels[0]]}")


def test_of_more_runs_any_two_are_chosen(store):
    runs = [*two_finished(store), recorded_run(store, "finished", "inception")]
    test = opened("Two runs", *runs)
    test.selectbox(key=SECOND).set_value(runs[2].id).run()
    assert "images that only finished inception gets right" in shown_text(test)
    test.selectbox(key=FIRST).set_value(runs[2].id).run()
    assert test.selectbox(key=SECOND).value == runs[0].id


def predictions(dataset: str, split: str, count: int = 2) -> Predictions:
    images = np.zeros((count, 4, 4, 1), np.uint8)
    labels, probabilities = np.arange(count).astype(np.uint8), np.eye(2, dtype=np.float32)[:count]
    return Predictions(dataset, split, images, labels, probabilities, ("cat", "dog"), False)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (predictions("fashion_mnist", "test"), "They learned different images"),
        (predictions("mnist", "validation"), "a run that was stopped never sees the test images"),
        (predictions("mnist", "test", 1), "One was evaluated on 2 images, the other on 1"),
    ],
)
def test_runs_seen_on_different_images_are_not_compared(other, said):
    digits = predictions("mnist", "test")
    assert said in str(_not_the_same(digits, other))
    assert _not_the_same(digits, digits) is None
