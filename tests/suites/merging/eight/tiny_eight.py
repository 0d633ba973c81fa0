"""The task `eight` in small: three sets of 32 pixels and a narrow network with random weights.

Here: its settings, its assets (images by the task's own builders; nothing is trained), and a run of
it. Not here: tests.
"""

from dataclasses import replace
from functools import cache

import torch

from bench.contract.job import Output
from bench.metering.budget import Budget
from suites.merging.eight import data
from suites.merging.eight.network import FoldedEfficientNet
from suites.merging.eight.sets import outputs_of
from suites.merging.eight.task import EIGHT
from suites.merging.stored import backbone
from tests.suites.merging.tiny_grid import make_run

IMAGES = {
    "size": 32,
    "sets": ["digits", "glyphs", "capitals"],
    "placing": {"size": [0.5, 1.0], "angle": 30.0, "shift": 0.15, "contrast": 0.3},
    "training": 60,
    "calibration": 30,
    "validation": 26,
    "test": 30,
}
SETTINGS = {
    "images": IMAGES,
    "head": {"images": 60, "ridge": 1e-2},
    "experts": {"steps": 2, "batch": 4},
    "multitask": {"steps": 2, "batch": 4},
    "fisher_examples": 3,
    "distances": {"far": 3e-4, "near": 1e-4},
}
BLOCKS = [
    {"inputs": 8, "expanded": 8, "outputs": 8, "kernel": 3, "stride": 1},
    {"inputs": 8, "expanded": 16, "outputs": 12, "kernel": 5, "stride": 2},
    {"inputs": 12, "expanded": 24, "outputs": 12, "kernel": 3, "stride": 1},
]
TASK = replace(EIGHT, settings={"small": SETTINGS})


def random_network(outputs, seed=0):
    """A narrow network in which nothing is zero."""
    generator = torch.Generator().manual_seed(seed)
    network = FoldedEfficientNet(BLOCKS, 8, outputs)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(0.3 * torch.randn(parameter.shape, generator=generator))
    return network.eval()


@cache
def examples():
    return data.build_examples({"seed": 0, "images": IMAGES}, {})


@cache
def tiny_assets():
    """The assets of a run, with experts moved from the start at random, far more than near."""
    start = {n: t.clone() for n, t in random_network(outputs_of(IMAGES)).state_dict().items()}
    generator = torch.Generator().manual_seed(1)

    def moved(change):
        return {
            name: tensor + change * torch.randn(tensor.shape, generator=generator)
            for name, tensor in backbone(start).items()
        }

    arguments = {"seed": 0, "images": IMAGES}
    description = {"blocks": BLOCKS, "stem": 8, "outputs": outputs_of(IMAGES)}
    assets = {
        "examples": examples(),
        "test_inputs": data.build_test_inputs(arguments, {}),
        "answers": data.build_answers(arguments, {}),
        "pretrained": Output(start, description),
    }
    for distance, change in (("far", 0.1), ("near", 0.03)):
        experts = {f"{i}/{n}": t for i in range(3) for n, t in moved(change).items()}
        assets[f"experts_{distance}"] = Output(experts)
        assets[f"multitask_{distance}"] = Output(moved(change))
        assets[f"answers_experts_{distance}"] = Output(data={"accuracies": [0.5, 0.4, 0.25]})
    return assets


def eight_run(**changed):
    budget = Budget(limits={"flops": 1e12, "examples": 10_000, "trials": 24})
    return make_run(**{"task": TASK, "settings": SETTINGS, "budget": budget} | changed)
