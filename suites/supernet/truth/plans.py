"""What the ground truth of each space consists of: recipe, rows, seeds.

Here: plain data; nothing imports torch. Not here: a training (suites.supernet.truth.training).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from suites.supernet.recipe import Recipe
from suites.supernet.spaces import Rows, find


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The ground truth of a space.

    Attributes:
        space: its name.
        recipe: of each training.
        seeds: of each of the space's lists, how many trainings an architecture has. One that is on
            two lists has as many as the longer of the two.
    """

    space: str
    recipe: Recipe
    seeds: Mapping[str, int]

    def rows(self) -> tuple[Rows, list[int]]:
        """The table's architectures in its order, and how many seeds each has.

        It is the lists' order, each architecture where it comes first.
        """
        lists = find(self.space).lists
        seeds: dict[tuple[int, ...], int] = {}
        for name, count in self.seeds.items():
            for row in lists[name]:
                digits = tuple(int(choice) for choice in row)
                seeds[digits] = max(seeds.get(digits, 0), count)
        return np.array(list(seeds), dtype=np.int8), list(seeds.values())


SHORT, LONG = Recipe(steps=200), Recipe(steps=600)

PLANS = {
    "micro201": Plan(space="micro201", recipe=SHORT, seeds={"free": 4, "equal": 4}),
    "macro": Plan(space="macro", recipe=SHORT, seeds={"free": 4, "band": 8}),
    "pooling": Plan(space="pooling", recipe=LONG, seeds={"all": 8}),
}
"""By the name of the space."""
