"""A network on its page: beside its original, unfolded, and from all sides."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from covnets.charts.network.labels import PAGE_WIDTH
from covnets.charts.network.tables import layer_table
from covnets.models import FAMILIES, MINIATURES, PAGE_FAMILIES, PRESETS, TITLES, sketch
from covnets.models.script import script
from covnets.papers import claims
from covnets.ui.network.details import WHOLE_IMAGE, layer_columns
from covnets.ui.network.network_view import originals
from covnets.ui.parts.wording import short_number
from tests.ui.pages_on_screen import charts, open_page, shown_text

VIEWS = ("Layers", "Costs", "Check the paper", "Keras code", "Source")


def drawings(test: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart) for chart in charts(test)]


@pytest.mark.parametrize("family", PAGE_FAMILIES)
def test_every_original_can_stand_beside_its_miniature(family):
    mine = sketch(FAMILIES[family].config_class())
    test = open_page(family)
    test.toggle(key=f"{family}.beside").set_value(True).run()
    for original in [*originals(family), "alexnet"]:
        large = sketch(PRESETS[original])
        test.selectbox(key=f"{family}.original").set_value(original).run()
        assert TITLES[original] in shown_text(test)
        assert [metric.value for metric in test.metric if metric.label == "Parameters"] == [
            short_number(drawn.num_params) for drawn in (mine, large)
        ]
        assert len(drawings(test)) == 2
        ratios = test.dataframe[0].value.set_index("figure")["ratio"]
        assert ratios["parameters"] == pytest.approx(large.num_params / mine.num_params, rel=0.01)
    test.toggle(key=f"{family}.beside").set_value(False).run()
    assert len(drawings(test)) == 1


def test_a_folded_drawing_can_be_unfolded_and_one_that_is_whole_has_no_switch():
    test = open_page("explorer", preset="resnet152")
    (folded,) = drawings(test)
    test.toggle(key="explorer.whole").set_value(True).run()
    (whole,) = drawings(test)

    def num_blocks(figure: dict[str, Any]) -> int:
        return sum(len(trace.get("hovertext", ())) for trace in figure["data"])

    assert num_blocks(whole) > 3 * num_blocks(folded)
    assert whole["layout"]["meta"]["min_width"] > 5000
    assert "vgg.whole" not in [toggle.key for toggle in open_page("vgg").toggle]


def opened(page: str, view: str, **params: str) -> AppTest:
    test = open_page(page, **params)
    test.session_state[f"{page}.views"] = view
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


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("preset", ["", "alexnet", "googlenet_aux", "cifar_resnet1202"])
def test_every_view_shows_what_it_is_there_for_and_none_of_the_others(preset, view):
    test = opened("explorer", view, preset=preset) if preset else opened("vgg", view)
    others = [other for other in VIEWS if has(test, other)]
    assert others == [view] or set(others) == {"Keras code", "Source"}


@pytest.mark.parametrize("name", PAGE_FAMILIES)
def test_views_of_a_family_show_its_source_its_claims_and_the_code_of_its_sliders(name):
    source = shown_text(opened(name, "Source"))
    assert FAMILIES[name].source.rstrip() in source
    assert FAMILIES[name].paper in source
    text, cards = shown_text(opened(name, "Check the paper")), claims(name)
    assert len(cards) > 3
    for card in cards:
        for part in (card.title, card.claim, card.explanation, card.source):
            assert part in text
        assert f"Counted: **{card.counted}**" in text
    test = opened(name, "Keras code")
    changed = FAMILIES[name].config_class().replace(filters=24)
    assert [code.value for code in test.main.code] != [script(changed).rstrip()]
    test.slider(key=f"{name}.filters").set_value(24).run()
    assert [code.value for code in test.main.code] == [script(changed).rstrip()]


def test_flops_change_one_chart_and_are_named():
    test = opened("vgg", "Costs")
    before = charts(test)
    test.toggle(key="vgg.flops").set_value(True).run()
    after = charts(test)
    changed = [one != other for one, other in zip(before, after, strict=True)]
    assert changed.count(True) == 1
    assert "FLOPs" in shown_text(test)


@pytest.mark.parametrize("preset", PRESETS)
def test_layer_table_shows_every_entry_whole_and_a_miniature_s_fits_on_a_laptop(preset):
    table = layer_table(sketch(PRESETS[preset]))
    columns = layer_columns(table)
    assert list(columns) == list(table.columns)
    shown = {column: config for column, config in columns.items() if config is not None}
    if preset in MINIATURES.values():
        assert sum(config["width"] for config in shown.values()) <= PAGE_WIDTH
    # Letters of a name are 6.5 pixels wide, those of a title up to 8; cells keep 16 free.
    for column, config in shown.items():
        assert 8 * len(config["label"] or column) <= config["width"]
        if not column.startswith("share"):
            entries = table[column].astype(object).fillna(WHOLE_IMAGE)
            texts = [f"{entry:,}" if isinstance(entry, int) else entry for entry in entries]
            assert 6.5 * max(map(len, texts)) + 16 <= config["width"] + 1
