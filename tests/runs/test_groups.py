"""Races and sweeps in the store: each trial is begun once, whoever asks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from covnets.config import RunConfig
from covnets.errors import StoreError
from covnets.runs import Run

ME, OTHER = "me", "another dashboard"


def seeds(config: RunConfig, count: int) -> list[list[RunConfig]]:
    return [[config.replace(train=config.train.replace(seed=seed))] for seed in range(count)]


def test_a_group_keeps_its_plan_and_the_order_of_its_trials(store, config):
    group = store.groups.create("sweep", {"method": "grid"}, seeds(config, 3), owner=ME, name="n")
    assert (group.kind, group.name, group.state) == ("sweep", "n", "running")
    assert store.groups.get(group.id).plan == {"method": "grid"}
    trials = store.groups.trials(group.id)
    assert [trial.number for trial in trials] == [0, 1, 2]
    found = [RunConfig.model_validate_json(trial.configs[0]) for trial in trials]
    assert [config.train.seed for config in found] == [0, 1, 2]
    assert all(trial.run_ids == (None,) for trial in trials)


def test_of_many_callers_one_begins_a_trial(store, config):
    group = store.groups.create("sweep", {}, seeds(config, 1), owner=ME)

    def begin(_: int) -> list[Run]:
        return store.groups.begin_trial(group.id, 0, owner=ME)

    with ThreadPoolExecutor(8) as threads:
        begun = [run for runs in threads.map(begin, range(16)) for run in runs]
    assert [run.id for run in begun] == [run.id for run in store.runs.list(group=group.id)]
    assert (begun[0].group, begun[0].trial, begun[0].race) == (group.id, 0, None)
    store.groups.resume(group.id, ME)
    assert begin(0) == []


def test_only_its_owner_begins_trials_of_a_running_group(store, config):
    group = store.groups.create("sweep", {}, seeds(config, 2), owner=ME)
    assert store.groups.begin_trial(group.id, 0, owner=OTHER) == []
    store.groups.pause(group.id)
    assert store.groups.begin_trial(group.id, 0, owner=ME) == []
    store.groups.resume(group.id, OTHER)
    assert len(store.groups.begin_trial(group.id, 0, owner=OTHER)) == 1
    assert store.groups.begin_trial(group.id, 7, owner=OTHER) == []


def test_a_run_that_is_there_may_be_the_first_trial(store, config):
    run = store.runs.create(config, owner=ME)
    group = store.groups.create("race", {}, seeds(config, 2), owner=ME, begun=[run.id])
    assert [trial.run_ids for trial in store.groups.trials(group.id)] == [(run.id,), (None,)]
    assert store.runs.get(run.id).group == group.id
    other = store.groups.create("race", {}, seeds(config, 2), owner=ME, begun=[run.id])
    assert store.runs.get(run.id).group == group.id
    assert store.groups.trials(other.id)[0].run_ids == (run.id,)


def test_trials_are_added_behind_the_others(store, config):
    group = store.groups.create("sweep", {}, seeds(config, 2), owner=ME)
    assert list(store.groups.add_trials(group.id, seeds(config, 2))) == [2, 3]
    store.groups.note_trial(group.id, 3, "poor")
    assert store.groups.finish(group.id).state == "running"  # trials are still to come
    assert [trial.note for trial in store.groups.trials(group.id)] == ["", "", "", "poor"]


def test_a_group_whose_dashboard_is_silent_is_paused(store, config, clock):
    mine, left = (store.groups.create("sweep", {}, [], owner=owner) for owner in (ME, OTHER))
    clock.move(15)
    store.groups.touch(ME)
    assert store.groups.get(left.id).state == "running"
    clock.move(15)
    store.groups.touch(ME)
    assert store.groups.get(mine.id).state == "running"
    assert store.groups.get(left.id).state == "paused"


def test_a_group_of_deleted_runs_is_not_listed(store, config, new_run):
    run = new_run("finished")
    group = store.groups.create("race", {}, [[config]], owner=ME, begun=[run.id])
    assert store.groups.finish(group.id).state == "finished"
    assert store.groups.list("race") == [store.groups.get(group.id)]
    assert store.groups.list("sweep") == []
    store.labels.delete([run.id])
    assert store.groups.list("race") == []


def test_an_unknown_group_is_refused_in_a_sentence(store):
    for ask in (store.groups.get, store.groups.trials, store.groups.pause):
        with pytest.raises(StoreError, match="There is no race or sweep 'nothing'"):
            ask("nothing")
