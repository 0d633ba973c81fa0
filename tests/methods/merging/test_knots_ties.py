"""methods.merging.knots_ties: merging in a basis that the experts share."""

import torch

from methods.merging.knots_ties import align, knots_ties
from methods.merging.ties import ties
from suites.merging.problem import MergingProblem

GENERATOR = torch.Generator().manual_seed(4)
CHANGES = torch.randn(3, 6, 5, generator=GENERATOR)


def problem(changes):
    start = {"m": torch.zeros(6, 5), "b": torch.zeros(2)}
    experts = [
        {"m": change, "b": torch.tensor([float(i), 1.0])} for i, change in enumerate(changes)
    ]
    return MergingProblem(torch.nn.Identity(), experts, pretrained=start)


def test_coordinates_in_the_shared_basis_give_the_changes_again():
    aligned = align(list(CHANGES), torch.zeros(6, 5))
    assert torch.allclose(aligned.basis @ aligned.coordinates, CHANGES, atol=1e-5)
    assert torch.allclose(aligned.basis.T @ aligned.basis, torch.eye(6), atol=1e-5)


def test_a_change_of_the_outputs_basis_changes_the_result_alike():
    rotation = torch.linalg.qr(torch.randn(6, 6, generator=GENERATOR)).Q
    merged = knots_ties(problem(CHANGES), keep=0.5, scale=0.6)["m"]
    rotated = knots_ties(problem(rotation @ CHANGES), keep=0.5, scale=0.6)["m"]
    assert torch.allclose(rotated, rotation @ merged, atol=1e-4)
    plain = ties(problem(CHANGES), keep=0.5, scale=0.6)["m"]
    assert not torch.allclose(
        ties(problem(rotation @ CHANGES), keep=0.5, scale=0.6)["m"], rotation @ plain, atol=1e-2
    )


def test_equal_experts_give_themselves():
    merged = knots_ties(problem([CHANGES[0]] * 3), keep=1.0, scale=1.0)
    assert torch.allclose(merged["m"], CHANGES[0], atol=1e-5)


def test_what_is_no_matrix_is_merged_as_ties_does():
    # b: 0 1, 1 1, 2 1; all kept: means over what isn't zero, 1.5 and 1
    merged = knots_ties(problem(CHANGES), keep=1.0, scale=2.0)
    assert torch.allclose(merged["b"], torch.tensor([3.0, 2.0]))


def test_experts_of_low_rank_span_a_basis_of_that_rank():
    low = torch.einsum("ka,kb->kab", CHANGES[:, :, 0], CHANGES[:, 0])
    aligned = align(list(low), torch.zeros(6, 5))
    assert aligned.basis.shape == (6, 3)
