"""What tests of all suites share: a home that lasts as long as they do, a method from its text."""

from __future__ import annotations

import sys
from importlib import import_module

import pytest

from bench.catalogue.registry import catalogue, with_file


@pytest.fixture(scope="session", autouse=True)
def _home(tmp_path_factory):
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WEIGHHOUSE_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Writes a method's file and imports it: of text and suite, the entry and the function."""
    monkeypatch.syspath_prepend(tmp_path)
    package = tmp_path.name  # a name of its own for each test
    modules = []

    def of(text, suite):
        file = tmp_path / package / "mine.py"
        file.parent.mkdir()
        file.write_text(text)
        _found, entry = with_file(catalogue(), file, suite)
        modules.append(import_module(f"{package}.mine"))
        return entry, getattr(modules[-1], entry.function)

    yield of
    for module in modules:
        del sys.modules[module.__name__]
