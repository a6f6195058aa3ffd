"""The explorer: every preset opens, every field can be changed, what cannot be says why."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from covnets.config import AlexNetConfig, InceptionConfig, fit_to_images
from covnets.models import MINIATURES, PRESETS, TITLES, sketch
from covnets.ui.network.explorer_page import PRESET
from covnets.ui.network.network_view import originals
from covnets.ui.parts.wording import short_number
from tests.ui.pages_on_screen import (
    charts,
    figures,
    link,
    open_page,
    set_value,
    shown_text,
    widgets,
)
from tests.ui.recorded_runs import queued_run

HIDDEN = {"family", "num_stages"}


def explorer(preset: str) -> AppTest:
    return open_page("explorer", preset=preset)


def choose(test: AppTest, preset: str) -> AppTest:
    test.selectbox(key=PRESET).set_value(preset)
    return test.run()


def fields(test: AppTest, family: str) -> dict[str, Any]:
    """The widgets of a network's fields, by field."""
    start = f"explorer.{family}."
    return {
        key.removeprefix(start): widget
        for key, widget in widgets(test).items()
        if key.startswith(start) and ".train." not in key
    }


def set_field(test: AppTest, family: str, field: str, value: Any) -> AppTest:
    return set_value(test, f"explorer.{family}.{field}", value)


def can_start(test: AppTest, family: str) -> bool:
    return not test.button(key=f"{family}.start").disabled


RESNET10 = PRESETS["resnet18"].replace(num_blocks=(2, 2), num_stages=2)
TOO_MANY_PARAMETERS = "parameters, but at most 30,000,000"
TOO_MANY_LAYERS = "4,212 layers, but at most 1,500"
TOO_MUCH_WORK = "billion multiply-adds, but at most 30"
OTHER_IMAGES = "The network expects images of"
REASONS = {
    **dict.fromkeys(originals("vgg"), TOO_MANY_PARAMETERS),
    **dict.fromkeys(originals("inception"), TOO_MUCH_WORK),
    **dict.fromkeys(originals("resnet"), TOO_MUCH_WORK),
    **dict.fromkeys(("resnet101", "resnet152", "alexnet"), TOO_MANY_PARAMETERS),
    **{f"cifar_resnet{depth}": OTHER_IMAGES for depth in (20, 32, 44, 56)},
    "cifar_resnet1202": TOO_MANY_LAYERS,
}


def test_every_original_has_its_reason():
    assert set(REASONS) == set(PRESETS) - set(MINIATURES.values())


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_has_its_figures_and_fields_and_says_why_it_cannot_be_trained(preset):
    config, reason = PRESETS[preset], REASONS.get(preset)
    test, drawn = explorer(preset), sketch(config)
    text, shown = shown_text(test), figures(test)
    assert TITLES[preset] in text
    assert "changed:" not in text
    assert shown["Parameters"] == short_number(drawn.num_params)
    assert shown["Depth"] == str(drawn.depth)
    assert set(fields(test, config.family)) == set(type(config).model_fields) - HIDDEN
    assert can_start(test, config.family) == (preset in MINIATURES.values())
    if reason is None:
        return
    assert reason in text
    assert OTHER_IMAGES in text
    test.button(key="explorer.fit").click().run()
    assert not test.warning
    text, fitted = shown_text(test), fit_to_images(config, (28, 28, 1), 10)
    assert OTHER_IMAGES not in text
    assert "changed: Image shape" in text
    assert figures(test)["MACs per image"] == short_number(sketch(fitted).macs)
    assert "explorer.fit" not in {button.key for button in test.button}
    if reason in (OTHER_IMAGES, TOO_MANY_LAYERS):
        assert can_start(test, config.family) == (reason == OTHER_IMAGES)
    assert (TOO_MANY_LAYERS in text) == (reason == TOO_MANY_LAYERS)


@pytest.mark.parametrize(
    ("preset", "field", "value", "parameters"),
    [
        ("resnet18", "num_blocks", "3, 4, 6, 3", 21_797_672),
        ("resnet18", "num_blocks", "3 4 6 3", 21_797_672),
        ("resnet18", "num_blocks", "2, 2", sketch(RESNET10).num_params),
        ("vgg16", "num_convs", "2,2,4,4,4", 143_667_240),
        ("googlenet", "auxiliary_heads", True, None),
        ("vgg16", "input_shape", "256x256x3", None),
        ("alexnet", "groups", 1, None),
    ],
)
def test_any_field_can_be_changed_and_all_follows(preset, field, value, parameters):
    family = PRESETS[preset].family
    test = explorer(preset)
    before = figures(test), charts(test)[0]
    set_field(test, family, field, value)
    assert "changed:" in shown_text(test)
    after = figures(test), charts(test)[0]
    assert before[0] != after[0]
    assert before[1] != after[1]
    if parameters:
        assert after[0]["Parameters"] == short_number(parameters)


@pytest.mark.parametrize(
    ("preset", "field", "value", "said"),
    [
        ("vgg16", "num_convs", "2, two", "is not a whole number"),
        ("vgg16", "num_convs", "", "Convolutions per stage is empty: give at least 1 number"),
        ("vgg16", "num_convs", "99999999999999999999", "is too large"),
        ("vgg16", "input_shape", "224", "Image shape = 224 has too few values: give 3."),
        ("vgg16", "input_shape", "", "Image shape = nothing has too few values: give 3."),
        ("vgg16", "input_shape", "8 x 8 x 3", "needs at least 32x32 pixels"),
        ("googlenet", "module_filters", "1/2/3", "has too few values: give 6."),
        ("googlenet", "module_filters", "1/2/3/4/5/6", "has 1 row for 9 modules"),
        ("googlenet", "branches", [], "No branch is left"),
        ("alexnet", "input_shape", "<b>x", "is not a whole number"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence_and_the_last_network_stays(
    preset, field, value, said
):
    family = PRESETS[preset].family
    test = explorer(preset)
    before = figures(test)
    set_field(test, family, field, value)
    text = shown_text(test)
    assert said in text
    assert "those of the last possible network" in text
    assert figures(test) == before
    assert not can_start(test, family)


def test_each_preset_begins_with_its_own_fields_and_one_can_come_back_to_them():
    test = explorer("resnet50")
    before = figures(test)
    set_field(test, "resnet", "filters", 8)
    set_field(test, "resnet", "num_blocks", "1, 1")
    test.button(key="explorer.reset").click().run()
    assert figures(test) == before
    assert fields(test, "resnet")["num_blocks"].value == "3, 4, 6, 3"
    choose(test, "cifar_resnet20")
    assert fields(test, "resnet")["stem"].value == "3x3"
    assert fields(test, "resnet")["num_blocks"].value == "3, 3, 3"


@pytest.mark.parametrize(
    "config",
    [AlexNetConfig(filters=12), InceptionConfig(auxiliary_heads=True, num_modules=(1, 2, 1))],
    ids=["alexnet", "inception"],
)
def test_a_run_in_the_address_is_shown_with_its_settings(store, config):
    run_id = queued_run(store, config, epochs=3).id
    test = open_page("explorer", run_id)
    assert f"Run {run_id} ·" in shown_text(test)
    assert figures(test)["Parameters"] == short_number(sketch(config).num_params)
    assert link(test).items() >= {"run": run_id, "epochs": "3"}.items()
    assert link(open_page("explorer", **link(test))) == link(test)
    # It is followed once: then another network can be chosen.
    choose(test, "vgg16")
    assert figures(test)["Depth"] == "16"


def test_a_run_of_another_network_is_named_but_not_shown_as_this_one_s(store):
    run_id = queued_run(store, PRESETS["mini_resnet"]).id
    test = open_page("explorer", run_id)
    assert f"Run {run_id} ·" in shown_text(test)
    choose(test, "resnet152")
    text = shown_text(test)
    assert f"Run {run_id}, queued, is of another network." in text
    assert f"Run {run_id} ·" not in text
    assert "run" not in test.query_params
    test.button(key="resnet.settings").click().run()
    assert f"Run {run_id} ·" in shown_text(test)
