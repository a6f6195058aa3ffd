"""The address bar: it always holds what a page shows, and what it brings is shown once.

A page writes its state into the address whenever the state changes (`remember`), so that the
address is a link to it, and the browser's Back takes a change back. An address that the page did
not write itself is a wish: a link from elsewhere or from another page (`first_visit`).

Three things come along that are no wishes. A change of pages empties the address. A tick of live
curves, or a slider moved at that moment, that was on its way while the address was written anew
brings the address of before. And what a page writes while another one is being opened arrives
there, and stays in the browser's history, under the other's name.
"""

import math
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

import streamlit as st

from covnets.ui import notices, shell

SECONDS_OF_AN_OLD_ADDRESS = 3.0
MOST_REMEMBERED = 50
NEUTRAL = frozenset({"run"})
"""Parameters that mean the same on every page: an address of these alone may be passed on."""
LONGEST = 6000
"""Characters of all parameters together: what every browser and server passes on."""

Params = Mapping[str, str | Sequence[str]]
_Address = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Link:
    """A way to another page.

    Attributes:
        page: its name.
        label: what stands on the link.
        params: the parameters of its address.
    """

    page: str
    label: str
    params: Params


@dataclass
class _Known:
    """What a session knows of one page's address.

    Attributes:
        now: the address of what the page shows.
        query: the same as text, in the order in which the page names it.
        is_new: whether `now` came from outside and the page has not yet shown it.
        refusals: what could not be shown of the last wish, each with a way to where it can.
    """

    now: _Address = ()
    query: str = ""
    is_new: bool = False
    refusals: list[tuple[str, Link | None]] = field(default_factory=list)


@dataclass
class _Session:
    """What a session knows of its addresses.

    Attributes:
        page: the page that is shown.
        is_entered: whether it has just been entered, and not yet written its address.
        left: addresses that stood there, the latest last: whose they were, and when they were
            replaced, in seconds.
        pages: by name.
    """

    page: str = ""
    is_entered: bool = False
    left: dict[_Address, tuple[str, float]] = field(default_factory=dict)
    pages: defaultdict[str, _Known] = field(default_factory=lambda: defaultdict(_Known))

    def enter(self, page: str) -> None:
        if page != self.page:
            self.leave(self.page)
            self.page, self.is_entered = page, True

    def leave(self, page: str) -> None:
        replaced = self.pages[page].now
        self.left.pop(replaced, None)
        self.left[replaced] = page, time.monotonic()
        for oldest in list(self.left)[:-MOST_REMEMBERED]:
            del self.left[oldest]

    def is_wish(self, page: str, current: _Address) -> bool:
        if not current or current == self.pages[page].now:
            return False
        others = {known.now for name, known in self.pages.items() if name != page}
        writer, moment = self.left.get(current, (page, -math.inf))
        if (current in others or writer != page) and {name for name, _ in current} != NEUTRAL:
            return False
        return time.monotonic() - moment >= SECONDS_OF_AN_OLD_ADDRESS


def first_visit(page: str) -> dict[str, str | list[str]] | None:
    """Return what the address asks of a page, the first time that it asks for it.

    To be called before any widget is made, so that their values can still be put into
    ``st.session_state``.

    Args:
        page: the page's name; every page has an address of its own.

    Returns:
        The parameters, those that are repeated as lists; None if there are none, or if the address
        is the page's own doing.
    """
    session, current = _session(), _current()
    known = session.pages[page]
    is_wish = session.is_wish(page, current)
    session.enter(page)
    if not is_wish:
        return None
    known.now, known.is_new = current, True
    known.refusals.clear()
    listed = {name: st.query_params.get_all(name) for name in st.query_params}
    return {name: values[0] if len(values) == 1 else values for name, values in listed.items()}


def remember(page: str, params: Params) -> None:
    """Write a page's state into the address; to be called in every full run of the page.

    Args:
        page: the page's name.
        params: all that it takes to show the same again; more than fits is left out as a whole.
    """
    session = _session()
    known = session.pages[page]
    session.enter(page)
    query = urlencode(params, doseq=True)
    if len(query) > LONGEST:
        params, query = {}, ""
    wanted = _address(params)
    is_other = wanted != known.now
    if is_other:
        session.leave(page)
        if not known.is_new:
            known.refusals.clear()  # the visitor goes on with something else
    session.left.pop(wanted, None)
    # The browser may have another address than the one that came along with this run: an old one
    # may have been on its way here, or the former page's last one on its way there.
    if is_other or session.is_entered or wanted != _current():
        st.query_params.from_dict(params)
    known.now, known.query = wanted, query
    known.is_new = session.is_entered = False


def refuse(page: str, sentence: Exception | str, way: Link | None = None) -> None:
    """Note what the address asked for in vain, for `show_refusals`.

    Args:
        page: the page's name.
        sentence: what was wrong, and what can be done.
        way: where it can be shown.
    """
    _session().pages[page].refusals.append((str(sentence), way))


def show_refusals(page: str) -> None:
    """Say what the address asked for in vain, until the page shows something else."""
    for sentence, way in _session().pages[page].refusals:
        notices.show_warning(sentence)
        if way is not None:
            st.page_link(
                shell.page_file(way.page), label=way.label, query_params=dict(way.params.items())
            )


def share(page: str) -> None:
    """Offer the link to what the page shows, to be copied; to be called after `remember`."""
    with st.popover("Share", icon=":material/link:", width="stretch", key=f"{page}.share"):
        query, path = _session().pages[page].query, st.context.url or f"/{page}"
        st.caption(
            "This link, which the address bar holds as well, shows the same settings to whoever "
            "opens it."
        )
        st.code(f"{path}?{query}" if query else path, language=None, wrap_lines=True)


def _session() -> _Session:
    session: _Session = st.session_state.setdefault("address", _Session())
    return session


def _current() -> _Address:
    return _address({name: st.query_params.get_all(name) for name in st.query_params})


def _address(params: Params) -> _Address:
    """Parameters in a form that can be compared, whatever their order."""
    listed = ((name, [v] if isinstance(v, str) else v) for name, v in params.items())
    return tuple(sorted((name, tuple(values)) for name, values in listed if values))
