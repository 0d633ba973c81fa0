"""methods.merging.regmean_pp: whose features the least squares see, block by block."""

import torch
from torch import nn

from bench.metering.budget import Budget
from bench.metering.meter import Meter
from methods.merging.regmean import regmean, solve_layer
from methods.merging.regmean_pp import regmean_pp
from suites.merging.counters import COUNTERS
from suites.merging.evaluation import Examples, logits
from suites.merging.problem import MergingProblem
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import average, flatten


class Chain(nn.Sequential):
    """x -> w_2 (w_1 x), numbers."""

    def __init__(self):
        super().__init__(nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False))


def chain_problem():
    """Two experts, w_1 = 1 and 5, w_2 = 1 and 3; inputs of size 1 and 3."""
    experts = [
        {"0.weight": torch.tensor([[a]]), "1.weight": torch.tensor([[b]])}
        for a, b in ((1.0, 1.0), (5.0, 3.0))
    ]
    inputs = [torch.tensor([[1.0], [-1.0]]), torch.tensor([[3.0], [-3.0]])]
    pools = [Examples(x, torch.tensor([0])) for x in inputs]
    return MergingProblem(Chain(), experts, calibration=pools)


def test_two_layers_by_hand():
    # First layer, G = 1 and 9: w_1 = (1*1 + 9*5) / 10 = 4.6 for both methods.
    # Second layer. RegMean, own features: G_1 = 1^2 1 = 1, G_2 = 5^2 9 = 225,
    #   w_2 = (1*1 + 225*3) / 226 = 2.9912. RegMean++, features of the merged layer: both G are
    #   4.6^2 times the first layer's: w_2 = (1*1 + 9*3) / 10 = 2.8.
    problem = chain_problem()
    own = regmean(problem, alpha=0.9, examples=2)
    merged = regmean_pp(problem, alpha=0.9, examples=2)
    assert torch.allclose(own["0.weight"], torch.tensor([[4.6]]))
    assert torch.allclose(own["1.weight"], torch.tensor([[676 / 226]]))
    assert torch.allclose(merged["0.weight"], torch.tensor([[4.6]]))
    assert torch.allclose(merged["1.weight"], torch.tensor([[2.8]]))


def test_the_first_block_is_regmeans_own():
    problem = tiny_problem()
    own, merged = (f(problem, alpha=0.9, examples=32) for f in (regmean, regmean_pp))
    assert torch.allclose(merged["embed.weight"], own["embed.weight"], atol=1e-5)
    assert not torch.allclose(merged["blocks.0.up.weight"], own["blocks.0.up.weight"], atol=1e-4)


def test_within_a_block_the_features_are_the_experts():
    # The input of `up` is made by the expert's own attention, on what the merged embedding gives.
    problem = tiny_problem()
    merged = regmean_pp(problem, alpha=1.0, examples=32)
    grams = []
    for i, expert in enumerate(problem.experts):
        mixed = {n: expert[n] if n.startswith("blocks.0.") else t for n, t in merged.items()}
        seen = []
        handle = problem.model.blocks[0].up.register_forward_pre_hook(
            lambda _module, arguments, seen=seen: seen.append(arguments[0].flatten(0, -2))
        )
        logits(problem.model, mixed, problem.unlabeled(i, 32))
        handle.remove()
        grams.append(seen[0].T @ seen[0] / len(seen[0]))
    name = "blocks.0.up.weight"
    expected = solve_layer(grams, [expert[name] for expert in problem.experts])
    assert torch.allclose(merged[name], expected, atol=1e-3)


def test_what_is_no_linear_weight_is_averaged():
    problem = tiny_problem()
    merged, mean = regmean_pp(problem, alpha=0.9, examples=8), average(problem.experts)
    linear = problem.gram(0, 8)
    others = [name for name in mean if name not in linear]
    assert others
    assert all(torch.equal(merged[name], mean[name]) for name in others)


def test_copies_of_one_expert_give_that_expert():
    given = tiny_problem(experts=1)
    copies = MergingProblem(given.model, given.experts * 3, calibration=given._calibration * 3)
    merged = regmean_pp(copies, alpha=0.9, examples=8)
    assert torch.allclose(flatten(merged), flatten(given.experts[0]), atol=1e-4)


def test_the_templates_hooks_are_taken_off():
    problem = tiny_problem()
    regmean_pp(problem, alpha=0.9, examples=8)
    assert not any(module._forward_pre_hooks for module in problem.model.modules())


def test_its_passes_are_booked_as_statistics():
    # Each block runs once for the experts' features, once merged; RegMean's pass runs it once, and
    # its products are the same: at most twice RegMean's statistics, and a pass to order the blocks.
    def statistics(merge):
        meter = Meter(Budget(limits={"flops": 1e12, "examples": 99}), COUNTERS)
        with meter, meter.phase("merge"):
            merge(tiny_problem(meter=meter), alpha=0.9, examples=32)
        return meter.flops_by["statistics"]

    once = statistics(regmean)
    assert once < statistics(regmean_pp) < 2.1 * once
