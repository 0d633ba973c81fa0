"""The tier full: NAS-Bench-201's own network on images of CIFAR's shape, against its own table.

Drawn images and a few steps; the figures are a GPU's business.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from bench.contract.job import Job, ScoringJob
from bench.metering.budget import Budget
from bench.metering.meter import Meter
from methods.supernet.spos import spos
from methods.supernet.synflow import synflow
from suites.common.building import build_asset
from suites.common.data_set import DataSet
from suites.supernet import cifar, harness
from suites.supernet.counters import COUNTERS
from suites.supernet.definition import SUITE
from tests.suites.supernet.problems import small_run

TRAINING, TEST = 80, 8
"""Images that are drawn: half of the first train."""

BATCH, LISTS, BUDGETS = 32, {"free": 6, "equal": 4}, [1, 2]


@pytest.fixture
def full(monkeypatch):
    """A run of micro201 at full, cut to a few images, architectures and passes; its assets."""
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(TRAINING + TEST, 3, 32, 32, generator=generator)
    labels = torch.randint(10, (TRAINING + TEST,), generator=generator)
    source = DataSet("tv:CIFAR10", images, labels, ("thing",) * 10, "", "", "")
    monkeypatch.setattr(cifar, "load", lambda name: source)
    monkeypatch.setattr(cifar, "TRAINING_IMAGES", TRAINING)
    cifar.cifar10.cache_clear()
    declared = next(task for task in SUITE.tasks if task.name == "micro201")
    settings = {**declared.settings["full"], "lists": LISTS, "budgets": BUDGETS}
    settings["updates"] = {**settings["updates"], "batch": BATCH}
    task = replace(declared, settings={**declared.settings, "full": settings})
    run = replace(small_run("micro201")[0], tier="full", settings=settings, task=task)
    assets = {asset.name: build_asset(asset) for asset in SUITE.assets(task, "full", 0)}
    yield run, assets
    cifar.cifar10.cache_clear()


@pytest.mark.parametrize("call", [spos, synflow], ids=["a supernet", "a proxy"])
def test_a_method_runs_and_is_scored_against_the_published_table(full, call) -> None:
    run, assets = full
    most = sum(BUDGETS) * run.settings["pass_flops"]
    meter = Meter(Budget({"flops": most}), COUNTERS)
    given = {name: asset for name, asset in assets.items() if name != "answers"}
    output = harness.solve(Job([run], [given], [meter], call))[0]
    (scores,) = harness.score(ScoringJob([run], [assets], [output], Meter(Budget())))
    assert not isinstance(scores, Exception)
    assert -1 <= scores.metrics["tau_free"] <= 1
    assert -1 <= scores.metrics["tau_equal"] <= 1
    assert meter.flops <= most
