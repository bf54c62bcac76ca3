"""One Chromium for all tests of pages, and pages written by the command itself."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tacticlens.cli.app import main

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FIXTURES = Path(__file__).parents[1] / "fixtures" / "composed"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))  # one browser, not one per worker


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install playwright"
    )
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip("no Chromium here to open pages with (Debian, Ubuntu: apt-get install chromium)")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=_QUIET)
        yield started
        started.close()


Opener = Callable[..., "Page"]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Opener]:
    """Open a page; when the test ends, it must have said nothing on its console and asked for nothing."""
    opened: list[Page] = []
    said: list[str] = []

    def opener(
        path: Path, fragment: str = "", *, dark: bool = False, width: int = 1440, height: int = 1000
    ) -> Page:
        context = browser.new_context(
            color_scheme="dark" if dark else "light", viewport={"width": width, "height": height},
            permissions=["clipboard-read", "clipboard-write"],
        )  # fmt: skip
        context.set_default_timeout(40_000)  # a busy machine draws slowly
        page = context.new_page()
        opened.append(page)
        page.on("console", lambda message: said.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"error: {error}"))
        page.on(
            "request",
            lambda request: said.append(f"asked for {request.url}") if _outside(request.url) else None,
        )
        page.goto(f"{path.as_uri()}#{fragment}")
        page.wait_for_selector("h1")
        return page

    yield opener
    for page in opened:
        page.context.close()
    assert said == []


def _outside(url: str) -> bool:
    return not url.startswith(("file://", "blob:", "data:"))


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Write a page with the command, each once."""
    folder = tmp_path_factory.mktemp("pages")
    known: dict[tuple[str, ...], Path] = {}

    def write(*arguments: str | Path) -> Path:
        key = tuple(map(str, arguments))
        if key not in known:
            known[key] = folder / f"{len(known)}.html"
            assert main([*key, "-o", str(known[key])]) == 0
        return known[key]

    return write
