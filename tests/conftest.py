"""One browser for all tests: Playwright can be started only once in a process.

tests/crosscheck needs packages of its own: `nox -s crosscheck` names that folder, plain runs pass
it by.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

collect_ignore = ["crosscheck"]

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's own chromium; where there is none these tests fail."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield started
        started.close()
