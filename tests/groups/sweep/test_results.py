"""The table of a sweep tells what became of every cell."""

import pandas as pd

from covnets.groups.sweep.grid import SweepPlan, apply, combinations
from covnets.groups.sweep.results import STATES, best_run, cells_table, verdict
from covnets.runs import RunStore, Trial
from tests.groups.sweep.small_sweeps import FILTERS, axis, plan
from tests.ui.recorded_runs import evaluate

SWEEP = plan(axis("num_stages", 1, 2, 6), FILTERS, family="vgg")
POSSIBLE = [values for values in combinations(SWEEP.axes) if values["num_stages"] < 6]
OWNER = "here"


class Sweep:
    """A sweep in a store, whose runs end as they are told."""

    def __init__(self, store: RunStore, sweep: SweepPlan) -> None:
        self.store, self.plan = store, sweep
        trials = [[apply(sweep.base, values)] for values in POSSIBLE]
        self.id = store.groups.create(
            "sweep", sweep.model_dump(mode="json"), trials, owner=OWNER
        ).id

    def begin(self, number: int, *accuracies: float, state: str = "running") -> str:
        [run] = self.store.groups.begin_trial(self.id, number, owner=OWNER)
        if state == "queued":
            return run.id
        assert self.store.states.claim(run.id, "lab:1")
        evaluate(self.store, run.id, *accuracies)
        if state == "failed":
            self.store.states.fail(run.id, "It broke.", "Traceback")
        elif state != "running":
            self.store.states.finish(run.id, state, {})
        return run.id

    def table(self, sweep: SweepPlan | None = None, *, whole: bool = False) -> pd.DataFrame:
        trials, runs = self.store.groups.trials(self.id), self.store.runs.list()
        return cells_table(sweep or self.plan, trials, runs, whole=whole)


def test_every_cell_has_a_row_and_what_became_of_it(store):
    sweep = Sweep(store, SWEEP)
    ids = [
        sweep.begin(0, 0.7, 0.9, 0.8, state="finished"),
        sweep.begin(1, 0.6),
        sweep.begin(2, state="queued"),
        sweep.begin(3, 0.1, state="failed"),
        sweep.begin(4, 0.3, 0.4, state="cancelled"),
    ]
    store.groups.note_trial(sweep.id, 4, "Stopped after epoch 2.")
    table = sweep.table()
    assert list(table.columns) == [
        *("num_stages", "filters", "trial", "score", "state", "run_id", "reason")
    ]
    assert table[["num_stages", "filters"]].to_dict("records") == list(combinations(SWEEP.axes))
    assert table["state"].tolist() == [
        *("finished", "running", "waiting", "failed", "pruned", "waiting"),
        *["impossible"] * 3,
    ]
    assert table["score"][:2].tolist() == [0.9, 0.6]
    assert table["score"].isna().tolist() == [False, False, True, False, False, *[True] * 4]
    assert table["run_id"].tolist() == [*ids, *[None] * 4]
    assert table["reason"][3:6].tolist() == ["It broke.", "Stopped after epoch 2.", ""]
    assert "num_stages=6 needs at least 64x64 pixels" in table["reason"][8]
    assert table["trial"].tolist()[:6] == [0, 1, 2, 3, 4, 5]
    assert table["trial"].isna().sum() == 3


def test_every_state_of_a_run_has_its_word():
    from covnets.runs import STATES as OF_RUNS

    assert set(STATES) == set(OF_RUNS)


def test_a_search_shows_what_it_tried_in_its_order(store):
    sweep = Sweep(store, SWEEP)
    sweep.begin(1, 0.5, state="finished")
    table = sweep.table(SWEEP.replace(method="tpe"))
    assert table["trial"].tolist() == list(range(6))
    assert table[["num_stages", "filters"]].to_dict("records") == POSSIBLE
    assert table["state"].tolist() == ["waiting", "finished", *["waiting"] * 4]
    whole = sweep.table(SWEEP.replace(method="tpe"), whole=True)
    assert whole[["num_stages", "filters"]].to_dict("records") == list(combinations(SWEEP.axes))
    assert whole["state"].tolist() == ["waiting", "finished", *["waiting"] * 7]


def test_the_best_run_is_a_finished_one(store):
    sweep = Sweep(store, SWEEP)
    assert best_run(sweep.table()) is None
    assert verdict(store, store.groups.get(sweep.id)) == ""
    sweep.begin(0, 0.99)
    sweep.begin(1, 0.5, state="finished")
    best = sweep.begin(2, 0.8, 0.7, state="finished")
    sweep.begin(3, 0.8, state="finished")
    assert best_run(sweep.table()) == best
    assert verdict(store, store.groups.get(sweep.id)) == (
        "Best finished run so far: 80.0 % validation accuracy with stages 1, filters 32, "
        "in epoch 1."
    )


def test_a_sweep_before_its_first_trial_is_an_empty_grid():
    table = cells_table(SWEEP, [], [])
    assert table["state"].tolist() == ["waiting"] * 6 + ["impossible"] * 3
    assert cells_table(SWEEP.replace(method="random"), [], []).empty


def test_trials_of_another_version_are_left_out():
    old = Trial(0, ('{"network": {"family": "vgg", "colour": 3}}',), (None,))
    assert cells_table(SWEEP.replace(method="random"), [old], []).empty
