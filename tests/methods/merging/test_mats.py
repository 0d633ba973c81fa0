"""methods.merging.mats: conjugate gradients on the experts' least squares."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.metering.budget import Budget
from bench.metering.meter import BudgetExceeded, Meter
from methods.merging.mats import conjugate_gradients, layer_system, mats
from methods.merging.regmean import regmean, solve_layer
from methods.merging.task_arithmetic import task_arithmetic
from suites.merging.counters import COUNTERS
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import average


def meter():
    return Meter(Budget()).handle()


def draw_layer(seed, experts=3, inputs=6, outputs=4, rows=40):
    generator = torch.Generator().manual_seed(seed)
    samples = [torch.randn(rows, inputs, generator=generator) for _ in range(experts)]
    weights = [torch.randn(outputs, inputs, generator=generator) for _ in range(experts)]
    start = torch.randn(inputs, outputs, generator=generator)
    return [x.T @ x / rows for x in samples], weights, start


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 99))
def test_run_to_convergence_on_nonsingular_gram_matrices_it_is_regmean(seed):
    grams, weights, start = draw_layer(seed)
    system = layer_system(grams, weights)
    found = conjugate_gradients(*system, start, 500, meter(), tolerance=1e-12)
    assert torch.allclose(found.T.float(), solve_layer(grams, weights), atol=1e-5)


def test_in_a_network_it_comes_to_regmean_with_alpha_one():
    problem = tiny_problem(examples=256)
    merged = mats(problem, start=0.3, iterations=2000, examples=256)
    exact = regmean(problem, alpha=1.0, examples=256)
    for name in problem.gram(0, 256):
        assert (merged[name] - exact[name]).norm() < 0.02 * exact[name].norm()


def test_one_step_by_hand():
    # G = diag(2, 1), right = (2, 1): the answer is (1, 1). From 0: residual (2, 1), G r = (4, 1),
    # step |r|^2 / r.Gr = 5 / 9, so W = (10/9, 5/9).
    matrix, right = torch.diag(torch.tensor([2.0, 1])).double(), torch.tensor([[2.0], [1]]).double()
    found = conjugate_gradients(matrix, right, torch.zeros(2, 1), 1, meter())
    assert torch.allclose(found, torch.tensor([[10 / 9], [5 / 9]], dtype=torch.float64))


def test_every_step_brings_it_nearer_in_the_norm_of_the_system():
    grams, weights, start = draw_layer(3)
    total, right = layer_system(grams, weights)
    answer = torch.linalg.solve(total, right)
    errors = []
    for steps in range(1, 6):
        gap = conjugate_gradients(total, right, start, steps, meter(), tolerance=0.0) - answer
        errors.append(float((gap * (total @ gap)).sum()))
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < errors[0]


def test_an_input_that_was_never_seen_keeps_its_start():
    grams, weights, start = draw_layer(0)
    for gram in grams:
        gram[2], gram[:, 2] = 0, 0
    found = conjugate_gradients(*layer_system(grams, weights), start, 50, meter())
    assert torch.equal(found[2].float(), start[2])


def test_it_starts_from_task_arithmetic():
    # One step moves each layer towards RegMean, but not far from where it starts.
    problem = tiny_problem()
    merged = mats(problem, start=0.7, iterations=1, examples=32)
    near, far = task_arithmetic(problem, scale=0.7), task_arithmetic(problem, scale=0.1)
    names = list(problem.gram(0, 32))
    assert sum((merged[n] - near[n]).norm() for n in names) < sum(
        (merged[n] - far[n]).norm() for n in names
    )


def test_what_is_no_linear_weight_is_averaged():
    problem = tiny_problem()
    merged, mean = mats(problem, start=0.3, iterations=10, examples=32), average(problem.experts)
    others = [name for name in mean if name not in problem.gram(0, 32)]
    assert others
    assert all(torch.equal(merged[name], mean[name]) for name in others)
    assert list(merged) == list(problem.experts[0])


@pytest.mark.parametrize("share", [0.2, 0.6])
def test_it_stops_at_its_budget_in_the_middle_of_a_solve(share):
    def merge(**limits):
        found = Meter(Budget(limits), COUNTERS)
        problem = tiny_problem(meter=found)
        with found, found.phase("merge"):
            mats(problem, start=0.3, iterations=100, examples=32)
        return found.flops_by

    spent = merge()
    with pytest.raises(BudgetExceeded):
        merge(flops=spent["statistics"] + share * spent["merge"])
