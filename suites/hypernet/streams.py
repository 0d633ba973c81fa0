"""The batches of a stage as the trainer wants them.

Here: what one step hands to each network of a stack. Not here: how a stage's stream is drawn (the
tasks' folders), training (suites.hypernet.training).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from suites.hypernet.course import Stage


class Streams:
    """The trainer's batches: those of some seeds, the same for each of a seed's networks.

    A batch is flat inputs, flat labels, and then what `fields` names. Inputs come first and flat,
    so that the trainer sees how many examples a product has.

    Args:
        stages: one a seed.
        seeds: the seed of each network.
        noise: for each seed its steps' noise, or None.
        memory: shape (networks, ...), given unchanged in every batch.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        seeds: Sequence[int],
        noise: Sequence[Sequence[Tensor]] | None,
        memory: Mapping[str, Tensor],
    ) -> None:
        self.stages, self.seeds, self.noise, self.memory = stages, seeds, noise, memory
        masked = stages[0].masks is not None
        self.fields = (
            "conditions",
            "progress",
            *(("masks",) if masked else ()),
            *(("noise",) if noise is not None else ()),
            *(f"memory/{name}" for name in memory),
        )
        self._step = -1
        self._known: dict[int, list[Tensor]] = {}

    def __call__(self, first: int, last: int, step: int) -> tuple[Tensor, ...]:
        """The batches of networks first <= i < last; see suites.common.trainer.Batches."""
        if step != self._step:
            self._step, self._known = step, {}
        seeds = self.seeds[first:last]
        for seed in dict.fromkeys(seeds):
            if seed not in self._known:
                self._known[seed] = self._of_seed(seed, step)
        shared = [torch.stack(c) for c in zip(*(self._known[s] for s in seeds), strict=True)]
        return (*shared, *(tensor[first:last] for tensor in self.memory.values()))

    def _of_seed(self, seed: int, step: int) -> list[Tensor]:
        stage = self.stages[seed]
        found = [
            stage.inputs(step).flatten(0, 1),
            stage.labels[step].flatten(),
            stage.conditions[step],
            torch.tensor(step / stage.steps),
        ]
        if stage.masks is not None:
            found.append(stage.masks[step])
        if self.noise is not None:
            found.append(self.noise[seed][step])
        return found
