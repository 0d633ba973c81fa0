"""The assets of a run of `time`: compose's, of images that drift.

Here: plain data, read without torch. Not here: the images (suites.merging.time.drawing), training
(suites.merging.compose.networks), all else (suites.merging.compose.assets).
"""

from __future__ import annotations

from bench.contract.asset import Asset
from bench.contract.suite import Task
from suites.merging.compose import assets as compose
from suites.merging.compose.variants import replaced_builders

DRAWING, NETWORKS = "suites.merging.time.drawing", "suites.merging.time.networks"


def assets(task: Task, tier: str, seed: int) -> tuple[Asset, ...]:
    """Images of the periods, and the networks trained on them."""
    return replaced_builders(
        compose.assets(task, tier, seed),
        builders={
            "examples": f"{DRAWING}:build_examples",
            "test_inputs": f"{DRAWING}:build_test_inputs",
            "answers": f"{DRAWING}:build_answers",
            "answers_experts": f"{NETWORKS}:build_expert_accuracies",
        },
        arguments={},
        seconds={"pretrained": 7.0, "experts": 7.0, "multitask": 7.0} if tier == "small" else {},
    )
