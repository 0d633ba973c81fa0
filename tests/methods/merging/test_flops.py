"""What the meter counts for each method, against the formulas of the suite's specification."""

import pytest

from bench.budget import Budget
from bench.meter import Meter
from methods.merging.average import average
from methods.merging.fisher import fisher
from methods.merging.model_stock import model_stock
from methods.merging.regmean import regmean
from methods.merging.task_arithmetic import task_arithmetic
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import count_weights

EXPERTS = 8


def merge_flops(merge):
    meter = Meter(Budget(flops=1e12, examples=10_000))
    problem = tiny_problem(experts=EXPERTS, meter=meter)
    with meter, meter.phase("merge"):
        merge(problem)
    return meter.flops_by["merge"], problem


def test_averaging_costs_k_p():
    flops, problem = merge_flops(average)
    assert flops == EXPERTS * count_weights(problem.experts[0])


def test_task_arithmetic_costs_2_k_p_and_one_pass_more_to_add_the_sum():
    flops, problem = merge_flops(lambda p: task_arithmetic(p, scale=0.3))
    assert flops == (2 * EXPERTS + 1) * count_weights(problem.experts[0])


def test_model_stock_costs_2_k_p_and_the_products_of_all_pairs():
    # 2 K P to subtract and sum, 2 K^2 P for the products; scaling the sum and the few numbers of
    # each tensor's angles come on top.
    flops, problem = merge_flops(model_stock)
    expected = (2 * EXPERTS + 2 * EXPERTS**2) * count_weights(problem.experts[0])
    assert expected < flops < 1.2 * expected


@pytest.mark.parametrize(("normalise", "passes"), [(False, 3), (True, 4)])
def test_merging_by_fisher_information_costs_3_k_p_and_k_p_for_the_norms(normalise, passes):
    flops, problem = merge_flops(lambda p: fisher(p, floor=1e-6, normalise=normalise, examples=8))
    expected = passes * EXPERTS * count_weights(problem.experts[0])
    assert expected <= flops < 1.2 * expected


def test_regmean_costs_its_products_and_its_solves():
    # 2/3 d^3 + 2 d^2 m + 2 K d^2 m for each layer of d inputs and m outputs. Scaling the Gram
    # matrices and averaging the rest come on top: little where d is large, here up to a half.
    flops, problem = merge_flops(lambda p: regmean(p, alpha=0.9, examples=8))
    expected = 0.0
    for name in problem.gram(0, 8):
        m, d = problem.experts[0][name].shape
        expected += 2 / 3 * d**3 + 2 * d**2 * m + 2 * EXPERTS * d**2 * m
    assert expected < flops < 1.5 * expected
