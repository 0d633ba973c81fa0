"""What the meter counts for each method, against the formulas of the suite's specification."""

import pytest

from bench.metering.budget import Budget
from bench.metering.meter import Meter
from methods.merging.average import average
from methods.merging.fisher import fisher
from methods.merging.iso_c import iso_c
from methods.merging.mats import mats
from methods.merging.model_stock import model_stock
from methods.merging.opcm import opcm
from methods.merging.regmean import regmean
from methods.merging.task_arithmetic import task_arithmetic
from methods.merging.tsv_m import tsv_m
from suites.merging.counters import COUNTERS
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import count_weights

EXPERTS = 8


def merge_flops(merge):
    meter = Meter(Budget(limits={"flops": 1e12, "examples": 10_000}), COUNTERS)
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


@pytest.mark.parametrize("iterations", [1, 5])
def test_mats_costs_a_product_an_expert_and_a_step(iterations):
    # 2 d^2 m (K + 1 + iterations) for each layer: scipy takes one product for the first residual.
    # Its vectors cost 10 d m a product more, and the rest of the network and the start are
    # averages; all of these are little where d is large, and here below a half.
    flops, problem = merge_flops(lambda p: mats(p, start=0.3, iterations=iterations, examples=8))
    expected = 0.0
    for name in problem.gram(0, 8):
        m, d = problem.experts[0][name].shape
        expected += 2 * d**2 * m * (EXPERTS + 1 + iterations)
    assert expected < flops < 1.5 * expected


def matrix_sizes(problem):
    """(short side, long side) of each matrix."""
    return [sorted(t.shape) for t in problem.experts[0].values() if t.dim() == 2]


def test_iso_c_costs_an_eigendecomposition_and_three_products_a_matrix():
    # A A^T 2 n^2 m, its eigenvectors 9 n^3, V f(s) V^T 2 n^3 and its product with A 2 n^2 m; the
    # sum of the changes and scaling come on top.
    flops, problem = merge_flops(lambda p: iso_c(p, scale=1.0))
    expected = sum(11 * n**3 + 4 * n**2 * m for n, m in matrix_sizes(problem))
    passes = 2 * EXPERTS * count_weights(problem.experts[0])
    assert expected + passes < flops < 1.2 * (expected + passes)


def test_tsv_m_decomposes_every_experts_change_and_twice_what_is_kept():
    # For each expert A A^T, its eigenvectors, and the other side of the n / K vectors that are
    # kept; then two polar factors of n x n and n x m, and their product. Where K is above n (a
    # table of 4 positions) one vector each is kept.
    flops, problem = merge_flops(lambda p: tsv_m(p, scale=1.0))
    expected = 0.0
    for n, m in matrix_sizes(problem):
        kept = max(1, n // EXPERTS)
        width = kept * EXPERTS
        expected += EXPERTS * (2 * n**2 * m + 9 * n**3 + 2 * kept * n * m)
        for side in (n, m):
            short, long = sorted((side, width))
            expected += 11 * short**3 + 4 * short**2 * long
        expected += 2 * n * m * width
    assert expected < flops < 1.2 * expected


def test_opcm_decomposes_the_sum_once_for_every_further_expert():
    # Thin decomposition of M 4 n^2 m + 9 n^3; U^T t V^T and U diag V^T, 2 n^2 m or 2 n^3 each, and
    # the block of r <= n directions, at most as much again.
    flops, problem = merge_flops(lambda p: opcm(p, share=0.5))
    sizes = matrix_sizes(problem)
    least = (EXPERTS - 1) * sum(9 * n**3 + 8 * n**2 * m + 2 * n**3 for n, m in sizes)
    most = (EXPERTS - 1) * sum(9 * n**3 + 12 * n**2 * m + 2 * n**3 for n, m in sizes)
    passes = 10 * EXPERTS * count_weights(problem.experts[0])
    assert least < flops < most + passes
