"""The assets of a run of a compositional task: images, and the networks trained on them.

Here: plain data, read without torch. Not here: building them (suites.merging.compose.cells,
suites.merging.compose.networks).
"""

from __future__ import annotations

from bench.contract.asset import Asset
from bench.contract.suite import Task
from suites.merging.image_assets import image_assets

CELLS, TRAINING = "suites.merging.compose.cells", "suites.merging.compose.networks"


def assets(task: Task, tier: str, seed: int) -> tuple[Asset, ...]:
    """The assets of a run: images, and the networks trained on them.

    `examples` and `test_inputs` are what methods draw on; `multitask` is a reference's. No two
    tasks share any: each counts its seeds from a number of its own.
    """
    settings = task.settings[tier]
    small = tier == "small"
    images = {"seed": settings["first_seed"] + seed, "images": settings["images"]}
    network = {**images, "network": settings["network"], "pretraining": settings["pretraining"]}
    data = task.data

    examples, inputs, answers = image_assets(CELLS, images, data)
    pretrained = Asset(
        name="pretrained",
        builder=f"{TRAINING}:build_pretrained",
        arguments=network,
        inputs=(examples,),
        data=data,
        seconds=14.0 if small else 0.8,
    )
    experts = Asset(
        name="experts",
        builder=f"{TRAINING}:build_experts",
        arguments={**network, "experts": settings["experts"]},
        inputs=(examples, pretrained),
        data=data,
        seconds=18.0 if small else 0.4,
    )
    multitask = Asset(
        name="multitask",
        builder=f"{TRAINING}:build_multitask",
        arguments={**network, "multitask": settings["multitask"]},
        inputs=(examples, pretrained),
        data=data,
        seconds=18.0 if small else 1.1,
        for_references=True,
    )
    answers_experts = Asset(
        name="answers_experts",
        builder=f"{TRAINING}:build_expert_accuracies",
        arguments={**network, "experts": settings["experts"]},
        inputs=(inputs, answers, pretrained, experts),
        data=data,
        seconds=1.5 if small else 0.1,
        for_scoring=True,
    )
    return (examples, inputs, answers, pretrained, experts, multitask, answers_experts)
