"""A network on its page: beside its original, unfolded, and from all sides."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from covnets.models import FAMILIES, PAGE_FAMILIES, PRESETS, TITLES, sketch
from covnets.models.script import script
from covnets.papers import claims
from covnets.ui.network.network_view import originals
from covnets.ui.parts.wording import short_number
from tests.ui.pages_on_screen import charts, open_page, shown_text

VIEWS = ("Layers", "Costs", "Check the paper", "Keras code", "Source")


def beside(family: str, original: str) -> AppTest:
    test = open_page(family)
    test.toggle(key=f"{family}.beside").set_value(True).run()
    test.selectbox(key=f"{family}.original").set_value(original)
    return test.run()


def drawings(test: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart) for chart in charts(test)]


@pytest.mark.parametrize(
    ("family", "original"),
    [(name, original) for name in PAGE_FAMILIES for original in [*originals(name), "alexnet"]],
)
def test_every_original_can_stand_beside_its_miniature(family, original):
    mine, large = sketch(FAMILIES[family].config_class()), sketch(PRESETS[original])
    test = beside(family, original)
    assert TITLES[original] in shown_text(test)
    assert [metric.value for metric in test.metric if metric.label == "Parameters"] == [
        short_number(drawn.num_params) for drawn in (mine, large)
    ]
    assert len(drawings(test)) == 2
    ratios = test.dataframe[0].value.set_index("figure")["ratio"]
    assert ratios["parameters"] == pytest.approx(large.num_params / mine.num_params, rel=0.01)


def test_without_the_switch_the_miniature_stands_alone():
    test = beside("vgg", "vgg16")
    test.toggle(key="vgg.beside").set_value(False).run()
    assert len(drawings(test)) == 1


def test_a_folded_drawing_can_be_unfolded():
    test = beside("resnet", "resnet152")
    folded = drawings(test)[1]
    test.toggle(key="resnet.whole").set_value(True).run()
    whole = drawings(test)[1]

    def num_blocks(figure: dict[str, Any]) -> int:
        return sum(len(trace.get("hovertext", ())) for trace in figure["data"])

    assert num_blocks(whole) > 3 * num_blocks(folded)
    assert whole["layout"]["meta"]["min_width"] > 5000


def test_a_drawing_with_nothing_to_unfold_has_no_switch_for_it():
    assert [toggle.key for toggle in open_page("vgg").toggle if toggle.key == "vgg.whole"] == []


def opened(family: str, view: str) -> AppTest:
    test = open_page(family)
    test.session_state[f"{family}.views"] = view
    return test.run()


def has(test: AppTest, view: str) -> bool:
    """Whether a view shows what it is there for."""
    match view:
        case "Layers":
            return len(test.dataframe) > 0
        case "Costs":
            return len(charts(test)) == 1 + 4
        case "Check the paper":
            return "Counted:" in shown_text(test)
    return bool(test.main.code)


@pytest.mark.parametrize("name", PAGE_FAMILIES)
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_shows_what_it_is_there_for_and_none_of_the_others(name, view):
    test = opened(name, view)
    shown_text(test)
    others = [other for other in VIEWS if has(test, other)]
    assert others == [view] or set(others) == {"Keras code", "Source"}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("preset", ["alexnet", "googlenet_aux", "cifar_resnet1202"])
def test_every_view_of_an_original_opens_in_the_explorer(preset, view):
    test = open_page("explorer")
    test.selectbox(key="explorer.preset").set_value(preset)
    test.session_state["explorer.views"] = view
    assert has(test.run(), view)


@pytest.mark.parametrize("name", PAGE_FAMILIES)
def test_the_source_is_the_file_that_builds_the_network(name):
    text = shown_text(opened(name, "Source"))
    assert FAMILIES[name].source.rstrip() in text
    assert FAMILIES[name].paper in text


@pytest.mark.parametrize("name", PAGE_FAMILIES)
def test_keras_code_is_that_of_the_sliders(name):
    test = opened(name, "Keras code")
    changed = FAMILIES[name].config_class().replace(filters=24)
    assert [code.value for code in test.main.code] != [script(changed).rstrip()]
    test.slider(key=f"{name}.filters").set_value(24).run()
    assert [code.value for code in test.main.code] == [script(changed).rstrip()]


@pytest.mark.parametrize("name", PAGE_FAMILIES)
def test_each_claim_is_a_card_with_both_figures_and_its_source(name):
    text = shown_text(opened(name, "Check the paper"))
    cards = claims(name)
    assert len(cards) > 3
    for card in cards:
        for part in (card.title, card.claim, card.explanation, card.source):
            assert part in text
        assert f"Counted: **{card.counted}**" in text


def test_flops_change_one_chart_and_are_named():
    test = opened("vgg", "Costs")
    before = charts(test)
    test.toggle(key="vgg.flops").set_value(True).run()
    after = charts(test)
    changed = [one != other for one, other in zip(before, after, strict=True)]
    assert changed.count(True) == 1
    assert "FLOPs" in shown_text(test)
