"""TIES: drop small changes, elect one sign per weight, average those that agree.

With t_i = theta_i - theta_0 as flat vectors over all weights:
1. trim: in each t_i keep the `keep` share of largest magnitude, set the others to zero;
2. elect: sign = sgn(sum_i t_i); where it is zero, the sign that most weights elected;
3. merge: at each weight, the mean of the nonzero entries whose sign is the elected one;
theta = theta_0 + scale * merged.
Source: Yadav et al., section 4 and algorithm 1, with their defaults keep = 20% and scale = 1 for
use without validation, and their search of scale over 0.8, 0.9, ..., 2.5 (appendix C.4, and the
command lines of their README); here from 0.3, as the changes of many experts may agree on more.
Entries equal to the smallest one kept are kept too, as in the authors' code.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import torch
from torch import Tensor

from bench import method
from suites.merging.problem import MergingProblem
from suites.merging.task_vectors import (
    PIECE,
    add_task_vector,
    split_task_vector,
    split_task_vectors,
)
from suites.merging.vectors import (
    State,
    count_weights,
    order_statistics,
    order_statistics_of,
    vector_type,
)


@method(
    name="ties",
    title="TIES",
    paper=("TIES-Merging", 2023, "https://arxiv.org/abs/2306.01708"),
    needs=["pretrained"],
    params={"keep": 0.2, "scale": 1.0},
    space={
        "scale": [
            0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2,
            1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.1, 2.3, 2.5,
        ]
    },
)  # fmt: skip
def ties(problem: MergingProblem, *, keep: float, scale: float) -> State:
    """Trim, elect, merge; add the scaled result to the pretrained model."""
    merged = problem.remember(("ties", keep), lambda: merge_trimmed(problem, keep))
    return add_task_vector(problem.pretrained, merged, scale)


def merge_trimmed(problem: MergingProblem, keep: float) -> Tensor:
    """Steps 1 to 3, shape (weights,), in the memory of the result alone."""
    weights = count_weights(problem.pretrained)
    rank = weights - count_kept(weights, keep)

    def magnitudes(expert: State) -> Iterator[Tensor]:
        return (change.abs_() for change in split_task_vector(problem, expert))

    cutoffs = torch.stack(
        [order_statistics_of(partial(magnitudes, e), weights, [rank])[0] for e in problem.experts]
    )

    def trimmed() -> Iterator[Tensor]:
        for _name, _where, changes in split_task_vectors(problem):
            yield changes.masked_fill_(changes.abs() < cutoffs[:, None], 0)

    merged = torch.empty(weights, dtype=vector_type(problem.pretrained))
    return elect_and_average(trimmed, merged)


def count_kept(weights: int, keep: float) -> int:
    """How many of so many entries are kept: the share `keep` rounded, at least one."""
    return max(1, round(keep * weights))


def smallest_kept(change: Tensor, keep: float) -> Tensor:
    """The magnitude below which an entry is trimmed; 0 where nothing is left to drop.

    Args:
        change: a task vector, shape (weights,).
        keep: the share kept, in [0, 1]; see `count_kept`.
    """
    weights = len(change)
    return order_statistics(change.abs(), [weights - count_kept(weights, keep)])[0]


def trim(changes: Tensor, keep: float) -> Tensor:
    """Zero all but the largest entries of each row, in place; see `smallest_kept`.

    Args:
        changes: task vectors, shape (experts, weights); overwritten.
        keep: the share kept.
    Returns:
        `changes`.
    """
    for change in changes:
        change.masked_fill_(change.abs() < smallest_kept(change, keep), 0)
    return changes


def pieces_of(changes: Tensor) -> Callable[[], Iterable[Tensor]]:
    """Task vectors of shape (experts, weights) as `elect_and_average` takes them."""
    return lambda: changes.split(PIECE, 1)


def elect_and_average(pieces: Callable[[], Iterable[Tensor]], merged: Tensor) -> Tensor:
    """The mean, at each weight, of the nonzero entries that have the elected sign.

    Args:
        pieces: gives the trimmed task vectors piece by piece, shape (experts, some weights), the
            same each time; it is called again only if entries cancel exactly somewhere.
        merged: shape (weights,); overwritten.
    Returns:
        `merged`; 0 where no entry agrees.
    """
    majority, cancels = average_agreeing(pieces(), merged, 0)
    if cancels and majority:
        average_agreeing(pieces(), merged, 1 if majority > 0 else -1)
    return merged


def average_agreeing(pieces: Iterable[Tensor], merged: Tensor, otherwise: int) -> tuple[int, bool]:
    """Fill `merged` with the mean of the entries that have the sign of their weight's sum.

    Args:
        pieces: as in `elect_and_average`.
        merged: shape (weights,); overwritten.
        otherwise: the sign taken where the sum is zero; 0 leaves 0 there.
    Returns:
        How many more weights have a positive sum than a negative one; whether any has a sum of
        zero of entries that aren't.
    """
    majority, cancels, start = 0, False, 0
    for piece in pieces:
        sign = piece.sum(0).sign_()
        majority += int(sign.sum())
        cancels = cancels or bool(piece[:, sign == 0].any())
        sign.masked_fill_(sign == 0, otherwise)
        magnitude = (piece * sign).relu_()  # 0 where the entry is 0 or of the other sign
        result = magnitude.sum(0).mul_(sign)
        result.div_(magnitude.sign_().sum(0).clamp_(min=1))
        merged[start : start + len(result)] = result
        start += len(result)
    return majority, cancels
