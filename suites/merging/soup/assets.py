"""The assets of a run of `soup`: images, the pretrained network, and its fine-tunings.

Here: plain data, read without torch. Not here: building them (suites.merging.soup.data,
suites.merging.soup.sweep, and suites.merging.compose.networks for the pretrained network).
"""

from __future__ import annotations

from bench.contract.asset import Asset
from bench.contract.suite import Task
from suites.merging.image_assets import image_assets

IMAGES, SWEEP = "suites.merging.soup.data", "suites.merging.soup.sweep"
PRETRAINING = "suites.merging.compose.networks"


def assets(task: Task, tier: str, seed: int) -> tuple[Asset, ...]:
    """Images, and the networks trained on them; `informed` is a reference's."""
    settings = task.settings[tier]
    small = tier == "small"
    images = {"seed": settings["first_seed"] + seed, "images": settings["images"]}
    network = {**images, "network": settings["network"], "pretraining": settings["pretraining"]}
    examples, inputs, answers = image_assets(IMAGES, images, seconds=0.5)
    pretrained = Asset(
        name="pretrained",
        builder=f"{PRETRAINING}:build_pretrained",
        arguments=network,
        inputs=(examples,),
        seconds=14.0 if small else 0.8,
    )
    experts = Asset(
        name="experts",
        builder=f"{SWEEP}:build_experts",
        arguments={**images, "sweep": settings["sweep"]},
        inputs=(examples, pretrained),
        seconds=25.0 if small else 1.0,
    )
    informed = Asset(
        name="informed",
        builder=f"{SWEEP}:build_informed",
        arguments={**images, "informed": settings["informed"]},
        inputs=(examples, pretrained),
        seconds=8.0 if small else 0.5,
        for_references=True,
    )
    accuracies = Asset(
        name="answers_experts",
        builder=f"{SWEEP}:build_expert_accuracies",
        arguments=images,
        inputs=(inputs, answers, pretrained, experts),
        seconds=8.0 if small else 0.3,
        for_scoring=True,
    )
    return examples, inputs, answers, pretrained, experts, informed, accuracies
