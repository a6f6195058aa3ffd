"""The address bar: it holds what a page shows, and a link shows it again, elsewhere too."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from covnets.config import NetworkConfig, ResNetConfig, RunConfig
from covnets.models import FAMILIES, PRESETS, sketch
from covnets.ui import address
from covnets.ui.parts.wording import short_number
from tests.ui.pages_on_screen import figures, link, open_page, sentences, set_value, widgets
from tests.ui.recorded_runs import queued_run


def visit(test: AppTest, params: dict[str, Any]) -> AppTest:
    test.query_params.clear()
    test.query_params.update(params)
    return test.run()


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
    test = open_page(name)
    assert link(test) == {}
    for field, value in changes.items():
        set_value(test, f"{name}.{field}", value)
    assert link(test) == expected
    elsewhere = open_page(name, **link(test))
    assert not elsewhere.warning
    assert link(elsewhere) == expected
    assert figures(elsewhere) == figures(test)
    for key, widget in widgets(elsewhere).items():
        assert widget.value == widgets(test)[key].value
    elsewhere.button(key=f"{name}.reset").click().run()
    assert link(elsewhere) == {}


@pytest.mark.parametrize(
    ("page", "params", "said"),
    [
        ("resnet", {"num_blocks": "300"}, "Blocks per stage = 300 is too large: choose at most"),
        ("resnet", {"num_blocks": ["2", "3"]}, "Blocks per stage is given 2 times: give it once."),
        ("resnet", {"shortcut": "![x](y)"}, "Shortcut = ![x](y) is not offered"),
        (
            "resnet",
            {"num_block": "3"},
            "There is no parameter 'num_block': did you mean num_blocks?",
        ),
        ("resnet", {"nonsense": "3"}, "There is no parameter 'nonsense': leave it out."),
        ("resnet", {"dataset": "lenna"}, "Dataset cannot be set on a page: leave it out."),
        ("resnet", {"run": "0123456789"}, "There is no run '0123456789' in this store"),
        ("explorer", {"preset": "lenet"}, "preset=lenet is not offered: did you mean alexnet?"),
        ("explorer", {"run": "nonsense"}, "There is no run 'nonsense' in this store"),
        ("explorer", {"num_modules": "x"}, "Modules per stage = x is not a whole number"),
        ("explorer", {"num_blocks": "3"}, "There is no field 'num_blocks'"),
        ("race", {"contestant": "lenet"}, "lenet"),
        ("race", {"contestant": ["vgg"] * 7}, "contestant is given 7 times: give it at most 6"),
        ("race", {"pace": "luck"}, "choose among step, epoch, seconds, macs."),
        ("race", {"race": "0123456789"}, "There is no race or sweep '0123456789'"),
        ("sweep", {"family": "lenet"}, "family=lenet is not offered"),
        ("sweep", {"method": "luck"}, "choose among grid, random, tpe."),
        ("sweep", {"vary": "colour:red"}, "There is no field 'colour': choose among"),
        ("sweep", {"vary": "filters:8,-5"}, "Filters of the first stage = -5 is too small"),
        ("sweep", {"vary": ["filters:8"] * 4}, "vary is given 4 times: give it at most 3 times."),
        ("sweep", {"vary": "seed:" + ",".join(map(str, range(101)))}, "give at most 100"),
        ("sweep", {"runs": "100000"}, "budget_runs=100000 is too large"),
        ("sweep", {"sweep": "0123456789"}, "There is no race or sweep '0123456789'"),
        ("compare", {"family": "lenet"}, "family=lenet is not offered"),
        ("compare", {"state": "sleeping"}, "choose among queued, running, paused"),
        ("compare", {"filters": ["1..3", "many"]}, "filters=many is not a whole number"),
        ("compare", {"batchnorm": "maybe"}, "batchnorm=maybe is neither true nor false"),
        ("compare", {"deleted": "no"}, "deleted=no is not offered: choose among yes."),
        ("compare", {"runs": "0123456789"}, "does not have: 0123456789"),
    ],
)
def test_a_wrong_address_is_refused_in_a_sentence_and_changes_nothing(store, page, params, said):
    queued_run(store, ResNetConfig())
    test, usual = open_page(page, **params), open_page(page)
    (sentence,) = sentences(test.warning)
    assert said in sentence
    assert "![" not in test.warning[0].value, "it is not read as Markdown"
    assert link(test) == link(usual)
    assert figures(test) == figures(usual)
    assert sentences(test.run().warning) == [sentence], "until something else is shown"


def test_a_group_is_shown_on_the_page_of_its_kind_and_one_of_an_unknown_kind_nowhere(store):
    sweep, lesson = (
        store.groups.create(kind, {}, [[RunConfig(network=ResNetConfig())]], owner=None)
        for kind in ("sweep", "lesson")
    )
    test = open_page("race", race=sweep.id)
    assert sentences(test.warning) == ["The address names a sweep, not a race."]
    assert [way.label for way in test.get("page_link")] == ["Open the sweep"]
    test = open_page("race", race=lesson.id)
    (sentence,) = sentences(test.warning)
    assert "does not know groups of the kind 'lesson'" in sentence
    assert not test.get("page_link")


def test_a_refusal_goes_when_something_else_is_shown():
    test = open_page("resnet", num_blocks="300")
    assert test.warning
    assert not set_value(test, "resnet.num_blocks", 2).warning


def test_a_wrong_change_leaves_the_preset_that_it_changes():
    test = open_page("explorer", preset="vgg11", num_convs="x")
    assert link(test) == {"preset": "vgg11"}
    assert figures(test)["Parameters"] == parameters(PRESETS["vgg11"])


def test_settings_beyond_the_sliders_of_a_family_open_in_the_explorer(store, monkeypatch):
    monkeypatch.setattr(address, "SECONDS_OF_AN_OLD_ADDRESS", 0.0)
    beyond = {"num_blocks": "1,20,3", "run": queued_run(store, ResNetConfig()).id, "epochs": "3"}
    test = visit(open_page("resnet"), beyond)
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


def test_only_an_old_address_brings_the_settings_of_before_back(monkeypatch):
    test = open_page("vgg", num_convs="3")
    set_value(test, "vgg.num_convs", 4)
    # As when a slider is moved, or curves tick, before the browser has the new address.
    visit(test, {"num_convs": "3"})
    assert widgets(test)["vgg.num_convs"].value == 4
    assert link(test) == {"num_convs": "4"}
    # As when the visitor goes back in the browser.
    monkeypatch.setattr(address, "SECONDS_OF_AN_OLD_ADDRESS", 0.0)
    visit(test, {"num_convs": "3"})
    assert widgets(test)["vgg.num_convs"].value == 3
    assert link(test) == {"num_convs": "3"}


@pytest.mark.parametrize("seconds", [3.0, 0.0])
def test_address_of_the_page_before_is_no_wish_of_the_next(monkeypatch, seconds):
    monkeypatch.setattr(address, "SECONDS_OF_AN_OLD_ADDRESS", seconds)
    test = set_value(open_page("resnet"), "resnet.num_blocks", 2)
    test.query_params.clear()
    test.switch_page("pages/vgg.py").run()
    # As when the former page wrote its address while the other was opened.
    visit(test, {"num_blocks": "2"})
    assert not test.warning
    assert link(test) == {}


def test_a_page_has_its_address_again_when_one_comes_back():
    test = open_page("vgg")
    set_value(test, "vgg.num_convs", 4)
    for page, expected in (("resnet", {}), ("vgg", {"num_convs": "4"})):
        test.query_params.clear()
        test.switch_page(f"pages/{page}.py").run()
        assert link(test) == expected
    visit(test.switch_page("pages/resnet.py"), {"shortcut": "none"})
    visit(test.switch_page("pages/vgg.py"), {"num_convs": "2", "epochs": "5"})
    assert widgets(test)["vgg.num_convs"].value == 2
    assert link(test) == {"epochs": "5"}


def test_a_link_in_the_explorer_replaces_all_that_was_set_there():
    test = open_page("explorer")
    visit(test, {"preset": "resnet18", "filters": "8", "epochs": "3"})
    visit(test, {"preset": "resnet18"})
    assert figures(test)["Parameters"] == parameters(PRESETS["resnet18"])
    assert link(test) == {"preset": "resnet18"}


def test_training_by_default_is_told_from_that_of_the_run_beside_it(store):
    run_id = queued_run(store, PRESETS["mini_resnet"], epochs=3).id
    test = open_page("explorer", preset="mini_resnet", run=run_id)
    epochs = FAMILIES["resnet"].train_defaults.epochs
    set_value(test, "explorer.resnet.train.epochs", epochs)
    assert link(test) == {"preset": "mini_resnet", "run": run_id, "epochs": str(epochs)}
    elsewhere = open_page("explorer", **link(test))
    assert widgets(elsewhere)["explorer.resnet.train.epochs"].value == epochs


def test_the_link_to_share_is_the_address():
    test = open_page("vgg", num_convs="4", epochs="3")
    assert test.sidebar.code[-1].value == "/vgg?num_convs=4&epochs=3"


def test_a_page_s_table_is_read_once_and_holds_what_the_page_shows():
    def script() -> None:
        from covnets.ui import address

        table = [
            address.one_of("by", "by", ("epoch", "step"), "epoch"),
            address.Parameter("run", "rows", default=[], most=address.MANY),
        ]
        address.follow("demo", table)
        address.remember("demo", table)

    test = visit(AppTest.from_function(script), {"by": "step", "run": ["a", "b"]})
    assert test.session_state["by"] == "step"
    assert test.session_state["rows"] == ["a", "b"]
    test.session_state["by"] = "epoch"
    assert link(test.run()) == {"run": ["a", "b"]}
    test.session_state["rows"] = ["0" * 10] * 500
    assert link(test.run()) == {}, "more than an address can hold"
