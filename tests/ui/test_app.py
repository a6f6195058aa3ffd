"""The shell around the pages: navigation, the start of a fresh server, plotly.js."""

import asyncio
import re
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest
import streamlit as st
from starlette.exceptions import HTTPException
from starlette.requests import Request
from streamlit.testing.v1 import AppTest

from covnets.errors import CovnetsError
from covnets.ui import live_chart, shell
from tests.ui.pages_on_screen import sentences

ROOT = Path(__file__).parents[2]
FAMILIES = ("vgg", "inception", "resnet")


@pytest.fixture(autouse=True)
def family_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages without content: here only what surrounds them is tested."""

    def family_page(name: str) -> None:
        st.title(name)
        st.slider("depth", 1, 9, 3)

    module = ModuleType("covnets.ui.network.family_page")
    module.family_page = family_page
    monkeypatch.setitem(sys.modules, module.__name__, module)


def titles(test: AppTest) -> list[str]:
    assert not test.exception
    return [title.value for title in test.title]


def test_dashboard_opens_on_the_front_page():
    test = AppTest.from_file(ROOT / "dashboard.py").run()
    assert titles(test) == [shell.TITLE]
    assert titles(test.switch_page("pages/home.py").run()) == [shell.TITLE], "under its own name"


@pytest.mark.parametrize("name", FAMILIES)
def test_every_page_is_reached_from_the_dashboard(name):
    test = AppTest.from_file(ROOT / "dashboard.py").run()
    assert titles(test.switch_page(f"pages/{name}.py").run()) == [name]


def test_widgets_of_a_page_keep_their_values():
    test = AppTest.from_file(ROOT / "dashboard.py").run().switch_page("pages/vgg.py").run()
    test.slider[0].set_value(7).run()
    assert titles(test) == ["vgg"]
    assert test.slider[0].value == 7
    assert len(test.slider) == 1


def test_message_of_an_error_is_shown_as_it_is(monkeypatch):
    def fail(_name: str) -> None:
        raise CovnetsError("num_stages=5 is too many: use 4, in M\udcfcnchen.")

    monkeypatch.setattr(sys.modules["covnets.ui.network.family_page"], "family_page", fail)
    test = AppTest.from_file(ROOT / "dashboard.py").run().switch_page("pages/vgg.py").run()
    assert not test.exception
    # A byte of a file name that is no letter here has none on a page either.
    assert sentences(test.error) == ["num_stages=5 is too many: use 4, in M?nchen."]


def test_every_file_in_the_pages_folder_is_in_the_navigation():
    assert {file.stem for file in shell.PAGES_FOLDER.glob("*.py")} == {
        name for name, *_ in shell.PAGES
    }


def test_server_delivers_script_and_plotly_for_good():
    answers = [asyncio.run(route.endpoint(None)) for route in live_chart.routes()]
    for answer in answers:
        assert answer.headers["content-type"].startswith("text/javascript")
        assert "immutable" in answer.headers["cache-control"]
    script, plotly = (Path(answer.path).read_text(encoding="utf-8") for answer in answers)
    assert "Plotly.react" in script
    assert "plotly.js" in plotly[:100]


@pytest.mark.parametrize(
    ("path", "query", "led_to"),
    [
        ("/vgg/", "", "/vgg"),
        ("/vgg/16", "seed=3", "/vgg-16?seed=3"),
        ("/vgg//evil.com/ä", "", "/vgg-evil.com-%C3%A4"),
    ],
)
def test_what_lies_below_a_page_is_led_to_where_pages_are_looked_for(path, query, led_to):
    scope = {"type": "http", "path": path, "query_string": query.encode(), "headers": []}
    assert shell._in_one_part(Request(scope)).headers["location"] == led_to


def test_a_page_finds_out_that_no_server_answers_below_it():
    [route] = [route for route in shell.routes() if route.path == "/vgg/{rest:path}"]
    scope = {"type": "http", "path": "/vgg/_stcore/health", "query_string": b"", "headers": []}
    with pytest.raises(HTTPException, match="404"):
        route.endpoint(Request(scope))


def test_addresses_of_script_and_plotly_change_with_their_content():
    script, plotly = (route.path for route in live_chart.routes())
    assert re.fullmatch(r"/assets/live-chart-[0-9a-f]{12}\.js", script)
    assert version("plotly") in plotly


@pytest.mark.parametrize(
    ("headless", "expected"), [(True, []), (False, ["http://localhost:8600/base"])]
)
def test_browser_is_opened_unless_headless(monkeypatch, headless, expected):
    settings = {
        "server.headless": headless,
        "server.port": 8600,
        "server.baseUrlPath": "/base/",
        "server.sslCertFile": None,
        "browser.serverAddress": "localhost",
    }
    monkeypatch.setattr("streamlit.get_option", settings.get)
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)

    async def start_and_stop() -> None:
        async with shell.lifespan(None):
            await asyncio.sleep(0.05)

    asyncio.run(start_and_stop())
    assert opened == expected


def test_engine_is_ready_before_the_first_visitor_and_closed_at_the_servers_end(monkeypatch):
    monkeypatch.setattr("streamlit.get_option", {"server.headless": True}.get)
    told: list[str] = []
    monkeypatch.setattr("covnets.ui.services.engine", lambda: told.append("started"))
    monkeypatch.setattr("covnets.ui.services.close_engines", lambda: told.append("closed"))

    async def start_and_stop() -> None:
        async with shell.lifespan(None):
            assert "closed" not in told

    asyncio.run(start_and_stop())
    assert told == ["started", "closed"]


def test_settings_keep_the_dashboard_on_this_machine():
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["server"]["address"] == "localhost"
    assert "*" not in config["server"]["allowedHosts"]
    assert config["browser"]["gatherUsageStats"] is False
