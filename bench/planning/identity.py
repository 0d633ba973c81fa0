"""What is asked of a run, apart from what answers it: the first part of a record's key.

Here: a run's identity and an asset's, part by part, as plain JSON values. Two runs of one identity
were asked the same, whatever code answered them; only where they agree may their code be compared.
Not here: the code (bench.planning.code), the key made of both (bench.planning.keys).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bench.catalogue.registry import Method
from bench.contract.asset import Asset
from bench.contract.suite import Suite, Task
from bench.records.digest import SHORT, digest


def identity_of_run(
    suite: Suite,
    task: Task,
    method: Method,
    variant: str,
    tier: str,
    seed: int,
    data: Mapping[str, str],
    assets: Sequence[Asset],
) -> dict[str, Any]:
    """What is asked of one run, part by part.

    Args:
        data: data source -> digest of its content.
        assets: the task's; which of them a method may have is part of what is asked.
    Returns:
        Names as they are; of settings, budget, hyperparameters and the grid a digest each. The
        grid (`space`) counts for the variant `tuned` alone.
    """
    return {
        "suite": suite.name,
        "task": task.name,
        "version": task.version,
        "tier": tier,
        "method": method.name,
        "variant": variant,
        "seed": seed,
        "settings": digest(task.settings[tier], SHORT),
        "budget": digest(task.budgets[tier].as_dict(), SHORT),
        "data": {name: content[:SHORT] for name, content in sorted(data.items())},
        "params": digest(method.params or {}, SHORT),
        "space": digest(method.space or {}, SHORT) if variant == "tuned" else "",
        "withheld": digest([[a.name, a.for_scoring, a.for_references] for a in assets], SHORT),
    }


def asked_otherwise(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What differs between two identities of one cell, in words."""
    if not then:
        return ["its record is of an older form"]
    words = {
        "settings": "the task's settings changed",
        "budget": "the task's budget changed",
        "params": "its hyperparameters changed",
        "space": "its grid changed",
        "withheld": "which assets a method may have changed",
    }
    differing = [part for part in now if then.get(part) != now[part]]
    return [
        f"the task's version is {now[part]}, was {then.get(part)}"
        if part == "version"
        else words.get(part, f"its {part} changed")
        for part in differing
    ]


def identity_of_asset(asset: Asset, inputs: Mapping[str, str], data: Mapping[str, str]) -> str:
    """A digest of what is asked of an asset's builder.

    Args:
        inputs: name -> identity of each asset that it is built from.
        data: data source -> digest of its content.
    """
    shipped = {"shipped": asset.shipped.digest} if asset.shipped else {}
    return digest(
        {
            **shipped,
            "name": asset.name,
            "builder": asset.builder,
            "arguments": asset.arguments,
            "inputs": dict(inputs),
            "data": dict(data),
        }
    )
