"""A page in a browser that must not complain."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page


@contextmanager
def opened(browser: Browser, file: Path, width: int = 1400) -> Iterator[Page]:
    """The page; at the end nothing may stand on its console."""
    context = browser.new_context(viewport={"width": width, "height": 1000})
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(file.as_uri())
    yield page
    assert problems == []
    context.close()
