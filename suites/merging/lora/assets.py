"""The assets of a run of `lora`: compose's, with adapters for experts.

Here: plain data, read without torch. Not here: training adapters (suites.merging.lora.networks),
all else (suites.merging.compose.assets).
"""

from __future__ import annotations

from bench.contract.asset import Asset
from bench.contract.suite import Task
from suites.merging.compose import assets as compose
from suites.merging.compose.variants import replaced_builders


def assets(task: Task, tier: str, seed: int) -> tuple[Asset, ...]:
    """Images, the base, adapters merged into it, and the jointly trained network."""
    return replaced_builders(
        compose.assets(task, tier, seed),
        builders={"experts": "suites.merging.lora.networks:build_experts"},
        arguments={"experts": {"adapters": task.settings[tier]["adapters"]}},
        seconds={"pretrained": 8.0, "experts": 9.0, "multitask": 9.0} if tier == "small" else {},
    )
