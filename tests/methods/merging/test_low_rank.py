"""Singular-value methods on experts whose changes have a low rank, as adapters' products do.

The experts are stored in single precision, so that each change comes back with rounding errors of
full rank. What a method adds must lie where the experts' exact changes do: in the span of their
columns and in that of their rows.
"""

import ast
import math

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from suites.merging.problem import MergingProblem
from tests.methods.merging.kinds import METHODS, call

SPECTRAL = [
    method
    for method in METHODS
    if any(
        isinstance(node, ast.ImportFrom)
        and node.module == "suites.merging.spectral"
        and {"thin_svd", "polar", "whiten"} & {alias.name for alias in node.names}
        for node in ast.walk(ast.parse(method.path.read_text()))
    )
    and "elect_and_average" not in method.path.read_text()
    and method.track == "single"
]
"""All registered methods that decompose matrices, and then keep or drop whole directions: what
elects entry by entry leaves the span that the directions have, and a router has no matrix."""


EVERY_DIRECTION = {"eta": 1.0, "times": 99.0}
"""Values of hyperparameters that say how many directions a method leaves out, at which none is."""


def merge(method, problem):
    """What the method makes of the matrix, with none of its directions left out."""
    whole = {n: value for n, value in EVERY_DIRECTION.items() if n in (method.params or {})}
    return call(method, problem, **whole)["w"]


each_method = pytest.mark.parametrize("method", SPECTRAL, ids=lambda method: method.name)


def stored_experts(experts, rank, shape, seed, share, alike=False):
    """A problem of one matrix, and the experts' exact changes.

    Args:
        share: size of the changes as a share of the pretrained numbers'.
        alike: all changes lie in one span of that rank.
    """
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    start = 0.1 * draw(*shape).float()
    left, right = draw(shape[0], rank), draw(rank, shape[1])
    exact = []
    for _ in range(experts):
        if not alike:
            left, right = draw(shape[0], rank), draw(rank, shape[1])
        exact.append(share * 0.1 / math.sqrt(rank) * left @ draw(rank, rank) @ right)
    states = [{"w": (start.double() + change).float()} for change in exact]
    return MergingProblem(torch.nn.Identity(), states, pretrained={"w": start}), exact


def outside(merged, start, exact):
    """The share of the merged change's norm that lies outside the span of the exact ones."""
    change = merged.double() - start.double()
    columns = basis(torch.cat(exact, 1))
    rows = basis(torch.cat(exact).T)
    inside = columns @ (columns.T @ change @ rows) @ rows.T
    return float((change - inside).norm() / change.norm())


def basis(matrix):
    """An orthonormal basis of a matrix's columns."""
    u, s, _ = torch.linalg.svd(matrix, full_matrices=False)
    return u[:, s > 1e-9 * s[0]]


def test_the_methods_that_decompose_are_found():
    assert {"iso_c", "iso_cts", "tsv_m", "opcm"} <= {method.name for method in SPECTRAL}


@each_method
@settings(deadline=None, max_examples=25)
@given(
    experts=st.integers(1, 8),
    rank=st.integers(1, 4),
    shape=st.sampled_from([(24, 24), (32, 20), (20, 32)]),
    seed=st.integers(0, 999),
    share=st.sampled_from([1e-4, 1e-3, 1e-2, 0.1, 1.0]),
    alike=st.booleans(),
)
def test_the_merged_change_lies_where_the_experts_changes_do(
    method, experts, rank, shape, seed, share, alike
):
    problem, exact = stored_experts(experts, rank, shape, seed, share, alike)
    smallest = min(float(torch.linalg.svdvals(change)[rank - 1]) for change in exact)
    errors = max(
        float(torch.linalg.matrix_norm(expert["w"].double() - start - change, 2))
        for expert, change in zip(problem.experts, exact, strict=True)
        for start in [problem.pretrained["w"].double()]
    )
    assume(smallest > 100 * errors)  # else the stored experts themselves lie elsewhere
    merged = merge(method, problem)
    assume(not torch.equal(merged, problem.pretrained["w"]))
    # A direction whose singular value is just above the bound may lie a tenth beside itself.
    assert outside(merged, problem.pretrained["w"], exact) < 0.2


@each_method
def test_changes_far_above_the_rounding_lose_nothing_of_their_own(method):
    problem, exact = stored_experts(4, 2, (24, 24), 0, share=0.1)
    merged = merge(method, problem)
    assert outside(merged, problem.pretrained["w"], exact) < 1e-4
    change = merged.double() - problem.pretrained["w"].double()
    values = torch.linalg.svdvals(change)
    assert int((values > 1e-3 * values[0]).sum()) == 8  # 4 experts of rank 2, each its own
