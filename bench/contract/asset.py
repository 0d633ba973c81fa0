"""Inputs that many runs share: what a suite declares of them.

Here: the declaration. Not here: building them (bench.running.worker), where they lie and how they
are verified (bench.records.assets).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Asset:
    """An expensive input that many runs share, built once in a child process.

    Attributes:
        name: what it is to the run that asks for it, e.g. `experts`.
        builder: `module:function`; called as `function(arguments, inputs)` where inputs maps the
            names of `inputs` to loaded assets; returns a `bench.contract.job.Output`.
        arguments: JSON values; whatever changes the result stands here (with the seed).
        inputs: assets that must be built before, and are handed to the builder.
        data: names of the data sources that it reads; their content digests enter its key.
        seconds: what building it takes on one core of the reference machine, for estimates.
        for_scoring: holds answers: nothing but the scorer's process may load it.
        for_references: made for reference rows (and the scorer): no method's process may load it.
    """

    name: str
    builder: str
    arguments: Mapping[str, Any]
    inputs: tuple[Asset, ...] = ()
    data: tuple[str, ...] = ()
    seconds: float = 1.0
    for_scoring: bool = False
    for_references: bool = False
