"""SVD merging of adapters: average the products, and cut the mean back to an adapter's rank.

For each matrix, with t_i = theta_i - theta_0 and r_i the rank of t_i: of the mean
(1/K) sum_i t_i = U diag(s) V^T the first r = times * max_i r_i directions are kept, rounded, at
least one; theta = theta_0 + scale * that. Other tensors: scale * the mean.
Source: PEFT, `add_weighted_adapter(combination_type="svd")`: its products are added with weights,
decomposed, and cut to `svd_rank`, by default the largest of the adapters' ranks (times = 1). The
weights are the user's there; here they are equal, scale / K, and tuning tries larger ones.
An expert's rank is read off its change, where singular values that rounding alone can make don't
count (suites.merging.spectral). Changes of full rank are only averaged at times = 1.
"""

from collections.abc import Sequence

from torch import Tensor

from bench import method
from suites.merging.problem import MergingProblem
from suites.merging.spectral import merge_matrices, thin_svd
from suites.merging.task_vectors import add_change
from suites.merging.vectors import State, sum_tensors


@method(
    name="svd_merging",
    title="SVD merging (PEFT)",
    paper=("PEFT welcomes new merging methods", 2024, "https://huggingface.co/blog/peft_merging"),
    needs=["pretrained"],
    params={"times": 1.0, "scale": 1.0},
    space={"times": [0.25, 0.5, 1.0, 2.0, 4.0], "scale": [1.0, 2.0, 3.0, 5.0]},
)
def svd_merging(problem: MergingProblem, *, times: float, scale: float) -> State:
    """Add `scale` times the mean change, of so low a rank."""
    change = problem.remember(
        ("svd_merging", times),
        lambda: merge_matrices(problem, lambda changes, noise: cut(changes, noise, times)),
    )
    return add_change(problem.pretrained, change, scale)


def cut(changes: Sequence[Tensor], noise: Sequence[float], times: float) -> Tensor:
    """The mean of one matrix's changes, of `times` the rank that one of them has.

    Args:
        changes: one an expert, shape (rows, columns).
        noise: of each (suites.merging.spectral).
        times: no unit.
    Returns:
        Shape (rows, columns), double precision.
    """
    ranks = [
        int((thin_svd(change, noise=own)[1] > 0).sum())
        for change, own in zip(changes, noise, strict=True)
    ]
    mean = sum_tensors(changes).div_(len(changes))
    left, values, right = thin_svd(
        mean, max(1, round(times * max(ranks))), sum(noise) / len(changes)
    )
    return (left * values) @ right
