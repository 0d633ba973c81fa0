"""Our merging methods that work on weight matrices as such, beside fusion-bench 0.2.33's.

Here: singular values, and what a layer's rows span. Not here: the others
(test_fusion_bench.py, test_fusion_bench_statistics.py).
"""

from __future__ import annotations

import torch

from methods.merging import knots_ties as knots
from methods.merging.iso_c import iso_c
from methods.merging.iso_cts import iso_cts
from methods.merging.knots_ties import Aligned, align, knots_ties
from methods.merging.opcm import new_part, opcm
from methods.merging.tsv_m import tsv_m
from methods.merging.wudi import wudi
from methods.merging.wudi_exact import wudi_exact
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State
from tests.crosscheck.agreement import (
    RELATIVE,
    assert_differs,
    assert_same,
    tensor_by_tensor,
    without,
)
from tests.crosscheck.comparisons import compared
from tests.crosscheck.others import fusion_bench, fusion_bench_opcm, model_pool, quiet

SPECTRAL = 2e-4
"""Relative tolerance of singular vectors: theirs are float32's, ours double precision's."""


@compared("iso_c", "fusion-bench `ISO_C_Merge`")
def test_iso_c_is_fusion_benchs(problem):
    from fusion_bench.method.isotropic_merging import ISO_C_Merge

    theirs = fusion_bench(problem, ISO_C_Merge(scaling_factor=1.0))
    assert_same(iso_c(problem, scale=1.0), theirs, problem, relative=SPECTRAL)


@compared(
    "iso_cts",
    "fusion-bench `ISO_CTS_Merge`",
    differs="fusion-bench makes every combination of directions as long as the others, ours leaves "
    "out those that may be nothing but the stored experts' rounding (in two matrices of the larger "
    "network); where none is left out, the same",
)
def test_iso_cts_is_fusion_benchs(problem, monkeypatch):
    from fusion_bench.method.isotropic_merging import ISO_CTS_Merge

    monkeypatch.setattr("suites.merging.spectral.rounding", lambda stored: 0.0)
    theirs = fusion_bench(problem, ISO_CTS_Merge(scaling_factor=1.0, common_space_fraction=0.8))
    assert_same(iso_cts(problem, scale=1.0, common=0.8), theirs, problem, relative=SPECTRAL)


@compared("tsv_m", "fusion-bench `TaskSingularVectorMerging`")
def test_tsv_m_is_fusion_benchs(problem):
    from fusion_bench.method import TaskSingularVectorMerging

    theirs = fusion_bench(problem, TaskSingularVectorMerging(alpha=1.0))
    assert_same(tsv_m(problem, scale=1.0), theirs, problem, relative=SPECTRAL)


@compared(
    "opcm",
    "fusion-bench `OPCM`",
    differs="fusion-bench's r x r block ends one short of rank r, and tensors that no leaf module "
    "owns are never merged; without such tensors and with a block of rank 1, the same",
)
def test_opcm_agrees_with_fusion_bench_once_the_block_is_empty(problem):
    # A block of rank 1 lies on the diagonal, which is removed anyway: ours of 1 is theirs of 0.
    problem = without(problem, "position")
    theirs = fusion_bench(problem, fusion_bench_opcm(0.5))
    assert_differs(opcm(problem, share=0.5), theirs, problem)
    theirs = fusion_bench(problem, fusion_bench_opcm(0.0))
    assert_same(opcm(problem, share=0.0), theirs, problem, relative=SPECTRAL)


@compared(
    "opcm",
    "fusion-bench `OPCM.merge_linear_weights`",
    differs="the block one short; with a share that gives one rank more, the same",
)
def test_one_step_of_opcm_agrees_with_fusion_bench_whose_block_ends_one_short(problem):
    algorithm = fusion_bench_opcm(0.5)
    algorithm.previous_lambda_t = algorithm.lambda_t = 1
    name = "embed.weight"
    start, first, second = (s[name] for s in (problem.pretrained, *problem.experts[:2]))
    values = torch.linalg.svdvals(first - start)
    shares = values.cumsum(0) / values.sum()
    for rank in (1, 3, len(values) // 2):
        # ours is of rank r for a share in [shares[r - 2], shares[r - 1]): here it is r + 1 by
        # the paper's rule for the share at which theirs, counting from 0, stops at r
        between = float(shares[rank - 1] + shares[rank]) / 2
        below = float(shares[rank - 2] + shares[rank - 1]) / 2 if rank > 1 else 0.0
        with quiet():
            _, merged = algorithm.merge_linear_weights(first, start, second, name, between)
        ours = new_part(second - start, first - start, below)
        theirs = merged - first
        assert torch.allclose(ours, theirs, atol=SPECTRAL * float(theirs.abs().max()))
        more = new_part(second - start, first - start, between)
        assert not torch.allclose(more, theirs, atol=SPECTRAL * float(theirs.abs().max()))


@compared(
    "opcm",
    "fusion-bench `OPCM`, tensors owned by no leaf module",
    differs="fusion-bench keeps the first expert's change of them, we add every expert's",
)
def test_fusion_benchs_opcm_skips_parameters_outside_leaf_modules(problem):
    theirs = (
        fusion_bench(problem, fusion_bench_opcm(0.5))["position"] - problem.pretrained["position"]
    )
    first = problem.experts[0]["position"] - problem.pretrained["position"]
    ours = opcm(problem, share=0.5)["position"] - problem.pretrained["position"]
    along = theirs / first
    assert float(along.std() / along.mean()) < 1e-2  # the first expert's change, rescaled
    assert float((ours / first).std()) > 0.1


@compared(
    "knots_ties",
    "fusion-bench `subspace_alignment`",
    differs="fusion-bench has the shared basis alone, no merge in it; merged in theirs as ours "
    "does, the same",
)
def test_knots_ties_in_fusion_benchs_basis_is_ours(problem, monkeypatch):
    from fusion_bench.method.knots.knots_utils import subspace_alignment

    def aligned_by_theirs(experts, start, name=""):
        changes = [expert - start for expert in experts]
        if start.dim() != 2:
            return align(experts, start, name)
        basis, values, parts = subspace_alignment(changes, eps=0.0)
        used.append(name)
        return Aligned(name, basis, torch.stack([values[:, None] * part for part in parts]))

    used: list[str] = []
    ours = knots_ties(problem, keep=0.2, scale=0.6)
    monkeypatch.setattr(knots, "align", aligned_by_theirs)
    theirs = knots_ties(problem, keep=0.2, scale=0.6)
    assert len(used) == sum(tensor.dim() == 2 for tensor in problem.pretrained.values())
    assert_same(ours, theirs, problem, relative=SPECTRAL)


def fusion_bench_wudi(problem: MergingProblem, steps: int) -> State:
    """fusion-bench's WUDI, whose rate is always 1e-5."""
    from fusion_bench.method.wudi import WUDIMerging

    return fusion_bench(problem, WUDIMerging(iter_num=steps))


@compared(
    "wudi",
    "fusion-bench `WUDIMerging`",
    differs="fusion-bench's rate is 1e-5, as the authors' is, ours .01 of the changes' root mean "
    "square; at 1e-5, the same",
)
def test_wudi_agrees_with_fusion_bench_at_its_rate(problem):
    theirs = fusion_bench_wudi(problem, 40)
    assert_differs(wudi(problem, steps=40, rate=0.01, scale=1.0), theirs, problem)

    def at_their_rate(part: MergingProblem) -> State:
        (start,) = part.pretrained.values()
        changes = torch.stack([e[name] - start for e in part.experts for name in e])
        size = float(changes.square().mean().sqrt())
        return wudi(part, steps=40, rate=1e-5 / size, scale=1.0)

    assert_same(tensor_by_tensor(problem, at_their_rate), theirs, problem)


@compared(
    "wudi_exact",
    "fusion-bench `WUDIMerging`",
    differs="fusion-bench takes steps down a loss; at ours the gradient of that loss is zero",
)
def test_the_gradient_of_fusion_benchs_wudi_is_zero_at_wudi_exact(problem, monkeypatch):
    in_their_order = model_pool(problem).load_pretrained_model().state_dict()
    matrices = [name for name, tensor in in_their_order.items() if tensor.dim() == 2]
    exact = wudi_exact(problem, scale=1.0)
    ours = [exact[name] - problem.pretrained[name] for name in matrices]
    gradients = {"sum": [], "ours": []}

    class Recorder:
        """In place of Adam: leaves the sum where it is first, then puts ours there."""

        def __init__(self, parameters, **_options):
            (self.parameter,) = parameters
            self.where = "sum"

        def zero_grad(self):
            self.parameter.grad = None

        def step(self):
            gradients[self.where].append(float(self.parameter.grad.norm()))
            if self.where == "sum":
                self.parameter.data.copy_(ours[len(gradients["ours"])])
                self.where = "ours"

    monkeypatch.setattr(torch.optim, "Adam", Recorder)
    fusion_bench_wudi(problem, 2)
    assert len(gradients["sum"]) == len(gradients["ours"]) == len(matrices)
    for at_sum, at_ours in zip(*gradients.values(), strict=True):
        assert at_ours < RELATIVE * at_sum
