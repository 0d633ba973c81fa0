"""The assets that the images of a task are: one for methods, two for scoring.

Here: plain data, read without torch. Not here: drawing the images (each task's own builders), the
networks trained on them (each task's own assets).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.contract.asset import Asset


def image_assets(
    module: str, arguments: Mapping[str, Any], data: tuple[str, ...] = (), seconds: float = 1.0
) -> tuple[Asset, Asset, Asset]:
    """`examples` and `test_inputs`, on which methods draw, and `answers`, for scoring only.

    Args:
        module: has their builders, `build_examples` and so on.
        arguments: of each builder.
        data: sources that each reads.
        seconds: that each takes, about.
    """
    examples, inputs, answers = (
        Asset(
            name=name,
            builder=f"{module}:build_{name}",
            arguments=arguments,
            data=data,
            seconds=seconds,
            for_scoring=name == "answers",
        )
        for name in ("examples", "test_inputs", "answers")
    )
    return examples, inputs, answers
