"""The assets of a run of `experts-moe`: images, and the trained mixture.

Here: plain data, read without torch. Not here: building them (suites.merging.mixture.data,
suites.merging.mixture.training).
"""

from __future__ import annotations

from bench.contract.asset import Asset
from bench.contract.suite import Task

IMAGES, TRAINING = "suites.merging.mixture.data", "suites.merging.mixture.training"


def assets(task: Task, tier: str, seed: int) -> tuple[Asset, ...]:
    """Floor and ceiling are made of the experts, so no asset is a reference's alone."""
    settings = task.settings[tier]
    images = {"seed": seed, "images": settings["images"]}
    network = {"network": settings["mixture"]}
    examples = Asset(
        name="examples", builder=f"{IMAGES}:build_examples", arguments=images, data=task.data
    )
    inputs = Asset(
        name="test_inputs", builder=f"{IMAGES}:build_test_inputs", arguments=images, data=task.data
    )
    answers = Asset(
        name="answers",
        builder=f"{IMAGES}:build_answers",
        arguments=images,
        data=task.data,
        for_scoring=True,
    )
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
