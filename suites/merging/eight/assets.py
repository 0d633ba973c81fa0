"""The assets of a run of `eight`: images, the pretrained network, and networks at each distance.

Here: plain data, read without torch. Not here: building them (suites.merging.eight.data,
suites.merging.eight.training).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.contract.asset import Asset
from bench.contract.suite import Task
from suites.merging.eight.sets import sources_of
from suites.merging.eight.sources import WEIGHTS

IMAGES, TRAINING = "suites.merging.eight.data", "suites.merging.eight.training"


def assets(task: Task, tier: str, seed: int) -> tuple[Asset, ...]:
    """Images, and the networks trained on them; those of a distance end in its name.

    `examples` and `test_inputs` are what methods draw on; `multitask` is a reference's.
    """
    settings = task.settings[tier]
    images = {"seed": seed, "images": settings["images"]}
    read = sources_of(settings["images"]["sets"])
    examples = Asset(
        name="examples",
        builder=f"{IMAGES}:build_examples",
        arguments=images,
        data=read,
        seconds=10.0,
    )
    inputs = Asset(
        name="test_inputs",
        builder=f"{IMAGES}:build_test_inputs",
        arguments=images,
        data=read,
        seconds=4.0,
    )
    answers = Asset(
        name="answers",
        builder=f"{IMAGES}:build_answers",
        arguments=images,
        data=read,
        for_scoring=True,
    )
    pretrained = Asset(
        name="pretrained",
        builder=f"{TRAINING}:build_pretrained",
        arguments={**images, "head": settings["head"]},
        inputs=(examples,),
        data=(WEIGHTS,),
        seconds=15.0,
    )
    found = [examples, inputs, answers, pretrained]
    for distance, rate in settings["distances"].items():
        found += _at_distance(distance, rate, settings, images, tuple(found[:4]))
    return tuple(found)


def _at_distance(
    distance: str,
    rate: float,
    settings: Mapping[str, Any],
    images: Mapping[str, Any],
    shared: tuple[Asset, ...],
) -> tuple[Asset, ...]:
    """What is trained and measured at one rate."""
    examples, inputs, answers, pretrained = shared
    experts = Asset(
        name=f"experts_{distance}",
        builder=f"{TRAINING}:build_experts",
        arguments={**images, "experts": {**settings["experts"], "rate": rate}},
        inputs=(examples, pretrained),
        seconds=140.0,
    )
    multitask = Asset(
        name=f"multitask_{distance}",
        builder=f"{TRAINING}:build_multitask",
        arguments={**images, "multitask": {**settings["multitask"], "rate": rate}},
        inputs=(examples, pretrained),
        seconds=70.0,
        for_references=True,
    )
    accuracies = Asset(
        name=f"answers_experts_{distance}",
        builder=f"{TRAINING}:build_expert_accuracies",
        arguments={**images, "distance": distance},
        inputs=(inputs, answers, pretrained, experts),
        seconds=5.0,
        for_scoring=True,
    )
    return experts, multitask, accuracies
