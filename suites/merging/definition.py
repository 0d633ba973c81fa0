"""What the suite merging declares: its tasks, metrics, needs, tracks and assets.

Here: plain data, read without torch. Not here: drawing images and training experts
(suites.merging.compose), the problem that a method is given (suites.merging.problem), running
and scoring (suites.merging.harness).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bench.contract.asset import Asset
from bench.contract.suite import Need, Suite, Task, Track
from bench.metering.budget import Budget
from suites.common.sources import digest
from suites.merging import scaling
from suites.merging.counters import COUNTERS
from suites.merging.metrics import METRICS
from suites.merging.settings import FASHION, GLYPHS, MNIST, MNIST_VIT, VIT, small_tier
from suites.merging.smoke_settings import (
    SMOKE_FASHION,
    SMOKE_GLYPHS,
    SMOKE_MNIST,
    SMOKE_MNIST_VIT,
    SMOKE_VIT,
    smoke_tier,
)

NEEDS = (
    Need(
        name="pretrained",
        title="pretrained weights",
        meaning="The weights that every expert started from.",
        icon="pretrained",
    ),
    Need(
        name="unlabeled",
        title="unlabeled data",
        meaning=(
            "Up to 256 images of each expert's own cell, apart from its training images, unlabeled."
        ),
        icon="unlabeled",
    ),
    Need(name="labels", title="labels", meaning="The labels of those images.", icon="labels"),
    Need(
        name="gradients",
        title="gradients",
        meaning="Derivatives of a network on those images; their passes are charged.",
        icon="gradients",
    ),
    Need(
        name="fisher",
        title="Fisher",
        meaning="Each expert's diagonal Fisher information on them.",
        icon="fisher",
    ),
    Need(
        name="gram",
        title="Gram",
        meaning="The Gram matrices of each linear layer's inputs on them.",
        icon="gram",
    ),
    Need(
        name="validation",
        title="validation",
        meaning="Up to 20 times the accuracy of a state on held-in validation images.",
        icon="validation",
    ),
    Need(
        name="task_id",
        title="task identity",
        meaning="At test time it must be told which group of classes an image is from.",
        icon="task",
    ),
    Need(
        name="extra_parameters",
        title="more parameters",
        meaning="What is deployed holds more numbers than one expert.",
        icon="parameters",
    ),
    Need(
        name="test_inputs",
        title="test inputs",
        meaning="The test images, without labels.",
        icon="test",
    ),
)

TRACKS = (
    Track(
        name="single",
        title="Single model",
        meaning="One set of weights of an expert's size, for every input.",
    ),
    Track(
        name="multi",
        title="Many models",
        meaning="Weights for each task, or a larger network; may be told an input's task.",
    ),
    Track(
        name="transductive",
        title="Uses test inputs",
        meaning="May read the test inputs before it answers.",
    ),
)

# Forward FLOPs of one glyph through the small network, as the meter counts: F = 6.8e6 (of a digit
# 1.0e7). With K = 16 experts and N = 256 images each, Gram statistics cost 6.3e10 (K N F, and 25
# tokens' products 3.5e10), 20 validations of 512 images 7.0e10, an exact Fisher over 4 classes
# 9 K N F = 2.5e11, 100 steps of MaTS 3e9, and AdaMerging's 50 steps on batches of 512 images
# 3 x 50 x 512 F = 5.2e11. One run may spend 1e12: no published method needs more, and a core does
# as much in about 20 seconds.
SMALL_BUDGET = Budget(
    limits={"flops": 1e12, "examples": 256 * 16, "trials": 20}, seconds=120, memory=2 * 1024**3
)
# In the smoke network F = 1.0e6, a seventh, with a third of the experts at most.
SMOKE_BUDGET = Budget(
    limits={"flops": 5e10, "examples": 256 * 4, "trials": 20}, seconds=60, memory=2 * 1024**3
)

NOTES = (
    "A tiny vision transformer stands in for CLIP, glyphs or small digits for DomainNet.",
    "The head is frozen after pretraining; experts and the ceiling change the backbone only.",
    "The ceiling is fine-tuned on all held-in cells together; no model sees a held-out cell.",
)


def _task(
    name: str, title: str, question: str, small: Mapping[str, Any], smoke: Mapping[str, Any]
) -> Task:
    source = small["images"]["source"]
    return Task(
        name=name,
        title=title,
        question=question,
        version=1,
        metrics=METRICS,
        scored_by=("held_in", "held_out"),
        floor="pretrained",
        ceiling="multitask",
        offers=tuple(need.name for need in NEEDS),
        settings={"smoke": smoke, "small": small},
        budgets={"smoke": SMOKE_BUDGET, "small": SMALL_BUDGET},
        seeds={"smoke": 2, "small": 5},
        data=() if source == "glyphs" else (source,),
        seconds={"smoke": 0.6, "small": 2.3},
        notes=NOTES,
        tuned_on="20 validation calls on held-in validation images, inside the budget",
    )


TASKS = (
    _task(
        "compose-near",
        "compose near",
        "Glyphs: classes x styles, with a pretrained model that nearly knows the styles.",
        small_tier(GLYPHS, VIT, 0.6, 4e-4, (800, 1200)),
        smoke_tier(SMOKE_GLYPHS, SMOKE_VIT, 0.5),
    ),
    _task(
        "compose-far",
        "compose far",
        "Glyphs: classes x styles, with a pretrained model far from the styles.",
        small_tier(GLYPHS, VIT, 0.53, 1e-3, (800, 1200)),
        smoke_tier(SMOKE_GLYPHS, SMOKE_VIT, 0.42),
    ),
    _task(
        "compose-mnist",
        "compose mnist5k",
        "Real handwritten digits: groups of digits x image styles.",
        small_tier(MNIST, MNIST_VIT, 0.6, 6e-4, (500, 800)),
        smoke_tier(SMOKE_MNIST, SMOKE_MNIST_VIT, 0.5, (80, 100)),
    ),
    _task(
        "compose-fashion",
        "compose Fashion-MNIST",
        "Real photographs of clothes: groups of kinds x image styles, where the data are there.",
        small_tier(FASHION, MNIST_VIT, 0.65, 6e-4, (150, 800)),
        smoke_tier(SMOKE_FASHION, SMOKE_MNIST_VIT, 0.65),
    ),
    replace(
        _task(
            "scaling",
            "scaling",
            "Glyphs as in compose near: what becomes of a merge as more experts enter it?",
            {
                **small_tier(GLYPHS, VIT, 0.6, 4e-4, (800, 1200)),
                "prefixes": scaling.PREFIXES["small"],
            },
            {**smoke_tier(SMOKE_GLYPHS, SMOKE_VIT, 0.5), "prefixes": scaling.PREFIXES["smoke"]},
        ),
        metrics=scaling.METRICS,
        seeds={"smoke": 2, "small": 3},  # a run costs four times what compose's does
        budgets={"smoke": scaling.SMOKE_BUDGET, "small": scaling.SMALL_BUDGET},
        seconds={"smoke": 0.5, "small": 6.0},
        notes=(*NOTES, *scaling.NOTES),
        tuned_on=(
            "20 validation calls for each number of experts, on held-in validation images, inside "
            "the budget"
        ),
    ),
)

CELLS, TRAINING = "suites.merging.cells", "suites.merging.compose"


def assets(task: Task, tier: str, seed: int) -> tuple[Asset, ...]:
    """The assets of a run: images, and the networks trained on them.

    `examples` and `test_inputs` are what methods draw on; `multitask` is a reference's. Tasks with
    the same images at the same seed share them.
    """
    settings = task.settings[tier]
    small = tier == "small"
    images = {"seed": seed, "images": settings["images"]}
    network = {**images, "network": settings["network"], "pretraining": settings["pretraining"]}
    data = task.data

    examples = Asset(
        name="examples", builder=f"{CELLS}:build_examples", arguments=images, data=data, seconds=1.0
    )
    inputs = Asset(
        name="test_inputs",
        builder=f"{CELLS}:build_test_inputs",
        arguments=images,
        data=data,
        seconds=1.0,
    )
    answers = Asset(
        name="answers",
        builder=f"{CELLS}:build_answers",
        arguments=images,
        data=data,
        seconds=1.0,
        for_scoring=True,
    )
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


SUITE = Suite(
    name="merging",
    title="Merging",
    question=(
        "Given experts that were fine-tuned apart, which way of combining their weights, at what "
        "cost, keeps their skills and composes them?"
    ),
    tasks=TASKS,
    needs=NEEDS,
    tracks=TRACKS,
    harness="suites.merging.harness",
    checks="suites.merging.checks:check",
    template="methods/merging/_template.py",
    tuning_need="validation",
    references="suites.merging.references",
    assets=assets,
    data_digest=digest,
    traits={
        "random": "Draws at random: another seed of the method gives another result.",
        "order_matters": "The order in which the experts come changes the result.",
    },
    counters=COUNTERS,
)
