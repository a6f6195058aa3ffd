"""A visitor without a browser: speaks with the server as a browser does, and times the answers.

A browser would add its own work, other on every machine. Here a message goes out over the
websocket and everything that comes back is counted until the server says that it is done.
"""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeAlias

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

from benchmarks.shared.report import BenchmarkError

SECONDS_TO_ANSWER = 60.0
# Elements that carry a live chart, and so a figure.
CHART = "bidi_component"

Value: TypeAlias = float | bool | str | list[str]
"""Of a slider, a switch, a text or a choice, and a choice of several."""


@dataclass
class Answer:
    """What came back for one message.

    Attributes:
        seconds: from sending the message until the server said that it was done.
        num_messages: messages that came back.
        num_bytes: their size, websocket framing not counted.
        figure_bytes: size of those among them that carry a figure.
    """

    seconds: float = 0.0
    num_messages: int = 0
    num_bytes: int = 0
    figure_bytes: int = 0


class Visitor:
    """One session on one page.

    The system acknowledges what it receives only after up to 40 ms, and a server may hold further
    messages back until then. This visitor acknowledges at once where it can, so that what is
    measured is the server's own time.

    Args:
        url: the dashboard's address, such as http://localhost:8501.
        page: a page's name.
        run_id: the run that the page shall show.
    """

    def __init__(self, url: str, page: str, run_id: str | None = None) -> None:
        self.widget_ids: dict[str, str] = {}
        # What came back for the first message.
        self.opened = Answer()
        # The live parts of the page, and the seconds from one of their ticks to the next.
        self.fragments: dict[str, float] = {}
        self._url = url
        self._state = ClientState(
            page_name=page, query_string=f"run={run_id}" if run_id is not None else ""
        )
        self._widgets: dict[str, WidgetState] = {}
        self._known: set[str] = set()
        self._connection: ClientConnection | None = None

    def __enter__(self) -> Self:
        """Connect and let the page be drawn for the first time."""
        address = self._url.replace("http", "ws", 1) + "/_stcore/stream"
        with_server: Any = connect(address, max_size=None, proxy=None, subprotocols=None)
        self._connection = with_server.__enter__()
        self.opened = self.rerun()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def rerun(self) -> Answer:
        """Have the page drawn again."""
        self.fragments.clear()
        return self._ask(self._state)

    def move(self, key: str, value: Value) -> Answer:
        """Move a slider, flip a switch, or choose something, by the widget's key.

        Raises:
            BenchmarkError: the page has no such widget.
        """
        if key not in self.widget_ids:
            raise BenchmarkError(
                f"The page has no widget {key}, only {', '.join(sorted(self.widget_ids))}."
            )
        widget = WidgetState(id=self.widget_ids[key])
        if isinstance(value, bool):
            widget.bool_value = value
        elif isinstance(value, str):
            widget.string_value = value
        elif isinstance(value, list):
            widget.string_array_value.data.extend(value)
        else:
            widget.double_array_value.data.append(value)
        self._widgets[key] = widget
        return self.rerun()

    def tick(self, fragment: str) -> Answer:
        """Have one live part of the page drawn again, as the timer in a browser does."""
        state = ClientState()
        state.CopyFrom(self._state)
        state.fragment_id, state.is_auto_rerun = fragment, True
        return self._ask(state)

    def _ask(self, state: ClientState) -> Answer:
        message = BackMsg()
        message.rerun_script.CopyFrom(state)
        message.rerun_script.widget_states.widgets.extend(self._widgets.values())
        # Big messages that a browser has already are not sent again.
        message.rerun_script.cached_message_hashes.extend(self._known)
        if self._connection is None:
            raise BenchmarkError("The visitor has left: use `with Visitor(...)`.")
        answer = Answer()
        self._acknowledge(self._connection)
        began = time.perf_counter()
        self._connection.send(message.SerializeToString())
        while not self._take(self._connection.recv(SECONDS_TO_ANSWER), answer):
            self._acknowledge(self._connection)
        answer.seconds = time.perf_counter() - began
        return answer

    def _acknowledge(self, connection: ClientConnection) -> None:
        # The option does not last; only Linux has it.
        if hasattr(socket, "TCP_QUICKACK"):
            connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def _take(self, data: str | bytes, answer: Answer) -> bool:
        """Count one message, remember what later ones need; return whether it is the last."""
        message = ForwardMsg.FromString(data if isinstance(data, bytes) else data.encode())
        answer.num_messages += 1
        answer.num_bytes += len(data)
        kind = message.WhichOneof("type")
        if message.metadata.cacheable:
            self._known.add(message.hash)
        if kind == "navigation":
            self._state.page_script_hash = message.navigation.page_script_hash
        elif kind == "auto_rerun":
            self.fragments[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "delta":
            self._look_at(message, len(data), answer)
        return bool(kind == "script_finished")

    def _look_at(self, message: ForwardMsg, num_bytes: int, answer: Answer) -> None:
        element, tabs = message.delta.new_element, message.delta.add_block.tab_container
        kind = element.WhichOneof("type")
        if kind == "exception":
            raise BenchmarkError(f"The page shows an error: {element.exception.message}")
        if kind == CHART:
            answer.figure_bytes += num_bytes
        # "$$ID-<hash>-<key>"
        identity = str(getattr(getattr(element, kind), "id", "") if kind else tabs.id)
        if identity.startswith("$$ID-"):
            key = identity.split("-", 2)[2]
            self.widget_ids.pop(key, None)
            self.widget_ids[key] = identity  # in the order in which they were seen last
