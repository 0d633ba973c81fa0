"""The assets of a run of `rebasin`: images, and each pair's networks.

Here: plain data, read without torch. Not here: building them (suites.merging.rebasin.data,
suites.merging.rebasin.training).
"""

from __future__ import annotations

from bench.contract.asset import Asset
from bench.contract.suite import Task
from suites.merging.image_assets import image_assets

IMAGES, TRAINING = "suites.merging.rebasin.data", "suites.merging.rebasin.training"


def assets(task: Task, tier: str, seed: int) -> tuple[Asset, ...]:
    """Images, and the networks trained on them; those of a pair end in its name.

    `examples` and `test_inputs` are what methods draw on; no asset is a reference's alone, as
    floor and ceiling are made of the experts.
    """
    settings = task.settings[tier]
    images = {"seed": seed, "images": settings["images"]}
    examples, inputs, answers = image_assets(IMAGES, images, task.data)
    found = [examples, inputs, answers]
    for name, pair in settings["pairs"].items():
        experts = Asset(
            name=f"experts_{name}",
            builder=f"{TRAINING}:build_experts",
            arguments={"seed": seed, "name": name, "pair": pair},
            inputs=(examples,),
            seconds=10.0,
        )
        accuracies = Asset(
            name=f"answers_experts_{name}",
            builder=f"{TRAINING}:build_expert_accuracies",
            arguments={"name": name, "pair": pair},
            inputs=(inputs, answers, experts),
            for_scoring=True,
        )
        found += [experts, accuracies]
    return tuple(found)
