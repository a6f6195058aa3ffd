"""Sliders and switches: what they offer, what they change, what they refuse."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.shared.recorded import default_run
from covnets import data
from covnets.config import TrainConfig
from covnets.models import FAMILIES, PAGE_FAMILIES, sketch
from covnets.runs import RunStore
from covnets.runs.estimate import Known, keep
from covnets.system import available_cores
from covnets.ui.parts.wording import duration, short_number
from tests.ui.pages_on_screen import (
    RECEPTIVE_FIELD,
    charts,
    figures,
    image_captions,
    open_page,
    sentences,
    set_value,
    shown_text,
    widgets,
)
from tests.ui.recorded_runs import queued_run

# The dataset sets the first three; how far filters double, and each module's, the explorer offers.
NOT_OFFERED = {
    *("dataset", "input_shape", "num_classes", "max_filters", "module_filters", "family"),
}


def start_is_refused(test: AppTest, family: str) -> bool:
    """Whether Start cannot be pressed; nothing that it would train may be promised then."""
    disabled: bool = test.button(key=f"{family}.start").disabled
    assert disabled == bool(test.warning)
    return disabled


@pytest.mark.parametrize("name", PAGE_FAMILIES)
def test_a_family_s_page_has_a_widget_for_each_hyperparameter_and_the_costs_of_the_defaults(name):
    family, test = PAGE_FAMILIES[name], open_page(name)
    tables = {name: family.config_class, f"{name}.train": TrainConfig}
    offered = {
        f"{prefix}.{field}": (info.title, info.description)
        for prefix, table in tables.items()
        for field, info in table.model_fields.items()
        if field not in NOT_OFFERED
    }
    shown = {key: (widget.label, widget.help) for key, widget in widgets(test).items()}
    assert shown == offered
    drawn, costs = sketch(family.config_class()), figures(test)
    assert costs["Parameters"] == short_number(drawn.num_params)
    assert costs["MACs per image"] == short_number(drawn.macs)
    assert costs["Depth"] == str(drawn.depth)
    assert costs[RECEPTIVE_FIELD] == f"{drawn.receptive_field} px"
    assert len(charts(test)) == 1
    text = shown_text(test)
    assert [title.value for title in test.title] == [family.title]
    assert family.idea in text
    assert "press Start" in text
    assert not start_is_refused(test, name)
    assert test.button(key=f"{name}.stop").disabled
    classes = data.load(TrainConfig().dataset).class_names
    assert sorted(image_captions(test)) == sorted(classes)


COSTS, DEPTHS = {"Parameters", "MACs per image"}, {"Depth", RECEPTIVE_FIELD}


@pytest.mark.parametrize(
    ("family", "field", "value", "changed"),
    [
        ("vgg", "num_stages", 4, COSTS | DEPTHS),
        ("vgg", "num_convs", 3, COSTS | DEPTHS),
        ("vgg", "filters", 32, COSTS),
        ("vgg", "kernel_size", 5, COSTS | {RECEPTIVE_FIELD}),
        ("vgg", "units", 256, COSTS),
        ("inception", "num_modules", 2, COSTS | DEPTHS),
        ("inception", "reducers", False, COSTS | {"Depth"}),
        ("inception", "branches", ["1x1", "pool"], COSTS | DEPTHS),
        ("inception", "head", "dense", COSTS | {"Depth"}),
        ("resnet", "num_blocks", 9, COSTS | DEPTHS),
        ("resnet", "block", "bottleneck", COSTS | DEPTHS),
        ("resnet", "shortcut", "projection", COSTS),
        ("resnet", "shortcut", "none", set()),
    ],
)
def test_slider_changes_the_drawing_and_the_numbers_that_depend_on_it(
    family, field, value, changed
):
    test = open_page(family)
    before, drawing, layers = figures(test), charts(test)[0], test.dataframe[0].value
    set_value(test, f"{family}.{field}", value)
    after = figures(test)
    assert charts(test)[0] != drawing
    assert not test.dataframe[0].value.equals(layers)
    counted = after.keys() - {"Time for this run"}
    assert {label for label in counted if after[label] != before[label]} == changed
    assert not start_is_refused(test, family)


@pytest.mark.parametrize("name", PAGE_FAMILIES)
def test_no_slider_at_either_end_breaks_the_page(name):
    test = open_page(name)
    if name == "inception":
        set_value(test, "inception.head", "dense")  # its units are disabled otherwise
    sliders = {
        key: widget
        for key, widget in widgets(test).items()
        if widget.type in ("slider", "select_slider") and not widget.disabled
    }
    for key, slider in sliders.items():
        default = slider.value
        for value in _ends(slider):
            set_value(test, key, value)
            assert shown_text(test)
            start_is_refused(test, name)
        widgets(test)[key].set_value(default)  # takes effect together with the next change
    assert not start_is_refused(test.run(), name)


def _ends(slider: Any) -> tuple[float, float]:
    if slider.type == "slider":
        return slider.min, slider.max
    return float(slider.options[0]), float(slider.options[-1])


@pytest.mark.parametrize(
    ("family", "possible", "impossible", "sentence"),
    [
        (
            "vgg",
            {"num_convs": 3},
            {"num_stages": 5},
            "Stages = 5 needs at least 32x32 pixels, the images are 28x28: "
            "use 4 stages or larger images. The drawing and the figures are those of the last "
            "possible network.",
        ),
        (
            "inception",
            {"num_modules": 2},
            {"branches": []},
            "No branch is left in the module: keep at least one of 1x1, 3x3, 5x5, pool. "
            "The drawing and the figures are those of the last possible network.",
        ),
        (
            "resnet",
            {"train.num_train": 500},
            {"train.batch_size": 512},
            "Batch size = 512 is larger than the 500 training images: "
            "use a batch of at most 500, or more images.",
        ),
    ],
)
def test_impossible_settings_are_refused_before_start_and_the_last_possible_network_stays(
    family, possible, impossible, sentence
):
    test = open_page(family)
    for field, value in possible.items():
        set_value(test, f"{family}.{field}", value)
    before, drawing, layers = figures(test), charts(test), test.dataframe[0].value
    ((field, value),) = impossible.items()
    right = widgets(test)[f"{family}.{field}"].value
    address = dict(test.query_params)
    set_value(test, f"{family}.{field}", value)
    assert start_is_refused(test, family)
    assert dict(test.query_params) == address
    assert sentences(test.warning) == [sentence]
    assert charts(test) == drawing
    assert figures(test) == before | {"Time for this run": "–"}
    assert test.dataframe[0].value.equals(layers)
    set_value(test, f"{family}.{field}", right)
    assert not start_is_refused(test, family)


@pytest.mark.parametrize("name", PAGE_FAMILIES)
def test_reset_brings_all_defaults_back(name):
    test = open_page(name)
    defaults = {key: widget.value for key, widget in widgets(test).items()}
    numbers = figures(test)
    for key, widget in widgets(test).items():
        if widget.type == "slider" and not widget.disabled:
            set_value(test, key, widget.max)
        elif widget.type == "toggle" and not widget.disabled:
            set_value(test, key, not widget.value)
    assert figures(test) != numbers
    test.button(key=f"{name}.reset").click().run()
    assert {key: widget.value for key, widget in widgets(test).items()} == defaults
    assert figures(test) == numbers


@pytest.mark.parametrize(
    ("family", "switch", "off", "on", "dependent"),
    [
        ("vgg", "batchnorm", False, True, "batchnorm_momentum"),
        ("resnet", "batchnorm", False, True, "batchnorm_momentum"),
        ("inception", "head", "average_pooling", "dense", "units"),
    ],
)
def test_widget_that_does_nothing_is_disabled(family, switch, off, on, dependent):
    test = open_page(family)
    for value, disabled in ((off, True), (on, False)):
        set_value(test, f"{family}.{switch}", value)
        assert widgets(test)[f"{family}.{dependent}"].disabled == disabled


def test_time_is_about_right_until_the_network_was_timed(store: RunStore):
    run = default_run("resnet")
    about = duration(Known().seconds(run))
    assert figures(open_page("resnet"))["Time for this run"] == f"about {about}"
    keep(store, run, threads=available_cores(), step_seconds=0.01, image_seconds=0.0)
    seconds = run.train.epochs * run.train.num_train / run.train.batch_size * 0.01
    test = open_page("resnet")
    assert figures(test)["Time for this run"] == duration(seconds)
    set_value(test, "resnet.train.epochs", 2 * run.train.epochs)
    assert figures(test)["Time for this run"] == duration(2 * seconds)


BEYOND_THE_SLIDERS = {
    "vgg": {"filters": 100, "max_filters": 128},
    "inception": {"module_filters": [(1, 2, 3, 4, 5, 6)] * 3},
    "resnet": {"num_blocks": (1, 20, 3)},
}


@pytest.mark.parametrize("name", PAGE_FAMILIES)
def test_settings_of_a_run_are_offered_by_the_sliders_if_they_can_and_else_by_the_explorer(
    store, name
):
    network = FAMILIES[name].config_class
    train = {"epochs": 108, "seed": 12345, "batch_size": 3, "learning_rate": 0.0007}
    for fields, can_slide in (({"num_stages": 2}, True), (BEYOND_THE_SLIDERS[name], False)):
        run_id = queued_run(store, network(**fields), **train).id
        test = open_page(name, run_id)
        assert f"Run {run_id} ·" in shown_text(test)
        assert (f"{name}.settings" in {button.key for button in test.button}) == can_slide
        links = [link.proto.label for link in test.get("page_link")]
        assert ("Show its settings in the explorer" in links) != can_slide
