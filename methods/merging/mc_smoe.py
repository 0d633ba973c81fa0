"""MC-SMoE: M-SMoE, then every merged matrix is cut to a low rank and a few rows of what is left.

W = U V + S: U V from the largest singular values, and of the rest S the rows that matter most.
Source: Li et al., as in github.com/UNITES-Lab/MC-SMoE (pruning/losparse.py, README): rank 32 of
matrices whose smaller side has 768 numbers, a 24th of it, and 10% of the rows of S. They choose
rows by weight times gradient while they distil the mixture into the compressed one; here nothing is
trained, and a row matters by its mean size, which is the other measure of their code. m n numbers
become r (m + n) and k n, of rank r and k rows. For merging see methods.merging.m_smoe.
"""

import math

from torch import Tensor

from bench import method
from methods.merging.m_smoe import m_smoe
from suites.merging.problem import MergingProblem
from suites.merging.spectral import thin_svd
from suites.merging.vectors import State


@method(
    name="mc_smoe",
    title="MC-SMoE (rows by size, not distilled)",
    paper=(
        "Merge, then compress: demystify efficient SMoE with hints from its routing policy",
        2024,
        "https://arxiv.org/abs/2310.01334",
    ),
    track="multi",
    needs=["routing", "extra_parameters"],
    params={"each": 4, "thinning": 24, "rows": 0.1},
)
def mc_smoe(problem: MergingProblem, *, each: int, thinning: int, rows: float) -> list[State]:
    """Merge, then compress each state that is shared once."""
    compressed: dict[tuple[int, ...], State] = {}
    found = []
    for state in m_smoe(problem, each=each):
        own = tuple(tensor.data_ptr() for tensor in state.values())
        if own not in compressed:
            compressed[own] = {name: compress(t, thinning, rows) for name, t in state.items()}
        found.append(dict(compressed[own]))
    return found


def compress(matrix: Tensor, thinning: int, rows: float) -> Tensor:
    """U V + S of a matrix of floating-point numbers; other tensors as they are.

    Args:
        matrix: shape (rows, columns).
        thinning: the rank is the smaller side's length divided by it, rounded up.
        rows: how many of what is left stay, as a share, rounded up.
    """
    if matrix.dim() != 2 or not matrix.numel() or not matrix.is_floating_point():
        return matrix
    left, values, right = thin_svd(matrix, math.ceil(min(matrix.shape) / thinning))
    low = ((left * values) @ right).to(matrix.dtype)
    rest = matrix - low
    kept = rest.abs().mean(1).topk(math.ceil(rows * len(rest))).indices
    return low.index_add(0, kept, rest[kept])
