"""Our merging methods beside mergekit 0.1.5: equal, or different in the one way that is named."""

from __future__ import annotations

import torch

from methods.merging.average import average
from methods.merging.dare import dare
from methods.merging.dare_ties import dare_ties
from methods.merging.task_arithmetic import task_arithmetic
from methods.merging.ties import ties
from suites.merging.problem import Problem
from suites.merging.vectors import count_weights
from tests.crosscheck.agreement import assert_differs, assert_same, change, tensor_by_tensor
from tests.crosscheck.comparisons import compared
from tests.crosscheck.others import mergekit


def whole_entries(part: Problem, keep: float) -> float:
    """mergekit keeps the whole part of `keep` times the entries; we round."""
    weights = count_weights(part.pretrained)
    return int(keep * weights) / weights


@compared("average", "mergekit `linear`")
def test_the_average_is_mergekits_linear_merge_of_equal_weights(problem):
    theirs = mergekit(problem, "linear", base=False, weight=1.0)
    assert_same(average(problem), theirs, problem)


@compared("task_arithmetic", "mergekit `task_arithmetic`")
def test_task_arithmetic_is_mergekits(problem):
    theirs = mergekit(problem, "task_arithmetic", weight=1.0, lambda_=0.3)
    assert_same(task_arithmetic(problem, scale=0.3), theirs, problem)


@compared(
    "ties",
    "mergekit `ties`",
    differs="mergekit trims each tensor by itself, and keeps the whole part of the share; "
    "given one tensor at a time and that share, the same",
)
def test_ties_agrees_with_mergekit_once_it_trims_tensor_by_tensor(problem):
    # The paper's keep is a share of the whole vector: a tensor of small changes may lose all.
    theirs = mergekit(problem, "ties", weight=1.0, density=0.2)
    assert_differs(ties(problem, keep=0.2, scale=1.0), theirs, problem)
    ours = tensor_by_tensor(problem, lambda p: ties(p, keep=whole_entries(p, 0.2), scale=1.0))
    assert_same(ours, theirs, problem)


@compared(
    "dare",
    "mergekit `dare_linear`",
    differs="mergekit keeps each tensor's L1 norm instead of dividing by 1 - drop; "
    "with the ratio of the two as factor, the same under one mask",
)
def test_dare_agrees_with_mergekit_once_each_tensor_keeps_its_l1_norm(problem):
    # Dividing by 1 - drop keeps every entry's expectation; the L1 norm of one draw only nearly.
    from mergekit.sparsify import RescaleNorm, rescaled_masked_tensor

    problem.experts = problem.experts[:1]
    drop = 0.9
    ours = dare(problem, drop=drop, scale=1.0)
    theirs, adjusted = {}, {}
    for name, start in problem.pretrained.items():
        vector, kept = problem.experts[0][name] - start, ours[name] - start
        mask = (kept != 0).float()
        theirs[name] = start + rescaled_masked_tensor(vector, mask, RescaleNorm.l1)
        left = (vector * mask).abs().sum() / vector.abs().sum()
        adjusted[name] = start + kept * ((1 - drop) / left if left > 0 else 1 - drop)
    assert_differs(ours, theirs, problem)
    assert_same(adjusted, theirs, problem)


@compared(
    "dare",
    "mergekit `dare_linear`, `rescale` off",
    differs="nothing is divided: divided by 1 - drop, the mean of many draws is the same",
)
def test_dare_without_mergekits_rescaling_has_our_expectation(problem):
    # Each of 400 draws keeps 20%: a weight's mean has the standard error t * sqrt(4 / 400) = t/10.
    torch.manual_seed(0)
    problem.experts = problem.experts[:1]
    vector = change(problem.experts[0], problem)
    draws, drop = 400, 0.8
    ours, theirs = torch.zeros_like(vector), torch.zeros_like(vector)
    for _ in range(draws):
        ours += change(dare(problem, drop=drop, scale=1.0), problem) / draws
        undivided = mergekit(problem, "dare_linear", weight=1.0, density=1 - drop, rescale=False)
        theirs += change(undivided, problem) / (1 - drop) / draws
    error = vector.abs() / 10
    assert ((ours - vector).abs() < 6 * error + 1e-5).all()
    assert ((theirs - vector).abs() < 6 * error + 1e-5).all()


@compared(
    "dare_ties",
    "mergekit `dare_ties`, `rescale` off",
    differs="mergekit doesn't trim after dropping, and adds those that agree without averaging; "
    "with `keep` 1 and `normalize` on, the same where nothing is dropped",
)
def test_dare_ties_agrees_with_mergekit_where_nothing_is_dropped(problem):
    # Masks come from different generators, so that drop = 0 is where digits can be compared.
    options = {"weight": 1.0, "density": 1.0, "rescale": False}
    ours = dare_ties(problem, drop=0.0, keep=1.0, scale=1.0)
    assert_differs(ours, mergekit(problem, "dare_ties", **options), problem)
    assert_same(ours, mergekit(problem, "dare_ties", normalize=True, **options), problem)
