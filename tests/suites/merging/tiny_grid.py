"""A grid of two groups and two styles with three random experts, for tests of the whole way.

Here: its assets, and the way of a run through both processes. Group 0 has expert 0, group 1 has
experts 1 and 2; cell 1 is held out. Nothing is trained. Not here: tests.
"""

import json
from dataclasses import replace

import torch
from torch.func import functional_call

from bench.contract.job import Job, Output, Run
from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.common.networks import VisionTransformer, initialise
from suites.merging.counters import COUNTERS
from suites.merging.definition import SUITE
from suites.merging.harness import score_run, solve
from suites.merging.stored import backbone

IMAGES = {
    "source": "glyphs",
    "size": 8,
    "groups": 2,
    "classes": 2,
    "styles": ["inverse", "grating"],
    "held_in": [[0, 0], [1, 0], [1, 1]],
}
NETWORK = {"size": 8, "patch": 4, "width": 8, "depth": 1, "heads": 2, "hidden": 16}
CELLS = [(0, 0), (0, 1), (1, 0), (1, 1)]
EACH = 30


def tiny_assets():
    """Random networks and images: group 0 has expert 0, group 1 has experts 1 and 2."""
    generator = torch.Generator().manual_seed(0)
    network = VisionTransformer(4, **NETWORK)
    start = initialise(network, generator)
    start["head.weight"] *= 3

    def moved():
        return {n: t + 0.3 * torch.randn(t.shape, generator=generator) for n, t in start.items()}

    def pixels(cells):
        return torch.randint(256, (cells, EACH, 8, 8), generator=generator).to(torch.uint8)

    def labels(groups):
        return torch.stack([2 * g + torch.arange(EACH) % 2 for g in groups])

    experts = [backbone(moved()) for _ in range(3)]
    examples = {}
    for split in ("training", "calibration", "validation"):
        examples |= {f"{split}/images": pixels(3), f"{split}/labels": labels([0, 1, 1])}
    named = {f"{i}/{n}": t for i, state in enumerate(experts) for n, t in state.items()}
    return {
        "examples": Output(examples, {"images": IMAGES}),
        "test_inputs": Output({"images": pixels(4)}, {"images": IMAGES}),
        "answers": Output({"labels": labels([g for g, _ in CELLS])}, {"images": IMAGES}),
        "pretrained": Output(start, {"network": NETWORK, "outputs": 4}),
        "experts": Output(named),
        "multitask": Output(backbone(moved())),
        "answers_experts": Output(data={"accuracies": [0.5] * 4}),
    }


def make_run(track="single", **changed):
    run = Run(
        identity="a run",
        suite="merging",
        task=SUITE.tasks[0],
        tier="small",
        method="m",
        kind="method",
        variant="default",
        params={},
        space={},
        needs=("pretrained",),
        track=track,
        seed=0,
        settings={},
        budget=Budget(limits={"flops": 1e10, "examples": 1000, "trials": 20}),
    )
    return replace(run, **changed)


def carry(call, assets, run):
    """From the method's process to the scorer's: solve without the answers, score with them."""
    given = {name: asset for name, asset in assets.items() if not name.startswith("answers")}
    output = solve(Job([run], [given], [Meter(run.budget, COUNTERS)], call))[0]
    output.data = json.loads(json.dumps(output.data))
    return score_run(run, output, assets)


def by_hand(assets, cell, state):
    """Accuracy of one state on one cell, among its group's two classes."""
    images = assets["test_inputs"].tensors["images"][cell].float() / 255
    network = VisionTransformer(4, **NETWORK)
    answers = functional_call(network, assets["pretrained"].tensors | state, (images,))
    low = 2 * CELLS[cell][0]
    chosen = low + answers[:, low : low + 2].argmax(1)
    return (chosen == assets["answers"].tensors["labels"][cell]).double().mean().item()
