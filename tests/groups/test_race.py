"""Races: equal conditions, and who is ahead by what."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd
import pytest

from covnets.config import ResNetConfig, RunConfig, TrainConfig, VGGConfig
from covnets.errors import ConfigError
from covnets.groups.race import (
    Conditions,
    contestants_of,
    seeds_lost,
    shared_scores,
    trials,
    verdict,
)
from covnets.groups.standings import standings
from covnets.models import FAMILIES
from covnets.runs import Run, RunStore
from covnets.runs.curves import curves
from tests.ui.recorded_runs import evaluate

TRAIN = TrainConfig(num_train=1000, batch_size=100, epochs=2, seed=7)
PLAIN = RunConfig(network=ResNetConfig(shortcut="none"), train=FAMILIES["resnet"].train_defaults)
RESIDUAL = PLAIN.replace(network=PLAIN.network.replace(shortcut="projection"))
ME = "me"


def test_contestants_share_all_that_makes_a_race_fair():
    vgg = RunConfig(network=VGGConfig(), train=FAMILIES["vgg"].train_defaults)
    (first, second), *others = trials([PLAIN, vgg], Conditions(TRAIN, num_seeds=3))
    recipe = {"learning_rate": 1, "optimizer": "adam", "schedule": "constant", "weight_decay": 0}
    for config in (first, second):
        assert config.train.replace(**recipe) == TRAIN.replace(**recipe)
    assert first.train.learning_rate == PLAIN.train.learning_rate
    assert [trial[0].train.seed for trial in others] == [8, 9]


@pytest.mark.parametrize(
    ("count", "num_seeds", "message"),
    [(0, 1, "0 contestants"), (7, 1, "7 contestants"), (1, 1, "needs two"), (2, 11, "11 seeds")],
)
def test_an_impossible_race_is_refused_in_a_sentence(count, num_seeds, message):
    with pytest.raises(ConfigError, match=message):
        trials([PLAIN] * count, Conditions(TRAIN, num_seeds=num_seeds))


def raced(
    store: RunStore, num_seeds: int = 1, contestants: Sequence[RunConfig] = (PLAIN, RESIDUAL)
) -> str:
    planned = trials(contestants, Conditions(TRAIN, num_seeds=num_seeds))
    group = store.groups.create("race", {}, planned, owner=ME)
    for number in range(num_seeds):
        for run in store.groups.begin_trial(group.id, number, owner=ME):
            store.states.claim(run.id, "lab:1")
    return group.id


def first_runs(store: RunStore, race: str) -> list[Run]:
    """The contestants' runs with the first seed."""
    return [contestant.begun[0] for contestant in contestants_of(store, race)]


def by(store: RunStore, race: str, axis: str) -> pd.DataFrame:
    contestants = contestants_of(store, race)
    of_runs = {
        run.id: curves(store, run.id) for contestant in contestants for run in contestant.begun
    }
    return standings(contestants, of_runs, axis)  # type: ignore[arg-type]


def test_nobody_has_a_place_before_the_first_evaluation(store):
    table = by(store, raced(store), "step")
    assert list(table["contestant"]) == [0, 1]
    assert table["place"].isna().all()
    assert table["progress"].eq(0).all()


def test_each_axis_tells_another_winner(store):
    race = raced(store)
    plain, residual = first_runs(store, race)
    evaluate(store, plain.id, 0.5, 0.6, seconds=1)
    evaluate(store, residual.id, 0.55, 0.8, seconds=2)
    by_step, by_seconds = by(store, race, "step"), by(store, race, "seconds")
    assert list(by_step["contestant"]) == [1, 0]
    assert list(by_step["accuracy"]) == [0.8, 0.6]
    assert list(by_seconds["contestant"]) == [0, 1]  # after two seconds: two epochs against one
    assert list(by_seconds["accuracy"]) == [0.6, 0.55]
    assert list(by_seconds["best"]) == [0.6, 0.8]


def test_a_leader_is_compared_only_as_far_as_all_have_come(store):
    race = raced(store)
    plain, residual = first_runs(store, race)
    evaluate(store, plain.id, 0.5, 0.9)
    evaluate(store, residual.id, 0.6)
    table = by(store, race, "epoch")
    assert list(table["contestant"]) == [1, 0]
    assert list(table["latest"]) == [0.6, 0.9]


def test_a_seed_counts_once_all_its_contestants_were_evaluated(store):
    race = raced(store, num_seeds=2)
    plain, residual = contestants_of(store, race)
    for run, accuracies in zip(
        (*plain.begun, *residual.begun), ([0.5, 0.6], [0.9], [0.7, 0.8], []), strict=True
    ):
        evaluate(store, run.id, *accuracies)
    table = by(store, race, "epoch")
    assert list(table["accuracy"]) == [0.8, 0.6]
    assert list(table["at"]) == [2, 2]


def test_equal_contestants_share_a_place(store):
    race = raced(store)
    for run in first_runs(store, race):
        evaluate(store, run.id, 0.5)
    assert list(by(store, race, "step")["place"]) == [1, 1]


def test_a_seed_that_one_has_failed_is_not_compared_and_named(store):
    race = raced(store, num_seeds=4)
    plain, residual = contestants_of(store, race)
    for trial, (first, second) in enumerate(zip(plain.begun, residual.begun, strict=True)):
        store.states.finish(first.id, "finished", {"test_accuracy": 0.5 + trial / 10})
        if trial == 1:
            store.states.fail(second.id, "The loss is no number.")
        elif trial < 3:  # the last seed goes on
            store.states.finish(second.id, "finished", {"test_accuracy": 0.6})
    contestants = contestants_of(store, race)
    seeds, scores = shared_scores(contestants)
    assert seeds == [7, 9]
    assert list(scores.values()) == [[0.5, 0.7], [0.6, 0.6]]
    assert seeds_lost(contestants) == {contestants[1].label: [8]}


@pytest.mark.parametrize(
    ("planned", "scores", "said"),
    [
        (1, [], ""),
        (1, [(0.5, 0.6)], "projection won this time with 60.0 %, 10.0 points ahead of .*none"),
        (1, [(0.5, 0.5)], "are level: 50.0 %"),
        (3, [(0.5, 0.6), (0.5, 0.7)], "^So far .*projection leads with 65.0 % over 2 of 3 seeds"),
        (2, [(0.5, 0.6), (0.5, 0.7)], "^Too few seeds to tell: .*projection beat .*in 2 of 2"),
        (3, [(0.5,), (0.6,), (0.8,)], ": 63.3 % on average over 3 seeds, from 50.0 % to 80.0 %."),
    ],
)
def test_the_verdict_claims_no_more_than_the_seeds_tell(store, planned, scores, said):
    race = raced(store, planned, (PLAIN, RESIDUAL)[: len(scores[0]) if scores else 2])
    for trial, pair in enumerate(scores):
        for contestant, score in zip(contestants_of(store, race), pair, strict=True):
            store.states.finish(contestant.runs[trial].id, "finished", {"test_accuracy": score})
    found = verdict(store, store.groups.get(race))
    assert re.search(said, found) if said else found == ""


def test_a_contestant_that_failed_at_once_does_not_hold_up_the_others(store):
    race = raced(store, 1, (PLAIN, RESIDUAL, PLAIN))
    first, second, third = first_runs(store, race)
    store.states.fail(third.id, "The loss is no number.")
    evaluate(store, first.id, 0.5, 0.6)
    evaluate(store, second.id, 0.6, 0.7)
    table = by(store, race, "epoch")
    assert list(table["contestant"]) == [1, 0, 2]
    assert table["place"].tolist()[:2] == [1, 2]
    for run, score in ((first, 0.6), (second, 0.7)):
        store.states.finish(run.id, "finished", {"test_accuracy": score})
    assert shared_scores(contestants_of(store, race))[0] == [7]
