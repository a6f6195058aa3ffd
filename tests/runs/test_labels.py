"""Names, notes, tags, and what is deleted."""

from __future__ import annotations

import pytest

from covnets.errors import StoreError
from covnets.runs.curves import revisions


def test_labels_may_change_after_the_end_and_one_at_a_time(store, new_run):
    run = new_run("finished")
    assert (run.name, run.notes, run.pinned) == (None, "", False)
    store.labels.set(run.id, name="the wide one")
    store.labels.set(run.id, notes="for Monday")
    labelled = store.labels.set(run.id, pinned=True)
    assert (labelled.name, labelled.notes, labelled.pinned) == ("the wide one", "for Monday", True)
    cleared = store.labels.set(run.id, name="", pinned=False)
    assert (cleared.name, cleared.notes, cleared.pinned) == (None, "for Monday", False)
    assert cleared.ended_at == run.ended_at


def test_tags_are_kept_in_order_without_doubles(store, new_run):
    run = store.labels.set(new_run("finished").id, tags=["deep", " class 3b ", "deep", ""])
    assert run.tags == ("deep", "class 3b")
    assert store.labels.set(run.id, name="best").tags == run.tags
    assert store.labels.set(run.id, tags=[]).tags == ()


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ({"name": "x" * 101}, "The name has 101 characters: use at most 100"),
        ({"notes": "x" * 5001}, "The notes have 5,001 characters"),
        ({"tags": ["x" * 41]}, "has 41 characters: use at most 40"),
        ({"tags": [str(number) for number in range(21)]}, "There are 21 tags: use at most 20"),
    ],
)
def test_too_long_labels_are_refused(store, new_run, label, message):
    run = new_run("finished")
    with pytest.raises(StoreError, match=message):
        store.labels.set(run.id, **label)
    assert store.runs.get(run.id) == run


def test_a_deleted_run_leaves_all_lists_and_comes_back_unchanged(store, new_run):
    kept, run = new_run("finished"), new_run("finished")
    before = revisions(store, [run.id])
    store.labels.delete([run.id])
    assert store.runs.list() == [kept]
    assert [deleted.id for deleted in store.runs.list(deleted=True)] == [run.id]
    assert store.runs.get(run.id).deleted_at is not None
    assert revisions(store, [run.id]) != before
    store.labels.restore([run.id])
    assert store.runs.list() == [run, kept]


def test_a_running_run_is_not_deleted_nor_any_with_it(store, new_run):
    ended, going_on = new_run("finished"), new_run("running")
    with pytest.raises(StoreError, match="is running: stop it before you delete it"):
        store.labels.delete([ended.id, going_on.id])
    assert len(store.runs.list()) == 2
