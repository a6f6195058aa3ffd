"""Links that an earlier version wrote: each still means the same.

`recorded_links.json` holds, for each link, what it meant when it was written: the runs that Start
begins, the sweep's plan, or the numbers of the runs that the table shows. In a link ``{vgg}``
stands for the id of the recorded run of that family, ``{race}`` and ``{sweep}`` for those groups.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from streamlit.testing.v1 import AppTest

from covnets.config import ResNetConfig, RunConfig
from covnets.groups.race import Conditions, trials
from covnets.groups.sweep.grid import SweepPlan
from covnets.models import PAGE_FAMILIES, sketch
from covnets.runs import RunStore
from covnets.ui.parts.wording import short_number
from tests.engine.fake_engine import FakeEngine
from tests.ui.pages_on_screen import figures, open_page, shown_text
from tests.ui.recorded_runs import TRAIN, recorded_run
from tests.ui.sweep.sweeps_on_screen import BASE, TWO_BY_TWO

LINKS = json.loads(Path(__file__).with_name("recorded_links.json").read_text())


@pytest.fixture
def ids(store: RunStore, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What stands in the links, by the name under which it stands there."""
    monkeypatch.setattr(engine, "submit", partial(store.runs.create, owner="me"))
    found = {family: recorded_run(store, "finished", family).id for family in PAGE_FAMILIES}
    for family in ("vgg", "resnet"):
        recorded_run(store, "failed", family)
    pair = [RunConfig(network=ResNetConfig(shortcut=s), train=TRAIN) for s in ("none", "identity")]
    contest = trials(pair, Conditions(TRAIN))
    race = store.groups.create("race", {"pace": "epoch"}, contest, owner="me")
    for run in engine.begin_trial(race.id, 0):
        store.labels.set(run.id, tags=["odd"])
    plan = SweepPlan(base=BASE, axes=TWO_BY_TWO)
    sweep = store.groups.create("sweep", plan.model_dump(mode="json"), [], owner="me")
    store.labels.delete([recorded_run(store, "finished", "vgg").id])
    return found | {"race": race.id, "sweep": sweep.id}


@pytest.mark.parametrize("link", LINKS, ids=[link["page"] for link in LINKS])
def test_a_recorded_link_means_what_it_meant(
    link: dict[str, Any], ids: dict[str, str], store: RunStore
):
    for name, value in ids.items():
        link = json.loads(json.dumps(link).replace(f"{{{name}}}", value))
    test = open_page(link["page"], **parse_qs(link["link"]))
    assert not test.exception
    assert not test.warning
    written = urlencode(dict(test.query_params.items()), doseq=True)
    assert parse_qs(written).keys() == parse_qs(link["link"]).keys()
    check = {"race": race_means, "sweep": sweep_means, "compare": table_shows}
    check.get(link["page"], network_means)(test, link, store)


def network_means(test: AppTest, link: dict[str, Any], store: RunStore) -> None:
    config = RunConfig.model_validate(link["runs"][0])
    drawn = sketch(config.network)
    assert figures(test)["Parameters"] == short_number(drawn.num_params)
    for run_id in parse_qs(link["link"]).get("run", []):
        assert f"Run {run_id} ·" in shown_text(test)
    start = test.button(key=f"{config.network.family}.start")
    assert start.disabled is not link["can_start"]
    if link["can_start"]:
        start.click().run()
        assert store.runs.list(limit=1)[0].config == config


def race_means(test: AppTest, link: dict[str, Any], store: RunStore) -> None:
    test.button(key="race.start").click().run()
    group = store.groups.list("race")[0]
    assert group.plan["pace"] == link["pace"]
    started = store.groups.trials(group.id)
    assert len(started) == link["num_seeds"]
    runs = [RunConfig.model_validate_json(text) for text in started[0].configs]
    assert runs == [RunConfig.model_validate(run) for run in link["runs"]]


def sweep_means(test: AppTest, link: dict[str, Any], store: RunStore) -> None:
    test.button(key="sweep.start").click().run()
    group = store.groups.list("sweep")[0]
    assert SweepPlan.model_validate(group.plan) == SweepPlan.model_validate(link["plan"])


def table_shows(test: AppTest, link: dict[str, Any], store: RunStore) -> None:
    shown = [store.runs.get(run_id).number for run_id in test.dataframe[0].value["id"]]
    assert shown == link["listed"]
    assert test.session_state["compare.runs"] == link["chosen"]
