"""The assets of a run of `experts-moe`: images, and the trained mixture.

Here: plain data, read without torch. Not here: building them (suites.merging.mixture.data,
suites.merging.mixture.training).
"""

from __future__ import annotations

from bench.contract.asset import Asset
from bench.contract.suite import Task
from suites.merging.image_assets import image_assets

IMAGES, TRAINING = "suites.merging.mixture.data", "suites.merging.mixture.training"


def assets(task: Task, tier: str, seed: int) -> tuple[Asset, ...]:
    """Floor and ceiling are made of the experts, so no asset is a reference's alone."""
    settings = task.settings[tier]
    images = {"seed": seed, "images": settings["images"]}
    network = {"network": settings["mixture"]}
    examples, inputs, answers = image_assets(IMAGES, images, task.data)
    experts = Asset(
        name="experts",
        builder=f"{TRAINING}:build_mixture",
        arguments=images | network | {"training": settings["training"]},
        data=task.data,
        seconds=15.0,
    )
    accuracy = Asset(
        name="answers_experts",
        builder=f"{TRAINING}:build_accuracy",
        arguments=network,
        inputs=(inputs, answers, experts),
        for_scoring=True,
    )
    return examples, inputs, answers, experts, accuracy
