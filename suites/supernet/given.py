"""A run's assets as its process has them: the list, the labels' pool, images, the network.

Here: unpacking them, once for all budgets of a run. Not here: building them
(suites.supernet.building), what a method may see of them (suites.supernet.problem).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Generator

from bench.contract.job import Assets, Output, Run
from bench.metering.meter import Meter
from suites.supernet.network import Network
from suites.supernet.networks import build
from suites.supernet.optimiser import Updates
from suites.supernet.overlay import Examples
from suites.supernet.problem import SupernetProblem
from suites.supernet.spaces import Space, find
from suites.supernet.spaces.space import Rows

FACT = "fact/"
"""Before the names of what is counted of architectures, in the asset of the list."""

TABLE_FLOPS = 1e6
"""What a scorer of a table may take for each architecture, where there is no network to compare."""


@dataclass(frozen=True)
class Given:
    """What all calls of a run share.

    Attributes:
        space: the space.
        ranked: the architectures that are ranked, (n, places): the list without the pool.
        budgets: in passes, in ascending order.
        pass_flops: FLOPs of one.
        forward_flops: of one pass over the validation images, all ranked architectures together.
        offers: all needs that the task can meet.
    """

    space: Space
    ranked: Rows
    budgets: tuple[int, ...]
    pass_flops: float
    forward_flops: float
    offers: tuple[str, ...]
    label_passes: float
    updates: Updates
    network: Network | None
    training: Examples | None
    validation: Examples | None
    facts: Mapping[str, Mapping[bytes, float]]
    pool: Rows
    labels: NDArray[np.float64]

    def problem(
        self, meter: Meter, passes: int, generator: Generator, needs: tuple[str, ...]
    ) -> SupernetProblem:
        """What a method is given for one budget."""
        return SupernetProblem(
            space=self.space,
            architectures=self.ranked,
            passes=passes,
            generator=generator,
            updates=self.updates,
            needs=needs,
            _meter=meter,
            _pass_flops=self.pass_flops,
            _network=self.network,
            _training=self.training,
            _validation=self.validation,
            _facts=self.facts,
            _pool=self.pool,
            _labels=self.labels,
            _label_passes=self.label_passes,
            _spent_before=meter.flops,
        )


def unpack(run: Run, assets: Assets) -> Given:
    """A run's assets, as its process has them."""
    settings = run.settings
    listed, pool = assets["list"], assets["pool"]
    rows = as_rows(listed)
    in_pool = pool.tensors["rows"].numpy()
    ranked = np.delete(rows, in_pool, axis=0)
    ranked.setflags(write=False)
    network, training, validation = None, None, None
    if "images" in assets:
        network = build(settings["network"])
        training = _examples(assets["images"], "training")
        validation = _examples(assets["images"], "validation")
        images = len(validation.labels)
        forward = sum(network.flops(row, images) for row in ranked)
    else:
        forward = TABLE_FLOPS * len(ranked)
    return Given(
        space=find(settings["space"]),
        ranked=ranked,
        budgets=tuple(settings["budgets"]),
        pass_flops=settings["pass_flops"],
        forward_flops=forward,
        offers=run.task.offers,
        label_passes=settings["label_passes"],
        updates=Updates(**settings.get("updates", {})),
        network=network,
        training=training,
        validation=validation,
        facts=facts_of(listed),
        pool=rows[in_pool],
        labels=pool.tensors["labels"].numpy(),
    )


def as_rows(listed: Output) -> Rows:
    """All architectures of the list, the pool's included, int8 (n, places)."""
    return np.ascontiguousarray(listed.tensors["architectures"].numpy(), dtype=np.int8)


def facts_of(listed: Output) -> dict[str, dict[bytes, float]]:
    """What is counted of each architecture: fact -> row -> value."""
    keys = [row.tobytes() for row in as_rows(listed)]
    return {
        name.removeprefix(FACT): dict(zip(keys, values.tolist(), strict=True))
        for name, values in listed.tensors.items()
        if name.startswith(FACT)
    }


def _examples(asset: Output, part: str) -> Examples:
    return Examples(asset.tensors[f"{part}_images"], asset.tensors[f"{part}_labels"])
