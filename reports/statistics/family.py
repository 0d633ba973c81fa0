"""What a family of tests says together: Holm's correction, and the ranks that follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ALPHA = 0.05


def holm(p_values: Sequence[float] | Array, alpha: float = ALPHA) -> list[bool]:
    """Which hypotheses Holm's step-down procedure rejects, keeping the family's error at alpha.

    Source: Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal
    of Statistics 6 (1979).
    """
    values = np.asarray(p_values, dtype=np.float64)
    order = values.argsort(kind="stable")
    kept = values[order] > alpha / np.arange(len(values), 0, -1)
    rejected = np.zeros(len(values), dtype=bool)
    rejected[order[: kept.argmax() if kept.any() else len(values)]] = True
    found: list[bool] = rejected.tolist()
    return found


def holm_level(p_values: Sequence[float] | Array, alpha: float = ALPHA) -> float:
    """The level at which Holm's procedure stopped: it rejects exactly the p-values up to it.

    An interval of confidence 1 - level leaves out 0 exactly where the procedure rejects, so that
    an interval and a rank of the same family never contradict each other.

    Returns:
        alpha over how many hypotheses it left (one where it left none); alpha without any.
    """
    left = holm(p_values, alpha).count(False)
    return alpha / max(1, left)


@dataclass(frozen=True)
class Place:
    """A method's rank and the ranks that the tests leave it.

    Attributes:
        rank: 1 + how many methods are surely better; the first of its ranks.
        last: how many methods there are, less those that are surely worse.
    """

    rank: int
    last: int

    @property
    def tied(self) -> bool:
        """Whether the tests leave it several ranks."""
        return self.last > self.rank


def places(beats: NDArray[np.bool_]) -> list[Place]:
    """Ranks from one family of tests of every two methods.

    Where the family's error is at most 5%, the true ranks of all methods lie in their places at
    once in at least 95 of 100 cases. Source: Mogstad, Romano, Shaikh and Wilhelm, "Inference for
    ranks", Review of Economic Studies 91 (2024), section 3.

    Args:
        beats: whether the first method is surely better than the second, shape (methods, methods);
            of two methods at most one beats the other.
    Returns:
        One a method; its rank is never above its last.
    """
    count = len(beats)
    better, worse = beats.sum(0), beats.sum(1)
    return [Place(1 + int(b), count - int(w)) for b, w in zip(better, worse, strict=True)]
