"""What can be done with the chosen runs: open, label, race again, delete and bring back."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from covnets.groups.race import MOST_CONTESTANTS
from covnets.runs import Run
from covnets.ui import notices, services
from covnets.ui.compare import chosen_runs
from covnets.ui.parts.run_labels import label_text, labels_editor
from covnets.ui.parts.shown import run_link
from covnets.ui.race import contestants

MOST_LINKS = 12
PLACE = "compare"


def actions(runs: Sequence[Run], names: dict[str, str]) -> None:
    """Show the buttons for the chosen runs.

    Args:
        runs: the chosen runs.
        names: what each is called, by id.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _open(runs, names)
        if len(runs) == 1:
            labels_editor(runs[0], PLACE)
        st.button(
            "Race these again",
            icon=":material/sports_score:",
            type="tertiary",
            key="compare.race",
            on_click=notices.attempt,
            args=(PLACE, _race, list(runs)),
            help="Take their networks to the race page: same images, same seed.",
        )
        _delete_or_restore(runs)
    if len(runs) == 1 and (text := label_text(runs[0])):
        st.caption(text)


def _open(runs: Sequence[Run], names: dict[str, str]) -> None:
    if len(runs) == 1:
        run_link(runs[0], "Open")
        return
    with st.popover("Open", icon=":material/open_in_new:", type="tertiary", key="compare.open"):
        for run in runs[:MOST_LINKS]:
            run_link(run, notices.plain(names[run.id]))


def _delete_or_restore(runs: Sequence[Run]) -> None:
    ids = [run.id for run in runs]
    if all(run.deleted_at is not None for run in runs):
        st.button(
            "Bring back",
            icon=":material/restore_from_trash:",
            type="tertiary",
            key="compare.restore",
            on_click=notices.attempt,
            args=(PLACE, services.store().labels.restore, ids),
        )
        return
    st.button(
        "Delete",
        icon=":material/delete:",
        type="tertiary",
        key="compare.delete",
        on_click=notices.attempt,
        args=(PLACE, _delete, ids),
        help="Lists leave them out until you bring them back.",
    )


def _race(runs: list[Run]) -> None:
    contestants.set_line_up([run.config for run in runs])
    if len(runs) > MOST_CONTESTANTS:
        notices.note_problem(
            "race",
            f"{len(runs)} runs were chosen; a race has at most {MOST_CONTESTANTS} contestants, "
            "the first ones.",
        )
    st.session_state["compare.to_race"] = True


def _delete(ids: list[str]) -> None:
    services.store().labels.delete(ids)
    chosen_runs.choose(run_id for run_id in chosen_runs.ids() if run_id not in ids)
    st.toast("Deleted. To bring them back, open Filter and switch on *Deleted runs instead*.")
