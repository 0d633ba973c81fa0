"""Our merging methods beside mergekit 0.1.5: equal, or different in the one way that is named."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import Generator, Tensor

from methods.merging.average import average
from methods.merging.breadcrumbs import breadcrumbs
from methods.merging.breadcrumbs_ties import breadcrumbs_ties
from methods.merging.dare import dare
from methods.merging.dare_ties import dare_ties
from methods.merging.della import della
from methods.merging.karcher import karcher
from methods.merging.lines import block_of, lines
from methods.merging.model_stock import model_stock
from methods.merging.multi_slerp import multi_slerp
from methods.merging.nearswap import nearswap
from methods.merging.sce import sce
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


@compared(
    "breadcrumbs_ties",
    "mergekit `breadcrumbs_ties`",
    differs="mergekit ranks each tensor as a whole, we each row; "
    "given tensors of one row, the same",
)
def test_breadcrumbs_ties_agrees_with_mergekit_where_a_tensor_is_one_row(problem):
    options = {"weight": 1.0, "density": 0.2, "gamma": 0.1, "lambda_": 0.4}
    theirs = mergekit(problem, "breadcrumbs_ties", **options)
    assert_differs(breadcrumbs_ties(problem, keep=0.2, drop=0.1, scale=0.4), theirs, problem)
    ours = tensor_by_tensor(
        problem, lambda p: breadcrumbs_ties(p, keep=0.2, drop=0.1, scale=0.4), one_row=True
    )
    assert_same(ours, theirs, problem)


@compared(
    "della",
    "mergekit `della`",
    differs="mergekit keeps each tensor's L1 norm instead of dividing each entry by its "
    "probability; dividing so, under the same draws, the same",
)
def test_della_agrees_with_mergekit_once_entries_are_divided_by_their_probabilities(
    problem, monkeypatch
):
    # Drawing as we do shows that the probabilities are the same, and asked for in the same order.
    probabilities = []

    def drawn(probability: Tensor) -> Tensor:
        probabilities.append(probability)
        return (torch.rand(probability.shape, generator=generator) < probability).float()

    def theirs() -> dict[str, Tensor]:
        generator.manual_seed(7)
        options = {"weight": 1.0, "density": 0.7, "epsilon": 0.07, "lambda_": 1.1}
        return mergekit(problem, "della", **options)

    generator = Generator()
    problem.generator.manual_seed(7)
    ours = della(problem, drop=0.3, window=0.14, scale=1.1)
    monkeypatch.setattr(torch, "bernoulli", drawn)
    # equal magnitudes stand in our order, the row's; theirs may be any
    monkeypatch.setattr(torch, "argsort", partial(torch.argsort, stable=True))
    assert_differs(ours, theirs(), problem)
    monkeypatch.setattr(
        "mergekit.sparsify.rescaled_masked_tensor",
        lambda tensor, mask, _norm: tensor * mask / probabilities[-1],
    )
    assert_same(ours, theirs(), problem)


@compared("sce", "mergekit `sce`")
@pytest.mark.parametrize("keep", [0.1, 1.0])
def test_sce_is_mergekits(problem, keep):
    together = with_shared_changes(problem)  # the experts' changes are of different sizes
    theirs = mergekit(together, "sce", select_topk=keep)
    assert_same(sce(together, keep=keep, scale=1.0), theirs, together)


@compared(
    "sce",
    "mergekit `sce`, squares of the changes that are below 1e-6 on average, over all experts",
    differs="mergekit then weighs all experts alike; with all changes made 2^20 times as large, "
    "the same",
)
def test_sce_of_small_changes_agrees_with_mergekit_once_they_are_enlarged(problem):
    # By powers of two, so that nothing is rounded and the same entries are selected. Fine-tuning
    # changes weights by about 0.001: of eight experts with keep 0.1 that is 8 x 0.1 x 0.001^2.
    small = scaled_from_zero(with_shared_changes(problem), 2**-20)
    ours = sce(small, keep=0.1, scale=1.0)
    assert_differs(ours, mergekit(small, "sce", select_topk=0.1), small)
    theirs = mergekit(scaled_from_zero(small, 2**20), "sce", select_topk=0.1)
    assert_same(ours, {name: 2**-20 * tensor for name, tensor in theirs.items()}, small)


@compared("karcher", "mergekit `karcher`")
def test_the_karcher_mean_is_mergekits(problem):
    assert_same(karcher(problem), mergekit(problem, "karcher", base=False), problem)
    apart = zero_start(scaled_from_zero(problem, 1.0))  # at right angles: steps matter
    assert_same(karcher(apart), mergekit(apart, "karcher", base=False), apart)


@compared("multi_slerp", "mergekit `multislerp` with a base")
def test_multi_slerp_is_mergekits(problem):
    together = with_shared_changes(problem)
    theirs = mergekit(together, "multislerp", weight=1.0)
    assert_same(multi_slerp(together, scale=1.0), theirs, together)


@compared(
    "multi_slerp",
    "mergekit `multislerp`, changes whose directions cancel",
    differs="mergekit takes the mean of two changes, and of more stops with a ValueError; "
    "ours leaves such a tensor as it was",
)
def test_of_changes_whose_directions_cancel_multi_slerp_leaves_the_tensor(problem):
    # so large that 1e-8 is nothing beside their norms; times -4 exactly, as a power of two
    large = scaled_from_zero(problem, 2**10)
    change = large.experts[0]
    minus = {name: -4 * tensor for name, tensor in change.items()}
    two, four = (with_changes(large, [change, minus] * pairs) for pairs in (1, 2))
    for opposite in (two, four):
        assert all(not tensor.any() for tensor in multi_slerp(opposite, scale=1.0).values())
    mean = {name: -1.5 * tensor for name, tensor in change.items()}  # (1 - 4) / 2
    assert_same(mean, mergekit(two, "multislerp", weight=1.0), two)
    with pytest.raises(ValueError, match="weighted sum of the input tensors is zero"):
        mergekit(four, "multislerp", weight=1.0)


@compared("nearswap", "mergekit `nearswap`, two experts")
@pytest.mark.parametrize(("step", "relative"), [(1e-4, 5e-3), (0.03, RELATIVE)])
def test_nearswap_of_two_experts_is_mergekits(problem, step, relative):
    # a weight near 2 is stored to 1.2e-7: of a step of 1e-4 to a thousandth
    two = first_experts(problem, 2)
    pair = MergingProblem(two.model, two.experts[1:], pretrained=two.experts[0])
    theirs = mergekit(pair, "nearswap", t=step)
    assert_same(nearswap(two, step=step), theirs, pair, relative=relative)


@compared(
    "lines", "mergekit `task_arithmetic`, its weight a gradient over layers from 1/K to 1/K + beta"
)
def test_lines_is_mergekits_task_arithmetic_with_a_gradient_of_weights(problem):
    # as its configuration takes `weight: [from, to]`; t is a layer's depth, 0 of what is in none
    from mergekit.config import evaluate_setting
    from mergekit.merge_methods.base import PerGroupValues

    blocks = [block_of(name) for name in problem.pretrained]
    last = max(block for block in blocks if block is not None)
    first = 1 / len(problem.experts)
    weights = [
        evaluate_setting(name, [first, first + 0.6], (block or 0) / max(1, last), validate=float)
        for name, block in zip(problem.pretrained, blocks, strict=True)
    ]
    theirs = mergekit(problem, "task_arithmetic", weight=1.0, lambda_=PerGroupValues(weights))
    assert_same(lines(problem, growth=0.6), theirs, problem)


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
    small = scaled_from_zero(with_shared_changes(problem), 1e-6)
    theirs = mergekit(small, "model_stock")
    assert_differs(model_stock(small), theirs, small)
    enlarged = scaled_from_zero(small, 1e6)
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


def scaled_from_zero(problem: MergingProblem, factor: float) -> MergingProblem:
    """The experts' changes times a factor, from a pretrained state of zeros."""
    start = problem.pretrained
    changes = [{n: factor * (e[n] - t) for n, t in start.items()} for e in problem.experts]
    return with_changes(zero_start(problem), changes)


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
