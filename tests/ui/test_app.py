"""The shell around the pages: navigation, the start of a fresh server, plotly.js."""

import asyncio
import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from streamlit.testing.v1 import AppTest

from covnets.errors import CovnetsError
from covnets.ui import live_chart, shell
from tests.ui.pages_on_screen import sentences

ROOT = Path(__file__).parents[2]


def titles(test: AppTest) -> list[str]:
    assert not test.exception
    return [title.value for title in test.title]


def test_dashboard_opens_on_the_front_page():
    test = AppTest.from_file(ROOT / "dashboard.py").run()
    assert titles(test) == [shell.TITLE]
    assert titles(test.switch_page("pages/home.py").run()) == [shell.TITLE], "under its own name"


def test_message_of_an_error_is_shown_as_it_is(monkeypatch):
    def fail(_name: str) -> None:
        raise CovnetsError("num_stages=5 is too many: use 4, in M\udcfcnchen.")

    monkeypatch.setattr("covnets.ui.network.family_page.family_page", fail)
    test = AppTest.from_file(ROOT / "dashboard.py").run().switch_page("pages/vgg.py").run()
    assert not test.exception
    # A byte of a file name that is no letter here has none on a page either.
    assert sentences(test.error) == ["num_stages=5 is too many: use 4, in M?nchen."]


def test_every_file_in_the_pages_folder_is_in_the_navigation():
    assert {file.stem for file in shell.PAGES_FOLDER.glob("*.py")} == {
        name for name, *_ in shell.PAGES
    }


def test_server_delivers_script_and_plotly_for_good_under_names_of_their_versions():
    script_path, plotly_path = (route.path for route in live_chart.routes())
    assert re.fullmatch(r"/assets/live-chart-[0-9a-f]{12}\.js", script_path)
    assert version("plotly") in plotly_path
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
    [route] = [route for route in shell.routes() if route.path == "/vgg/{rest:path}"]
    assert route.endpoint(Request(scope)).headers["location"] == led_to
    with pytest.raises(HTTPException, match="404"):  # so a page finds out where the server is
        route.endpoint(Request(scope | {"path": "/vgg/_stcore/health"}))


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
