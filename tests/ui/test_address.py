"""The address bar: it holds what a page shows, and a link shows it again, elsewhere too."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from covnets.config import AlexNetConfig, NetworkConfig, ResNetConfig, RunConfig
from covnets.models import FAMILIES, PRESETS, sketch
from covnets.runs import RunStore
from covnets.ui import address, shell
from covnets.ui.parts.numbers import short_number
from tests.ui.pages_on_screen import (
    SECONDS,
    figures,
    page_in_dashboard,
    sentences,
    shown_text,
    widgets,
)


def page_by_link(name: str, params: dict[str, Any]) -> AppTest:
    """Open a page by a link, as the first of a session."""
    test = AppTest.from_file(shell.page_file(name), default_timeout=SECONDS)
    return visit(test, params)


def visit(test: AppTest, params: dict[str, Any]) -> AppTest:
    test.query_params.clear()
    test.query_params.update(params)
    return test.run()


def set_value(test: AppTest, key: str, value: Any) -> AppTest:
    widgets(test)[key].set_value(value)
    return test.run()


def link(test: AppTest) -> dict[str, str | list[str]]:
    """The parameters in the address bar."""
    return {
        name: value[0] if isinstance(value, list) and len(value) == 1 else value
        for name, value in test.query_params.items()
    }


def recorded(store: RunStore, network: NetworkConfig, **training: Any) -> str:
    recipe = FAMILIES[network.family].train_defaults
    run = RunConfig.model_validate({"network": network, "train": recipe.replace(**training)})
    return store.runs.create(run, owner="test").id


def parameters(network: NetworkConfig) -> str:
    return short_number(sketch(network).num_params)


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        ("vgg", {"num_convs": 4, "train.epochs": 3}, {"num_convs": "4", "epochs": "3"}),
        ("inception", {"branches": ["1x1", "pool"]}, {"branches": "1x1,pool"}),
        ("resnet", {"num_stages": 2, "shortcut": "none"}, {"num_stages": "2", "shortcut": "none"}),
    ],
)
def test_address_of_a_family_follows_its_sliders_and_shows_the_same_elsewhere(
    name, changes, expected
):
    test = page_by_link(name, {})
    assert link(test) == {}
    for field, value in changes.items():
        set_value(test, f"{name}.{field}", value)
    assert link(test) == expected
    elsewhere = page_by_link(name, link(test))
    assert not elsewhere.warning
    assert link(elsewhere) == expected
    assert figures(elsewhere) == figures(test)
    for key, widget in widgets(elsewhere).items():
        assert widget.value == widgets(test)[key].value
    elsewhere.button(key=f"{name}.reset").click().run()
    assert link(elsewhere) == {}


def test_link_with_a_run_shows_the_run_beside_its_own_settings(store):
    run_id = recorded(store, ResNetConfig(), epochs=3)
    recorded(store, ResNetConfig())
    test = page_by_link("resnet", {"run": run_id, "num_blocks": "2", "seed": "7"})
    assert f"Run {run_id}" in shown_text(test)
    assert figures(test)["Parameters"] == parameters(ResNetConfig(num_blocks=2))
    assert link(test) == {"run": run_id, "num_blocks": "2", "seed": "7"}
    # A run alone leaves the sliders alone.
    test = page_by_link("resnet", {"run": run_id})
    assert figures(test)["Parameters"] == parameters(ResNetConfig())
    assert link(test) == {"run": run_id}


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"num_blocks": "300"}, "Blocks per stage = 300 is too large: choose at most 256."),
        ({"num_blocks": ["2", "3"]}, "Blocks per stage is given 2 times: give it once."),
        ({"shortcut": "![x](y)"}, "Shortcut = ![x](y) is not offered"),
        ({"nonsense": "3"}, "nonsense is not a field of such a link"),
        ({"dataset": "lenna"}, "The address sets Dataset, which no page can change."),
        ({"run": ["0123456789", "0123456780"]}, "names a run that does not exist here"),
    ],
)
def test_wild_values_are_refused_in_a_sentence_and_the_defaults_are_shown(params, said):
    test = page_by_link("resnet", params)
    (sentence,) = sentences(test.warning)
    assert said in sentence
    assert figures(test)["Parameters"] == parameters(ResNetConfig())
    assert link(test) == {}
    assert sentences(test.run().warning) == [sentence], "until something else is shown"
    assert not set_value(test, "resnet.num_blocks", 2).warning


def test_settings_beyond_the_sliders_of_a_family_open_in_the_explorer(store, monkeypatch):
    monkeypatch.setattr(address, "SECONDS_OF_AN_OLD_ADDRESS", 0.0)
    beyond = {"num_blocks": "1,20,3", "run": recorded(store, ResNetConfig()), "epochs": "3"}
    test = visit(page_in_dashboard("resnet"), beyond)
    assert [title.value for title in test.title] == ["Explorer"]
    assert figures(test)["Parameters"] == parameters(ResNetConfig(num_blocks=(1, 20, 3)))
    assert widgets(test)["explorer.resnet.train.epochs"].value == 3
    shown = {"preset": "mini_resnet", "num_blocks": "1,20,3", "epochs": "3"}
    assert link(test) == shown
    # The way back leads to where it was passed on, which is not a wish, and further back.
    assert not visit(test.switch_page("pages/resnet.py"), shown).warning
    visit(test, beyond)
    assert [title.value for title in test.title] == ["ResNet"]
    assert sentences(test.warning) == ["The sliders here cannot show what the address asks for."]
    assert "Open it in the explorer" in [way.proto.label for way in test.get("page_link")]


def test_address_of_before_does_not_bring_the_settings_of_before_back():
    test = page_by_link("vgg", {"num_convs": "3"})
    set_value(test, "vgg.num_convs", 4)
    # As when a slider is moved, or curves tick, before the browser has the new address.
    visit(test, {"num_convs": "3"})
    assert widgets(test)["vgg.num_convs"].value == 4
    assert link(test) == {"num_convs": "4"}
    set_value(test, "vgg.num_convs", 3)
    assert link(test) == {"num_convs": "3"}


@pytest.mark.parametrize("seconds", [3.0, 0.0])
def test_address_of_the_page_before_is_no_wish_of_the_next(monkeypatch, seconds):
    monkeypatch.setattr(address, "SECONDS_OF_AN_OLD_ADDRESS", seconds)
    test = set_value(page_in_dashboard("resnet"), "resnet.num_blocks", 2)
    test.query_params.clear()
    test.switch_page("pages/vgg.py").run()
    # As when the former page wrote its address while the other was opened.
    visit(test, {"num_blocks": "2"})
    assert not test.warning
    assert link(test) == {}


def test_the_browser_s_way_back_takes_a_change_back(monkeypatch):
    monkeypatch.setattr(address, "SECONDS_OF_AN_OLD_ADDRESS", 0.0)
    test = page_by_link("vgg", {"num_convs": "3"})
    set_value(test, "vgg.num_convs", 4)
    visit(test, {"num_convs": "3"})
    assert widgets(test)["vgg.num_convs"].value == 3


def test_a_page_has_its_address_again_when_one_comes_back():
    test = page_in_dashboard("vgg")
    set_value(test, "vgg.num_convs", 4)
    for page, expected in (("resnet", {}), ("vgg", {"num_convs": "4"})):
        test.query_params.clear()
        test.switch_page(f"pages/{page}.py").run()
        assert link(test) == expected
    visit(test.switch_page("pages/resnet.py"), {"shortcut": "none"})
    visit(test.switch_page("pages/vgg.py"), {"num_convs": "2", "epochs": "5"})
    assert widgets(test)["vgg.num_convs"].value == 2
    assert link(test) == {"epochs": "5"}


def test_an_impossible_network_leaves_the_address_of_the_last_possible_one():
    test = set_value(page_by_link("vgg", {}), "vgg.num_stages", 4)
    set_value(test, "vgg.num_stages", 5)
    assert test.warning
    assert link(test) == {"num_stages": "4"}


@pytest.mark.parametrize(
    ("preset", "changes"),
    [
        ("resnet34", {"num_blocks": "3,8,36,3", "block": "bottleneck"}),
        ("googlenet", {"auxiliary_heads": "true", "epochs": "3"}),
        ("vgg16", {"num_stages": "2", "num_convs": "2"}),
        ("alexnet", {"groups": "1", "input_shape": "256x256x3"}),
        ("cifar_resnet20", {}),
    ],
)
def test_address_of_the_explorer_holds_what_differs_from_the_preset(preset, changes):
    test = page_by_link("explorer", {"preset": preset} | changes)
    assert not test.warning
    assert link(test) == {"preset": preset} | changes
    of_network = {key: value for key, value in changes.items() if key != "epochs"}
    counts = of_network.get("num_blocks", "").split(",")
    if len(counts) > 1:
        of_network |= {"num_blocks": [int(count) for count in counts]}
    if "input_shape" in of_network:
        of_network |= {"input_shape": (256, 256, 3)}
    network = PRESETS[preset].replace(**of_network)
    assert figures(test)["Parameters"] == parameters(network)
    test.button(key="explorer.reset").click().run()
    assert figures(test)["Parameters"] == parameters(PRESETS[preset])


def test_a_link_in_the_explorer_replaces_all_that_was_set_there():
    test = page_in_dashboard("explorer")
    visit(test, {"preset": "resnet18", "filters": "8", "epochs": "3"})
    visit(test, {"preset": "resnet18"})
    assert figures(test)["Parameters"] == parameters(PRESETS["resnet18"])
    assert link(test) == {"preset": "resnet18"}


@pytest.mark.parametrize(
    ("params", "said", "preset"),
    [
        ({"preset": "lenet"}, "no preset 'lenet': did you mean alexnet?", "googlenet"),
        ({"preset": ["vgg11", "vgg13"]}, "names 2 presets: name one", "googlenet"),
        ({"preset": "vgg11", "num_convs": "x"}, "Convolutions per stage = x is not", "vgg11"),
        ({"preset": "vgg11", "num_blocks": "3"}, "num_blocks is not a field", "vgg11"),
    ],
)
def test_wild_values_are_refused_in_the_explorer_too(params, said, preset):
    test = page_by_link("explorer", params)
    assert said in sentences(test.warning)[0]
    assert link(test) == {"preset": preset}
    assert figures(test)["Parameters"] == parameters(PRESETS[preset])


def test_a_run_in_the_explorer_is_shown_with_other_settings_where_the_link_has_them(store):
    run_id = recorded(store, AlexNetConfig(filters=12), epochs=3)
    test = page_by_link("explorer", {"run": run_id})
    shown = {"preset": "alexnet", "run": run_id, "epochs": "3"}
    assert link(test).items() >= shown.items()
    assert f"Run {run_id} ·" in shown_text(test)
    assert link(page_by_link("explorer", link(test))) == link(test)
    assert figures(test)["Parameters"] == parameters(AlexNetConfig(filters=12))


def test_training_by_default_is_told_from_that_of_the_run_beside_it(store):
    run_id = recorded(store, PRESETS["mini_resnet"], epochs=3)
    test = page_by_link("explorer", {"preset": "mini_resnet", "run": run_id})
    epochs = FAMILIES["resnet"].train_defaults.epochs
    set_value(test, "explorer.resnet.train.epochs", epochs)
    assert link(test) == {"preset": "mini_resnet", "run": run_id, "epochs": str(epochs)}
    elsewhere = page_by_link("explorer", link(test))
    assert widgets(elsewhere)["explorer.resnet.train.epochs"].value == epochs


def test_the_link_to_share_is_the_address():
    test = page_by_link("vgg", {"num_convs": "4", "epochs": "3"})
    assert test.sidebar.code[-1].value == "/vgg?num_convs=4&epochs=3"


def test_a_page_of_its_own_kind_reads_once_and_writes_what_it_shows():
    def script() -> None:
        import streamlit as st

        from covnets.ui import address

        asked = address.first_visit("demo")
        st.session_state.setdefault("asked", []).append(asked)
        rows = [str(number) * 10 for number in range(st.session_state.get("rows", 2))]
        address.remember("demo", {"by": "epoch", "run": rows, "empty": []})

    test = AppTest.from_function(script)
    visit(test, {"by": "step", "run": ["a", "b"]})
    test.run()
    assert test.session_state["asked"] == [{"by": "step", "run": ["a", "b"]}, None]
    assert link(test) == {"by": "epoch", "run": ["0" * 10, "1" * 10]}
    test.session_state["rows"] = 400
    test.run()
    assert link(test) == {}, "more than an address can hold"


def test_a_link_may_go_beyond_the_ends_of_the_sliders():
    beyond = {"learning_rate": "0.0007", "seed": "2147483647", "units": "1000"}
    test = page_by_link("vgg", beyond)
    assert link(test) == beyond
    assert widgets(test)["vgg.train.seed"].value == 2147483647
