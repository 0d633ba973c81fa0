"""Our merging methods beside mergekit 0.1.5: equal, or different in the one way that is named."""

from __future__ import annotations

import torch

from methods.merging.average import average
from methods.merging.breadcrumbs import breadcrumbs
from methods.merging.dare import dare
from methods.merging.dare_ties import dare_ties
from methods.merging.model_stock import model_stock
from methods.merging.slerp import slerp
from methods.merging.task_arithmetic import task_arithmetic
from methods.merging.ties import ties
from methods.merging.warp import warp
from suites.merging.problem import MergingProblem
from suites.merging.vectors import count_weights
from tests.crosscheck.agreement import (
    RELATIVE,
    assert_differs,
    assert_same,
    change,
    distance,
    first_experts,
    tensor_by_tensor,
    with_changes,
)
from tests.crosscheck.comparisons import compared
from tests.crosscheck.others import mergekit


def whole_entries(part: MergingProblem, keep: float) -> float:
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

    problem, drop = first_experts(problem, 1), 0.9
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
    problem = first_experts(problem, 1)
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


@compared(
    "breadcrumbs",
    "mergekit `breadcrumbs`",
    differs="mergekit ranks each tensor as a whole, we each row; "
    "given tensors of one row, the same",
)
def test_breadcrumbs_agrees_with_mergekit_where_a_tensor_is_one_row(problem):
    # The authors' released code ranks along the last dimension.
    theirs = mergekit(problem, "breadcrumbs", weight=1.0, density=0.2, gamma=0.1, lambda_=0.4)
    assert_differs(breadcrumbs(problem, keep=0.2, drop=0.1, scale=0.4), theirs, problem)
    ours = tensor_by_tensor(
        problem, lambda p: breadcrumbs(p, keep=0.2, drop=0.1, scale=0.4), one_row=True
    )
    assert_same(ours, theirs, problem)


@compared("model_stock", "mergekit `model_stock`")
def test_model_stock_is_mergekits(problem):
    together = with_shared_changes(problem)
    assert_same(model_stock(together), mergekit(together, "model_stock"), together)


@compared(
    "model_stock",
    "mergekit `model_stock`, changes of norm below 0.001",
    differs="mergekit takes the product of two norms as at least 1e-6, which makes small changes "
    "look orthogonal; with all changes made a million times as large, the same",
)
def test_model_stock_of_tiny_changes_agrees_with_mergekit_once_they_are_enlarged(problem):
    # Biases and normalisation layers of fine-tuned models do change that little.
    large = with_shared_changes(problem)
    small = with_changes(
        zero_start(large),
        [{n: 1e-6 * (e[n] - t) for n, t in large.pretrained.items()} for e in large.experts],
    )
    theirs = mergekit(small, "model_stock")
    assert_differs(model_stock(small), theirs, small)
    enlarged = with_changes(small, [{n: 1e6 * t for n, t in e.items()} for e in small.experts])
    theirs = {name: 1e-6 * tensor for name, tensor in mergekit(enlarged, "model_stock").items()}
    assert_same(model_stock(small), theirs, small)


def with_shared_changes(problem: MergingProblem) -> MergingProblem:
    """Experts whose changes have something in common, each in its own measure."""
    shared = problem.experts[-1]
    start = problem.pretrained
    changes = [
        {n: e[n] - start[n] + (i + 0.5) * (shared[n] - start[n]) for n in start}
        for i, e in enumerate(problem.experts[:-1])
    ]
    return with_changes(problem, changes)


def zero_start(problem: MergingProblem) -> MergingProblem:
    """The same problem from a pretrained state of zeros, so that tiny changes aren't rounded."""
    zeros = {name: torch.zeros_like(tensor) for name, tensor in problem.pretrained.items()}
    return MergingProblem(problem.model, problem.experts, pretrained=zeros)


@compared("slerp", "mergekit `slerp`, two experts")
def test_slerp_of_two_experts_is_mergekits(problem):
    two = first_experts(problem, 2)
    pair = MergingProblem(two.model, two.experts[1:], pretrained=two.experts[0])
    assert_same(slerp(two), mergekit(pair, "slerp", t=0.5), two)


@compared(
    "slerp",
    "mergekit `slerp`, cosine above 0.9995",
    differs="mergekit then interpolates linearly; the spherical result is longer by 1 part in "
    "8,000 at most",
)
def test_slerp_of_all_but_parallel_experts_is_linear_in_mergekit(problem):
    # At cosine 0.9995 the angle is 0.0316, and 1 / cos(angle / 2) - 1 = 1.25e-4 for the midpoint.
    start = problem.pretrained
    turn = {name: torch.randn_like(tensor) for name, tensor in start.items()}
    for name, tensor in start.items():
        flat = tensor.reshape(-1)
        turn[name] -= (turn[name].reshape(-1) @ flat / (flat @ flat)) * tensor
        turn[name] *= 0.03 * flat.norm() / turn[name].norm()
    two = with_changes(problem, [dict.fromkeys(start, torch.tensor(0.0)), turn])
    pair = MergingProblem(two.model, two.experts[1:], pretrained=two.experts[0])
    theirs, zeros = mergekit(pair, "slerp", t=0.5), zero_start(two)
    assert_same(average(two), theirs, zeros)
    assert RELATIVE < distance(slerp(two), theirs, zeros) < 1.25e-4


@compared("warp", "mergekit `nuslerp` with a base, two experts")
def test_warps_merge_of_two_experts_is_mergekits_nuslerp_of_their_changes(problem):
    two = first_experts(problem, 2)
    assert_same(warp(two, share=1.0), mergekit(two, "nuslerp", weight=1.0), two)
