"""methods.merging.regmean: what its least squares promise."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from methods.merging.regmean import regmean, shrink, solve_layer
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import average


def draw_layer(seed: int, experts: int = 3, inputs: int = 5, outputs: int = 4, rows: int = 20):
    generator = torch.Generator().manual_seed(seed)
    samples = [torch.randn(rows, inputs, generator=generator) for _ in range(experts)]
    weights = [torch.randn(outputs, inputs, generator=generator) for _ in range(experts)]
    return samples, weights


@settings(deadline=None)
@given(st.integers(1, 6), st.integers(0, 99))
def test_with_identity_gram_matrices_it_is_the_average(experts, seed):
    _, weights = draw_layer(seed, experts)
    merged = solve_layer([torch.eye(5)] * experts, weights)
    assert torch.allclose(merged, torch.stack(weights).mean(0), atol=1e-5)


def test_two_inputs_by_hand():
    # One output, two inputs, G_1 = diag(3, 1), G_2 = diag(1, 1), W_1 = (4, 2), W_2 = (0, 6).
    # first input:  (3*4 + 1*0) / (3 + 1) = 3      second: (1*2 + 1*6) / (1 + 1) = 4
    grams = [torch.diag(torch.tensor([3.0, 1])), torch.diag(torch.tensor([1.0, 1]))]
    merged = solve_layer(grams, [torch.tensor([[4.0, 2]]), torch.tensor([[0.0, 6]])])
    assert torch.allclose(merged, torch.tensor([[3.0, 4]]))


@settings(deadline=None)
@given(st.integers(0, 30))
def test_no_other_weights_repeat_the_experts_outputs_better(seed):
    samples, weights = draw_layer(seed)

    def error(merged):
        outputs = zip(samples, weights, strict=True)
        return sum(((x @ merged.T - x @ w.T) ** 2).sum() for x, w in outputs)

    best = solve_layer([x.T @ x for x in samples], weights)
    generator = torch.Generator().manual_seed(seed)
    for _ in range(5):
        moved = best + 0.05 * torch.randn(best.shape, generator=generator)
        assert error(best) < error(moved)


def test_an_input_that_was_never_seen_is_averaged():
    samples, weights = draw_layer(0)
    for x in samples:
        x[:, 2] = 0
    merged = solve_layer([x.T @ x for x in samples], weights)
    assert torch.allclose(merged[:, 2], torch.stack(weights).mean(0)[:, 2], atol=1e-5)


def test_shrinking_scales_all_but_the_diagonal():
    shrunk = shrink(torch.tensor([[2.0, 4], [4, 8]]), 0.5)
    assert shrunk.tolist() == [[2.0, 2.0], [2.0, 8.0]]


def test_alpha_zero_weighs_each_input_by_its_own_energy():
    # With the diagonal alone every column is a weighted mean: sum_i g_ij w_ij / sum_i g_ij.
    problem = tiny_problem()
    merged = regmean(problem, alpha=0.0, examples=32)
    grams = [problem.gram(i, 32) for i in range(len(problem.experts))]
    name = next(iter(grams[0]))
    energy = torch.stack([gram[name].diagonal() for gram in grams])
    weights = torch.stack([expert[name] for expert in problem.experts])
    expected = (energy[:, None] * weights).sum(0) / energy.sum(0)
    assert torch.allclose(merged[name], expected, atol=1e-5)


def test_what_is_no_linear_weight_is_averaged():
    problem = tiny_problem()
    merged = regmean(problem, alpha=0.9, examples=32)
    mean = average(problem.experts)
    linear = problem.gram(0, 32)
    others = [name for name in mean if name not in linear]
    assert others
    assert all(torch.equal(merged[name], mean[name]) for name in others)


@pytest.mark.parametrize("alpha", [0.1, 0.9])
def test_the_layers_order_doesnt_change_the_names_order(alpha):
    problem = tiny_problem()
    assert list(regmean(problem, alpha=alpha, examples=8)) == list(problem.experts[0])
