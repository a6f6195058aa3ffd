"""The address bar: it always holds what a page shows, and what it brings is shown once.

Each page declares a table of the parameters of its address. A page writes its state into the
address whenever the state changes (`remember`), so that the address is a link to it, and the
browser's Back takes a change back. An address that the page did not write itself is a request to
show something: a link from elsewhere or from another page (`follow`).

Three things come along that are not requests. A change of pages empties the address. A tick of live
curves, or a slider moved at that moment, that was on its way while the address was written anew
brings the address of before. And what a page writes while another one is being opened arrives
there, and stays in the browser's history, under the other's name.
"""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from covnets.errors import ConfigError, CovnetsError, StoreError
from covnets.messages import not_offered, unknown_name
from covnets.ui import notices, shell

SECONDS_OF_AN_OLD_ADDRESS = 3.0
MOST_REMEMBERED = 50
NEUTRAL = frozenset({"run"})
"""Parameters that mean the same on every page: an address of these alone may be passed on."""
LONGEST = 6000
"""Characters of all parameters together: what every browser and server passes on."""

MANY = 1000
"""How often a parameter may be repeated that has no natural limit."""
LONGEST_SAID = 40
"""Characters of a text from an address that a sentence repeats."""

Params = Mapping[str, str | Sequence[str]]
Texts = Mapping[str, list[str]]
"""What stands in an address, by name; most of it once."""
Values = Mapping[str, Any]
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


class Elsewhere(StoreError):
    """What an address names is shown on another page.

    Args:
        sentence: what it is.
        way: where it is shown.
    """

    def __init__(self, sentence: str, way: Link) -> None:
        super().__init__(sentence)
        self.way = way


@dataclass(frozen=True)
class Parameter:
    """One row of the table of what a page's address holds.

    Attributes:
        name: in the address.
        key: what it sets in ``st.session_state``; empty where the page sees to it.
        read: makes a value of a text, or raises a `CovnetsError`.
        write: makes the text.
        default: its value in an address that does not name it; None where such an address leaves
            the page as it is.
        most: how often it may be given; if more than once, its value is a list.
    """

    name: str
    key: str = ""
    read: Callable[[str], Any] = str
    write: Callable[[Any], str] = str
    default: Any = None
    most: int = 1

    def value(self, texts: Sequence[str]) -> Any:
        """Return the value that an address gives.

        Raises:
            CovnetsError: it is given too often, or a text is not valid.
        """
        if len(texts) > self.most:
            limit = "once" if self.most == 1 else f"at most {self.most} times"
            raise ConfigError(f"{self.name} is given {len(texts)} times: give it {limit}.")
        return [self.read(text) for text in texts] if self.most > 1 else self.read(texts[0])

    def text(self, value: Any) -> str | list[str]:
        """Return a value as it stands in an address."""
        return [self.write(each) for each in value] if self.most > 1 else self.write(value)


def one_of(
    name: str, key: str, offered: Collection[Any], default: Any = None, most: int = 1
) -> Parameter:
    """Return a parameter that has one of several values.

    Args:
        name: in the address.
        key: what it sets in ``st.session_state``, as for any `Parameter`.
        offered: the values; where they are written in words of their own, values by word.
        default: as for any `Parameter`.
        most: as for any `Parameter`.
    """
    values = offered if isinstance(offered, Mapping) else {str(each): each for each in offered}
    words = {value: word for word, value in values.items()}

    def read(text: str) -> Any:
        if text not in values:
            raise ConfigError(not_offered(name, text, values))
        return values[text]

    # The store may hold what only another version offers.
    return Parameter(name, key, read, lambda value: words.get(value, str(value)), default, most)


@dataclass
class _Known:
    """What a session knows of one page's address.

    Attributes:
        now: the address of what the page shows.
        is_new: whether `now` came from outside and the page has not yet shown it.
        refusals: what could not be shown of the last request, each with a way to where it can.
    """

    now: _Address = ()
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

    def is_request(self, page: str, current: _Address) -> bool:
        if not current or current == self.pages[page].now:
            return False
        others = {known.now for name, known in self.pages.items() if name != page}
        writer, moment = self.left.get(current, (page, -math.inf))
        if (current in others or writer != page) and {name for name, _ in current} != NEUTRAL:
            return False
        return time.monotonic() - moment >= SECONDS_OF_AN_OLD_ADDRESS


def follow(
    page: str,
    table: Sequence[Parameter],
    show: Callable[[Values, Texts], None] | None = None,
    settings: Collection[str] = (),
) -> None:
    """Show what the address asks for, the first time that it asks; refuse what cannot be shown.

    To be called before any widget is made, so that their values can still be put into
    ``st.session_state``.

    Args:
        page: the page's name; every page has an address of its own.
        table: the parameters of its address.
        show: sees to what the table does not, unless the address is wrong; takes the values that
            the address gives by name, and the hyperparameters in it as texts.
        settings: names of hyperparameters that the address may hold too.
    """
    request = _request(page)
    if request is None:
        return
    values: dict[str, Any] = {}
    mistakes: list[object] = []
    for row in table:
        try:
            if texts := request.pop(row.name, []):
                values[row.name] = row.value(texts)
        except StoreError as error:  # a link to what only another store, or another page, has
            refuse(page, error, error.way if isinstance(error, Elsewhere) else None)
        except CovnetsError as error:
            mistakes.append(error)
        value = values.get(row.name, copy(row.default))
        if row.key and value is not None:
            st.session_state[row.key] = value
    known = [*(row.name for row in table), *settings]
    mistakes += [
        unknown_name("parameter", name, known, otherwise="leave it out.")
        for name in request
        if name not in known
    ]
    if show is not None and not mistakes:
        try:
            show(values, request)
        except StoreError as error:  # a run that another version wrote
            refuse(page, error)
        except CovnetsError as error:
            mistakes.append(error)
    for mistake in mistakes:
        refuse(page, f"The address is not valid. {mistake}")


def remember(
    page: str,
    table: Sequence[Parameter],
    settings: Mapping[str, str] | None = None,
    values: Values | None = None,
) -> None:
    """Write a page's state into the address; to be called in every full run of the page.

    Args:
        page: the page's name.
        table: the parameters of its address; more than fits is left out as a whole.
        settings: hyperparameters as texts, by name.
        values: of those parameters that no key of ``st.session_state`` holds, by name.
    """
    params: dict[str, str | list[str]] = {}
    for row in table:
        value = st.session_state.get(row.key) if row.key else (values or {}).get(row.name)
        if value is not None and value != row.default:
            params[row.name] = row.text(value)
    params |= settings or {}
    session = _session()
    known = session.pages[page]
    session.enter(page)
    if len(urlencode(params, doseq=True)) > LONGEST:
        params = {}
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
    known.now = wanted
    known.is_new = session.is_entered = False


def refuse(page: str, sentence: Exception | str, way: Link | None = None) -> None:
    """Note what could not be shown, for `show_refusals`.

    Args:
        page: the page's name.
        sentence: what was wrong, and what can be done.
        way: where it can be shown.
    """
    _session().pages[page].refusals.append((str(sentence), way))


def show_refusals(page: str) -> None:
    """Say what could not be shown, until the page shows something else."""
    for sentence, way in _session().pages[page].refusals:
        notices.show_warning(sentence)
        if way is not None:
            st.page_link(
                shell.page_file(way.page), label=way.label, query_params=dict(way.params.items())
            )


def share(page: str) -> None:
    """Offer the link to what the page shows, to be copied; to be called after `remember`."""
    with (
        st.sidebar,
        st.popover("Share", icon=":material/link:", width="stretch", key=f"{page}.share"),
    ):
        query = urlencode({name: st.query_params.get_all(name) for name in st.query_params}, True)
        path = st.context.url or f"/{page}"
        st.caption(
            "This link, which the address bar holds as well, shows the same settings to whoever "
            "opens it."
        )
        st.code(f"{path}?{query}" if query else path, language=None, wrap_lines=True)


def _request(page: str) -> dict[str, list[str]] | None:
    """Return what the address asks of a page; None if nothing, or if it is the page's own doing."""
    session, current = _session(), _current()
    known = session.pages[page]
    is_request = session.is_request(page, current)
    session.enter(page)
    if not is_request:
        return None
    known.now, known.is_new = current, True
    known.refusals.clear()
    return {name: list(texts) for name, texts in current}


def _session() -> _Session:
    session: _Session = st.session_state.setdefault("address", _Session())
    return session


def _current() -> _Address:
    return _address({name: st.query_params.get_all(name) for name in st.query_params})


def _address(params: Params) -> _Address:
    """Parameters in a form that can be compared, whatever their order."""
    listed = ((name, [v] if isinstance(v, str) else v) for name, v in params.items())
    return tuple(sorted((name, tuple(values)) for name, values in listed if values))
