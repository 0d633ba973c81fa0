"""Runs the suites' tests on one thread, as the engine runs its jobs: the digits depend on it.

Data sets that are read from files are kept in a home that lasts as long as the tests.
"""

from __future__ import annotations

import pytest
import torch


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session", autouse=True)
def _home(tmp_path_factory):
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WEIGHHOUSE_HOME", str(tmp_path_factory.mktemp("home")))
        yield
