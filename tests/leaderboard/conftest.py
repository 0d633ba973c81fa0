"""One built site for all tests of the leaderboard."""

from pathlib import Path

import pytest

from leaderboard.build import build
from tests.reports import invented_nets
from tests.reports.invented import catalogue, curved_task, metric, records, suite, task


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of the invented suite, and of a suite without records."""
    of = suite()
    empty = suite("empty", (task("lonely", (metric("held_in"),), ("held_in",)),))
    out = tmp_path_factory.mktemp("site") / "site"
    build(records(of), catalogue(of, empty), "small", out)
    return out


@pytest.fixture(scope="session")
def curved_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of a suite whose one task has curves."""
    of = suite(tasks=(curved_task(),))
    out = tmp_path_factory.mktemp("curved") / "site"
    build(records(of), catalogue(of), "small", out)
    return out


@pytest.fixture(scope="session")
def nets_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of 25 methods on five tasks, ranked by three metrics."""
    out = tmp_path_factory.mktemp("nets") / "site"
    build(invented_nets.records(), invented_nets.catalogue(), "small", out)
    return out
