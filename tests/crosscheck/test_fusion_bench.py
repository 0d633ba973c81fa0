"""Our merging methods beside fusion-bench 0.2.33: equal, or different in the way that is named.

Not here: those that work on matrices as such (test_fusion_bench_matrices.py), and those that take
statistics of examples (test_fusion_bench_statistics.py).
"""

from __future__ import annotations

import pytest
import torch

from methods.merging.average import average
from methods.merging.consensus import consensus
from methods.merging.dare import dare
from methods.merging.dare_ties import dare_ties
from methods.merging.emr import emr
from methods.merging.model_stock import interpolation_ratio, model_stock
from methods.merging.slerp import slerp
from methods.merging.tall_masks import tall_masks
from methods.merging.task_arithmetic import task_arithmetic
from methods.merging.ties import ties
from suites.merging.problem import MergingProblem
from suites.merging.task_vectors import sum_task_vectors
from suites.merging.vectors import State, count_weights, flatten
from tests.crosscheck.agreement import (
    RELATIVE,
    assert_differs,
    assert_same,
    change,
    distance,
    first_experts,
    with_changes,
)
from tests.crosscheck.comparisons import compared
from tests.crosscheck.others import fusion_bench, model_pool, quiet


@compared("average", "fusion-bench `SimpleAverageAlgorithm`")
def test_the_average_is_fusion_benchs(problem):
    from fusion_bench.method import SimpleAverageAlgorithm

    theirs = fusion_bench(problem, SimpleAverageAlgorithm())
    assert_same(average(problem), theirs, problem)


@compared("task_arithmetic", "fusion-bench `TaskArithmeticAlgorithm`")
def test_task_arithmetic_is_fusion_benchs(problem):
    from fusion_bench.method import TaskArithmeticAlgorithm

    theirs = fusion_bench(problem, TaskArithmeticAlgorithm(scaling_factor=0.3))
    assert_same(task_arithmetic(problem, scale=0.3), theirs, problem)


def one_more(problem, keep):
    """fusion-bench keeps the whole part of `keep` times the weights, and one more."""
    weights = count_weights(problem.pretrained)
    return (int(keep * weights) + 1) / weights


@compared(
    "ties",
    "fusion-bench `TiesMergingAlgorithm`, `merge_func` mean",
    differs="fusion-bench keeps one entry more of each expert; keeping that many, the same",
)
def test_ties_agrees_with_fusion_bench_once_it_keeps_one_entry_more(problem):
    from fusion_bench.method import TiesMergingAlgorithm

    options = {"threshold": 0.2, "remove_keys": [], "merge_func": "mean"}
    theirs = fusion_bench(problem, TiesMergingAlgorithm(scaling_factor=0.7, **options))
    assert_differs(ties(problem, keep=0.2, scale=0.7), theirs, problem)
    assert_same(ties(problem, keep=one_more(problem, 0.2), scale=0.7), theirs, problem)


@compared("dare", "fusion-bench `DareTaskArithmetic`")
def test_dare_is_fusion_benchs_where_both_draw_from_the_same_seed(problem):
    from fusion_bench.method import DareTaskArithmetic

    torch.manual_seed(7)
    problem.generator.manual_seed(7)
    options = {"sparsity_ratio": 0.9, "only_on_linear_weights": False}
    theirs = fusion_bench(problem, DareTaskArithmetic(scaling_factor=0.3, **options))
    assert_same(dare(problem, drop=0.9, scale=0.3), theirs, problem)


@compared(
    "dare_ties",
    "fusion-bench `DareTiesMerging`, `merge_func` mean",
    differs="one entry more in trimming, as in TIES; keeping that many, the same",
)
def test_dare_ties_is_fusion_benchs_where_both_draw_from_the_same_seed(problem):
    # Of 40% that survive, 20% are kept: trimming matters.
    from fusion_bench.method.dare import DareTiesMerging

    torch.manual_seed(7)
    options = {"sparsity_ratio": 0.6, "only_on_linear_weights": False, "rescale": True}
    trimming = {"threshold": 0.2, "remove_keys": [], "merge_func": "mean"}
    theirs = fusion_bench(problem, DareTiesMerging(scaling_factor=0.5, **options, **trimming))
    problem.generator.manual_seed(7)
    assert_differs(dare_ties(problem, drop=0.6, keep=0.2, scale=0.5), theirs, problem)
    problem.generator.manual_seed(7)
    ours = dare_ties(problem, drop=0.6, keep=one_more(problem, 0.2), scale=0.5)
    assert_same(ours, theirs, problem)


@compared("model_stock", "fusion-bench `ModelStock`, two experts")
def test_model_stock_of_two_experts_is_fusion_benchs(problem):
    from fusion_bench.method.model_stock import ModelStock

    two = first_experts(with_shared_changes(problem), 2)
    assert_same(model_stock(two), fusion_bench(two, ModelStock()), two)


@compared(
    "model_stock",
    "fusion-bench `ModelStock`, more experts",
    differs="fusion-bench averages the angles of all pairs, we their cosines; "
    "with the mean angle in every pair, the same",
)
def test_model_stock_of_three_experts_agrees_with_fusion_bench_at_the_mean_angle(problem):
    from fusion_bench.method.model_stock import ModelStock

    three = first_experts(with_shared_changes(problem), 3)
    theirs = fusion_bench(three, ModelStock())
    assert_differs(model_stock(three), theirs, three)
    assert_same(at_the_mean_angle(three), theirs, three)


def with_shared_changes(problem: MergingProblem) -> MergingProblem:
    """Experts that have part of the first one's change in common, each in its own measure."""
    start, measures = problem.pretrained, (0.0, 3.0, 0.3, -0.3, 1.0)
    first = {name: problem.experts[0][name] - tensor for name, tensor in start.items()}
    changes = [
        {name: expert[name] - start[name] + much * first[name] for name in start}
        for expert, much in zip(problem.experts, measures, strict=False)
    ]
    return with_changes(problem, changes)


def at_the_mean_angle(problem: MergingProblem) -> State:
    """Model Stock with our ratio, every pair of changes at the mean of the pairs' angles."""
    count, merged = len(problem.experts), {}
    for name, start in problem.pretrained.items():
        changes = torch.stack([(e[name] - start).reshape(-1) for e in problem.experts]).double()
        units = changes / changes.norm(dim=1, keepdim=True)
        angles = (units @ units.T).clamp(-1, 1).acos()
        mean = (angles.sum() - angles.trace()) / (count * (count - 1))
        ratio = interpolation_ratio(torch.full((count, count), mean.cos()).fill_diagonal_(1.0))
        merged[name] = start + (ratio * changes.mean(0)).view_as(start).float()
    return merged


@compared("slerp", "fusion-bench `SlerpMergeAlgorithm`, two experts")
def test_slerp_of_two_experts_is_fusion_benchs(problem):
    from fusion_bench.method import SlerpMergeAlgorithm

    two = first_experts(problem, 2)
    pair = MergingProblem(two.model, two.experts[1:], pretrained=two.experts[0])
    assert_same(slerp(two), fusion_bench(pair, SlerpMergeAlgorithm(t=0.5)), two)


@compared(
    "tall_masks",
    "fusion-bench `TallMaskTaskArithmeticAlgorithm` and its `generate_task_masks`",
    differs="fusion-bench's algorithm stops with a TypeError, and would hold theta_0 - t_i "
    "against the threshold where t_i is meant; with zeros for theta_0, the same",
)
def test_tall_masks_agree_with_fusion_bench_once_its_masks_start_from_zero(problem):
    from fusion_bench.method import TallMaskTaskArithmeticAlgorithm
    from fusion_bench.method.tall_mask.task_arithmetic import generate_task_masks

    with pytest.raises(TypeError, match="expected Parameter, got Tensor"):
        fusion_bench(problem, TallMaskTaskArithmeticAlgorithm(tall_mask_lambda=0.4))
    start, total = problem.pretrained, sum_task_vectors(problem)
    zeros = {name: torch.zeros_like(tensor) for name, tensor in start.items()}

    def through_mask(vector: State, theta_0: State) -> State:
        with quiet():
            mask = generate_task_masks(total, vector, theta_0, tall_mask_lambda=0.4)
        return {name: start[name] + mask[name] * total[name] for name in start}

    ours = tall_masks(problem, threshold=0.4)
    for state, expert in zip(ours, problem.experts, strict=True):
        vector = {name: expert[name] - start[name] for name in start}
        assert_differs(state, through_mask(vector, start), problem)  # as their algorithm calls it
        assert_same(state, through_mask(vector, zeros), problem)


@compared(
    "consensus",
    "fusion-bench `construct_consensus_mask`",
    differs="fusion-bench has no merging algorithm for it, only the count of masks, read from a "
    "file; given our TALL-masks it counts the same",
)
def test_consensus_keeps_what_fusion_bench_counts_in_two_masks(problem, monkeypatch):
    from fusion_bench.method.tall_mask import utils
    from fusion_bench.utils import vector_to_state_dict

    start, total = problem.pretrained, sum_task_vectors(problem)
    masks = {
        str(i): {name: state[name] != start[name] for name in start}
        for i, state in enumerate(tall_masks(problem, threshold=0.4))
    }
    monkeypatch.setattr(utils, "load_tall_mask", lambda *arguments: masks)
    with quiet():
        kept = utils.construct_consensus_mask(start, 2, config=None)
    keep = vector_to_state_dict(kept, {n: torch.zeros_like(t) for n, t in start.items()})
    theirs = {name: start[name] + 0.3 * total[name] * keep[name] for name in start}
    ours = consensus(problem, threshold=0.4, agree=2, scale=0.3)
    assert_same(ours, theirs, problem)
    assert 0.05 < float((change(ours, problem) == 0).float().mean()) < 0.95


@compared(
    "emr",
    "fusion-bench `EMRMerging`",
    differs="fusion-bench takes each expert's scale from sums over tensors of their means, as the "
    "authors' code does, we from sums over all weights; of a model that is one tensor, the same",
)
def test_emr_agrees_with_fusion_bench_where_a_model_is_one_tensor(problem):
    mixed = with_changes_of_unlike_sizes(problem)
    pairs = zip(emr(mixed), fusion_bench_emr(mixed), strict=True)
    assert max(distance(ours, theirs, mixed) for ours, theirs in pairs) > 100 * RELATIVE
    joined = MergingProblem(
        mixed.model,
        [{"all": flatten(expert)} for expert in mixed.experts],
        pretrained={"all": flatten(mixed.pretrained)},
    )
    for ours, theirs in zip(emr(joined), fusion_bench_emr(joined), strict=True):
        assert_same(ours, theirs, joined)


def fusion_bench_emr(problem: MergingProblem) -> list[State]:
    """One state an expert, as fusion-bench's modulators make them of its unified vector."""
    from fusion_bench.method.emr_merging import EMRMerging

    with quiet():
        merged = EMRMerging().run(model_pool(problem))
        states = []
        for modulator in merged.modulators.values():
            modulator.apply(merged)
            states.append({n: t.detach().clone() for n, t in merged.backbone.state_dict().items()})
            modulator.remove(merged)
    return states


def with_changes_of_unlike_sizes(problem: MergingProblem) -> MergingProblem:
    """Expert i's changes of vectors are i + 1 times as large: a mean over tensors sees that."""
    start = problem.pretrained
    changes = [
        {n: (e[n] - t) * (i + 1 if t.dim() == 1 else 1) for n, t in start.items()}
        for i, e in enumerate(problem.experts)
    ]
    return with_changes(problem, changes)
