"""The task `soup` in small: three experts, six classes of tiny glyphs and a narrow network.

Here: its settings, and its assets by the task's own builders, a few steps of training included. Not
here: tests.
"""

from dataclasses import replace
from functools import cache
from importlib import import_module

from bench.metering.budget import Budget
from suites.merging.soup.assets import assets
from suites.merging.soup.task import SOUP
from tests.suites.merging.tiny_grid import make_run

IMAGES = {
    "source": "glyphs",
    "size": 8,
    "groups": 1,
    "classes": 4,
    "styles": ["dots", "ink", "slope"],
    "held_in": [[0, 0]],
    "experts": 3,
    "training": 4,
    "calibration": 6,
    "validation": 3,
    "test": 5,
    "test_held_in": 9,
}
SETTINGS = {
    "first_seed": 0,
    "images": IMAGES,
    "network": {"size": 8, "patch": 4, "width": 8, "depth": 1, "heads": 2, "hidden": 16},
    "pretraining": {
        "strength": 0.5,
        "styles": ["ink"],
        "each": 4,
        "steps": 3,
        "batch": 4,
        "rate": 1e-3,
    },
    "sweep": {
        "grid": {
            "rate": [1e-3, 1e-2],
            "decay": [0.0, 0.1, 1.0],
            "smoothing": [0.0, 0.1],
            "shift": [0, 1],
            "steps": [2, 3],
        },
        "batch": 4,
        "warmup": 1,
    },
    "informed": {"held_in": 6, "each": 2, "steps": 2, "batch": 4, "rate": 1e-3, "warmup": 1},
}
TASK = replace(SOUP, settings={"small": SETTINGS})


@cache
def tiny_assets(seed=0):
    """Every asset of a run."""
    built = {}
    for asset in assets(TASK, "small", seed):
        module, function = asset.builder.split(":")
        given = {needed.name: built[needed.name] for needed in asset.inputs}
        built[asset.name] = getattr(import_module(module), function)(asset.arguments, given)
    return built


def soup_run(**changed):
    budget = Budget(limits={"flops": 1e11, "examples": 10_000, "trials": 24})
    return make_run(**{"task": TASK, "settings": SETTINGS, "budget": budget} | changed)
