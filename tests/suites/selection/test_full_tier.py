"""The tier full of both tracks: colour images, a ResNet-18, a wide ConvNet, a hub's texts.

Drawn images and a few steps; the figures are a GPU's business.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from bench.contract.job import Job, Output, Run, ScoringJob
from bench.metering.budget import Budget
from bench.metering.meter import Meter
from methods.selection.class_mean import class_mean
from methods.selection.el2n import el2n
from suites.common.building import build_asset
from suites.common.data_set import DataSet
from suites.selection import harness, pools
from suites.selection.counters import COUNTERS
from suites.selection.definition import SUITE

COUNTS = {"pool": 40, "validation": 10, "test": 20}


@pytest.fixture(autouse=True)
def drawn(monkeypatch):
    """As many images of CIFAR's shape as the parts hold, ten classes, nothing to be learnt."""
    draws = torch.Generator().manual_seed(0)
    images = torch.rand(sum(COUNTS.values()), 3, 32, 32, generator=draws)
    source = DataSet("tv:CIFAR10", images, torch.arange(len(images)) % 10, ("x",) * 10, "", "", "")
    monkeypatch.setattr(pools, "load", lambda name: source)


def full_run(name: str, **cut) -> tuple[Run, dict[str, Output]]:
    """A task's run at full with fewer images and passes, and its assets."""
    declared = SUITE.task(name)
    settings = {**declared.settings["full"], **COUNTS, **cut}
    task = replace(declared, settings={**declared.settings, "full": settings})
    run = Run(
        identity="",
        suite=SUITE.name,
        task=task,
        tier="full",
        method="m",
        kind="method",
        variant="default",
        params={},
        space={},
        needs=task.offers,
        track=task.tracks[0],
        seed=0,
        settings=settings,
        budget=task.budgets["full"],
    )
    return run, {asset.name: build_asset(asset) for asset in SUITE.assets(task, "full", 0)}


def scored(run: Run, assets: dict[str, Output], call) -> dict[str, float]:
    given = {n: a for n, a in assets.items() if n not in harness.HIDDEN}
    (output,) = harness.solve(Job([run], [given], [Meter(run.budget, COUNTERS)], call))
    meter = Meter(Budget())
    with meter, meter.stated(0, "scoring"):
        (scores,) = harness.score(ScoringJob([run], [assets], [output], meter))
    if isinstance(scores, Exception):
        raise scores
    return scores.metrics


def test_a_residual_network_chooses_among_colour_images_and_is_trained_on_the_choice():
    narrow = {"name": "resnet18", "channels": 3, "side": 32, "classes": 10, "width": 8}
    run, assets = full_run(
        "coreset-clean",
        network=narrow,
        recipe={"rate": 1e-3, "batch": 20},
        passes=20,
        count=40,
        percents=[10, 50],
        sizes=[10, 20],
    )
    found = scored(run, assets, el2n)
    assert 0 <= found["area"] <= 1
    assert {"accuracy_10", "accuracy_50"} <= set(found)


def test_colour_images_are_made_and_learnt_by_a_wide_network():
    evaluators = [{"name": "convnet3", "width": 8, "starts": 2}, {"name": "mlp"}]
    run, assets = full_run(
        "distill-fashion-10",
        evaluators=evaluators,
        evaluation_passes=40,
        full_passes=40,
        per_class=2,
        teacher={"widths": [8, 8, 8], "epochs": 1},
    )
    found = scored(run, assets, class_mean)
    assert 0 <= found["accuracy"] <= 1
    assert "augmented" in found
