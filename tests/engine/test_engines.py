"""What every engine does, whoever trains."""

from __future__ import annotations

import pytest

from covnets.engine import Engine, InlineEngine, LocalEngine, engine_from_environment
from covnets.environment import whole_number
from covnets.errors import CovnetsError, StoreError
from covnets.runs import RunStore, frames
from tests.engine.small_runs import small_run, wait_for_state


@pytest.fixture(params=["inline", "local"])
def any_engine(request: pytest.FixtureRequest, store: RunStore, engine: LocalEngine) -> Engine:
    return InlineEngine(store) if request.param == "inline" else engine


def test_submitted_run_is_trained_and_kept(any_engine: Engine, store: RunStore) -> None:
    run = wait_for_state(store, any_engine.submit(small_run(), name="first"), "finished", "failed")

    assert run.state == "finished", run.details
    assert run.name == "first"
    assert run.step == 8
    assert store.files.find(run.id, "model.keras") is not None


def test_same_seed_gives_the_same_curve_to_the_last_digit(
    any_engine: Engine, store: RunStore
) -> None:
    curves = []
    for _ in range(2):
        run = wait_for_state(store, any_engine.submit(small_run(seed=7)), "finished", "failed")
        curves.append(frames.history(store, run.id).drop(columns="seconds"))

    assert curves[0].equals(curves[1])


def test_dataset_that_is_not_known_is_refused(any_engine: Engine) -> None:
    with pytest.raises(CovnetsError, match="choose among fashion_mnist"):
        any_engine.submit(small_run(dataset="imagenet"))


def test_environment_chooses_the_engine(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COVNETS_ENGINE", "inline")
    assert isinstance(engine_from_environment(store), InlineEngine)


def test_spaces_around_a_setting_do_not_count(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`set COVNETS_ENGINE=inline & ...` of Windows' command prompt leaves one behind."""
    monkeypatch.setenv("COVNETS_ENGINE", "inline ")
    assert isinstance(engine_from_environment(store), InlineEngine)
    monkeypatch.setenv("COVNETS_THREADS", " 3 ")
    assert whole_number("COVNETS_THREADS") == 3


@pytest.mark.parametrize(
    ("variable", "value"), [("COVNETS_ENGINE", "slurm"), ("COVNETS_WORKERS", "0")]
)
def test_environment_that_makes_no_sense_is_refused(
    store: RunStore, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(CovnetsError, match=f"{variable}={value}"):
        engine_from_environment(store)


def test_run_whose_network_cannot_be_saved_is_finished_all_the_same(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StoreError("The disk is full: make room.")

    monkeypatch.setattr(store.files, "write", refuse)

    run = InlineEngine(store).submit(small_run())

    assert run.state == "finished"
    assert run.reason == "Its network could not be saved: The disk is full: make room."
    assert run.summary["test_accuracy"] is not None
