"""One tab that tests take in turn, each as if it were the first."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

from bench.records.record import Record

Scheme = Literal["light", "dark"]
THEMES: tuple[Scheme, ...] = ("light", "dark")


class Tab:
    """A page, and what happened in it since `fresh` or `opened` handed it out."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.problems: list[str] = []
        """What stood on the console, and the errors that no script caught."""
        self.requests: list[str] = []
        """The addresses that were asked for."""
        page.on("console", lambda message: self.problems.append(message.text))
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))


@contextmanager
def fresh(tab: Tab, width: int, height: int, scheme: Scheme = "light") -> Iterator[Page]:
    """The tab at `about:blank`, of this size and theme; afterwards it remembers nothing.

    What a test can leave behind is what it stored, how it emulates media and where it points.
    """
    page = tab.page
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(media="null", color_scheme=scheme)
    tab.problems.clear()
    tab.requests.clear()
    try:
        yield page
    finally:
        if page.url.startswith("file:"):
            page.evaluate("localStorage.clear(); sessionStorage.clear()")
        page.goto("about:blank")
        page.mouse.move(0, 0)


@contextmanager
def opened(
    tab: Tab, file: Path, width: int = 1400, height: int = 1000, scheme: Scheme = "light"
) -> Iterator[Page]:
    """The tab with a file in it; at the end nothing may stand on its console.

    Args:
        file: with what follows a #, where something does.
    """
    with fresh(tab, width, height, scheme) as page:
        go(page, file)
        yield page
        assert tab.problems == []


def go(page: Page, file: Path, fragment: str = "") -> None:
    """Open a file, with what follows a #; a run's page is waited for until it is drawn."""
    page.goto(file.as_uri().replace("%23", "#") + fragment)
    if "run.html" in page.url:
        page.locator("#run[data-drawn]").wait_for()


def run_page(site: Path, record: Record) -> Path:
    """Where a record's run is read."""
    return site / record.suite / f"run.html#{record.method}" / record.key
