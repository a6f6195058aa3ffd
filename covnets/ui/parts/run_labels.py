"""A run's label: name, notes, tags, and whether its network is kept; changed at any time."""

from __future__ import annotations

import zlib

import streamlit as st

from covnets.runs import Run
from covnets.runs.labels import LONGEST_NAME, LONGEST_NOTES, MOST_TAGS
from covnets.runs.overview import all_tags
from covnets.runs.question import ordered
from covnets.ui import notices, services


def labels_editor(run: Run, place: str) -> None:
    """Let a run's name, notes and tags be changed, and its network be kept.

    Args:
        run: the run, in any state.
        place: begins the widgets' keys; the same run may be shown at several places.
    """
    with st.popover(
        "Label",
        icon=":material/label:",
        type="tertiary",
        key=f"{place}.label",
    ):
        _form(run, place)


def label_text(run: Run) -> str:
    """A run's label as one line of Markdown, empty if it has none."""
    name = f"**{notices.plain(run.name)}**" if run.name else ""
    tags = " ".join(f":gray-badge[{notices.plain(tag)}]" for tag in run.tags)
    return " · ".join(filter(None, [name, notices.plain(run.notes), tags]))


def _form(run: Run, place: str) -> None:
    # Another label, wherever it was changed, is shown in fields of its own.
    version = zlib.crc32(repr((run.name, run.notes, run.tags, run.pinned)).encode())
    key = f"{place}.{run.id}.{version:x}"
    with st.form(key, border=False):
        st.text_input("Name", run.name or "", max_chars=LONGEST_NAME, key=f"{key}.name")
        st.text_area("Notes", run.notes, max_chars=LONGEST_NOTES, key=f"{key}.notes", height=90)
        st.multiselect(
            "Tags",
            ordered("tags", (*all_tags(services.store()), *run.tags)),
            default=run.tags,
            accept_new_options=True,
            max_selections=MOST_TAGS,
            key=f"{key}.tags",
            placeholder="type a new one, or choose",
        )
        st.toggle(
            "Keep its network",
            run.pinned,
            key=f"{key}.pinned",
            help="The oldest networks make room for new ones; those that are kept do not.",
        )
        st.form_submit_button(
            "Save",
            type="primary",
            on_click=notices.attempt,
            args=(f"{place}.label", _save, run.id, key),
        )
    notices.show_problem(f"{place}.label")


def _save(run_id: str, key: str) -> None:
    state = st.session_state
    services.store().labels.set(
        run_id,
        name=state[f"{key}.name"].strip(),
        notes=state[f"{key}.notes"].strip(),
        tags=state[f"{key}.tags"],
        pinned=state[f"{key}.pinned"],
    )
