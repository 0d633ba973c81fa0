"""The task `rebasin` in small: its own builders on few images, narrow networks, a few steps.

Here: its settings, its assets, a run of it. Not here: tests.
"""

import copy
from dataclasses import replace
from functools import cache

from bench.metering.budget import Budget
from suites.merging.compose.pilot import build
from suites.merging.rebasin.settings import SMOKE
from suites.merging.rebasin.task import REBASIN
from tests.suites.merging.tiny_grid import make_run

WIDTHS = {
    "narrow": [784, 12, 12, 10],
    "wide": [784, 20, 16, 10],
    "split": [784, 12, 8, 10],
    "conv": [4, 8],
}
IMAGES = {"source": "mnist5k", "training": 200, "calibration": 20, "validation": 20, "test": 60}


def small_settings():
    """The smoke tier's, smaller still."""
    settings = copy.deepcopy(dict(SMOKE)) | {"images": IMAGES}
    for name, pair in settings["pairs"].items():
        pair["network"]["widths"] = WIDTHS[name]
        pair["training"]["steps"] = 20
    return settings


SETTINGS = small_settings()
TASK = replace(REBASIN, settings={"small": SETTINGS})


@cache
def tiny_assets():
    """Every asset of a run, of seed 0."""
    return build(TASK, "small", 0)[0]


def withheld():
    """What a method's process is given of them."""
    return {n: a for n, a in tiny_assets().items() if not n.startswith("answers")}


def rebasin_run(**changed):
    budget = Budget(limits={"flops": 1e11, "examples": 10_000, "trials": 80})
    return make_run(**{"task": TASK, "settings": SETTINGS, "budget": budget, "needs": ()} | changed)
