"""Data sets that are read from files are kept in a home that lasts as long as the tests."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session", autouse=True)
def _home(tmp_path_factory):
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WEIGHHOUSE_HOME", str(tmp_path_factory.mktemp("home")))
        yield
