from pathlib import Path

import pytest

from covnets.config import ResNetConfig, RunConfig, TrainConfig
from covnets.errors import StoreError
from covnets.runs import RunStore, default_home


def test_runs_are_listed_newest_first_even_if_the_clock_was_set_back(store, new_run, clock):
    first = new_run("queued")
    clock.move(-3600)
    second = new_run("queued")
    assert [run.id for run in store.runs.list()] == [second.id, first.id]


def test_lists_can_be_narrowed(store, new_run):
    made = [new_run(state) for state in ("finished", "failed", "queued", "running")]
    resnet = RunConfig(network=ResNetConfig(), train=TrainConfig())
    made.append(store.runs.create(resnet, owner="me"))

    def places(**narrowed: object) -> list[int]:
        return [made.index(run) for run in store.runs.list(**narrowed)]

    assert places(family="resnet") == [4]
    assert places(states=["queued", "running"]) == [4, 3, 2]
    assert places(family="vgg", states={"queued"}) == [2]
    assert places(states=[]) == []
    assert places(limit=2) == [4, 3]


def test_queue_position_counts_the_queued_runs_before(store, new_run):
    new_run("running")
    first, second, third = (new_run("queued") for _ in range(3))
    assert [store.runs.queue_position(run.id) for run in (first, second, third)] == [0, 1, 2]
    store.states.request_stop(second.id)
    assert store.runs.queue_position(third.id) == 1
    assert store.runs.queue_position(second.id) == 0


def test_a_run_of_another_version_does_not_hide_the_others(store, new_run):
    odd, fine = new_run("finished"), new_run("finished")
    with store.database.transaction() as connection:
        connection.execute(
            "UPDATE runs SET config = ? WHERE id = ?", ('{"from": "the future"}', odd.id)
        )
    newest, oldest = store.runs.list()
    assert newest.config == fine.config
    assert (oldest.id, oldest.state) == (odd.id, "finished")
    with pytest.raises(StoreError, match=f"run {odd.id} were written by another version"):
        _ = oldest.config


@pytest.mark.parametrize(
    ("worker", "is_company"), [("lab:1", True), ("lab:2", True), ("other:1", False)]
)
def test_runs_of_one_computer_keep_each_other_company_while_both_go_on(
    store, config, clock, worker, is_company
):
    first, second, third = (store.runs.create(config, owner="a dashboard") for _ in range(3))
    store.states.claim(first.id, "lab:1")
    clock.move(1)
    assert not store.runs.had_company(first.id)
    store.states.claim(second.id, worker)
    clock.move(1)
    assert store.runs.had_company(first.id) == is_company
    store.states.finish(first.id, "finished", {})
    clock.move(1)
    assert store.runs.had_company(second.id) == is_company
    store.states.finish(second.id, "finished", {})
    store.states.claim(third.id, "lab:1")
    clock.move(1)
    assert not store.runs.had_company(third.id)


def test_settings_hold_json(store):
    assert store.settings.text("speed") is None
    store.settings.update("speed", lambda speed: {"vgg": [1, 2.5], "before": speed})
    store.settings.update("speed", lambda speed: speed | {"vgg": [3, 2.5]})
    with RunStore(store.home) as again:
        assert again.settings.text("speed") == '{"vgg": [3, 2.5], "before": null}'


@pytest.mark.parametrize(
    ("told", "folder"),
    [
        ("", Path(__file__).parents[2] / "runs"),
        ("/somewhere/else", Path("/somewhere/else")),
        ("/somewhere/else ", Path("/somewhere/else")),
        ("here", Path("here")),
        ("~/my runs", Path.home() / "my runs"),
    ],
)
def test_the_store_is_where_the_environment_says(monkeypatch, tmp_path, told, folder):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COVNETS_HOME", told)
    assert default_home() == folder


def test_a_home_of_nobody_is_refused(monkeypatch):
    monkeypatch.setenv("COVNETS_HOME", "~nobody here/runs")
    with pytest.raises(StoreError, match=r"COVNETS_HOME=~nobody here/runs .* full path"):
        default_home()


def test_without_a_dashboard_the_store_is_in_the_current_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("COVNETS_HOME", raising=False)
    monkeypatch.setattr("covnets.runs.store.__file__", str(tmp_path / "covnets/runs/store.py"))
    assert default_home() == Path("runs")
