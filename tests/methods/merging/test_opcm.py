"""methods.merging.opcm: what is new of each expert, at the experts' mean norm."""

import pytest
import torch

from methods.merging.opcm import new_part, opcm
from suites.merging.problem import MergingProblem
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import flatten

SHAPES = [(6, 6), (9, 5), (5, 9)]


def draw(shape, seed):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def problem_of(changes):
    start = {"w": torch.ones_like(changes[0])}
    experts = [{"w": start["w"] + change} for change in changes]
    return MergingProblem(torch.nn.Identity(), experts, pretrained=start)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_it_is_the_papers_projection_with_full_bases(shape, share):
    merged, change = draw(shape, 0).double(), draw(shape, 1).double()
    u, s, vh = torch.linalg.svd(merged, full_matrices=True)
    rank = next(r for r in range(1, len(s) + 1) if s[:r].sum() / s.sum() > share)
    inside = u.T @ change @ vh.T
    inside.diagonal().zero_()
    inside[:rank, :rank] = 0
    assert torch.allclose(new_part(change, merged, share), u @ inside @ vh, atol=1e-6)


def test_two_by_two_by_hand():
    # M = diag(3, 1): U = V = I, shares 3/4 > 0.5, so r = 1; P = t without its diagonal.
    merged, change = torch.diag(torch.tensor([3.0, 1])), torch.tensor([[5.0, 2], [4, 7]])
    assert torch.allclose(new_part(change, merged, 0.5), torch.tensor([[0.0, 2], [4, 0]]))


def test_a_share_that_takes_in_all_directions_leaves_nothing_of_a_square_matrix():
    # M = diag(3, 1), share 0.8: 3/4 isn't above it, so r = 2 and the block is the whole of P.
    merged, change = torch.diag(torch.tensor([3.0, 1])), torch.tensor([[5.0, 2], [4, 7]])
    assert torch.allclose(new_part(change, merged, 0.8), torch.zeros(2, 2), atol=1e-6)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_added_is_orthogonal_to_what_is_there(shape):
    merged, change = draw(shape, 0), draw(shape, 1)
    added = new_part(change, merged, 0.5)
    assert abs(float((added * merged).sum())) < 1e-5 * float(added.norm() * merged.norm())


@pytest.mark.parametrize("experts", [1, 2, 5])
def test_the_norm_of_the_change_is_the_mean_of_the_experts(experts):
    problem = tiny_problem(experts=experts)
    start = flatten(problem.pretrained)
    norms = [(flatten(expert) - start).norm() for expert in problem.experts]
    moved = (flatten(opcm(problem, share=0.5)) - start).norm()
    assert torch.isclose(moved, torch.stack(norms).mean(), rtol=1e-5)


def test_one_expert_comes_back_whole():
    problem = tiny_problem(experts=1)
    merged = opcm(problem, share=0.5)
    assert torch.allclose(flatten(merged), flatten(problem.experts[0]), atol=1e-6)


def test_copies_of_one_expert_add_nothing_new():
    change = draw((5, 7), 0)
    merged = opcm(problem_of([change] * 4), share=0.5)
    assert torch.allclose(merged["w"], 1 + change, atol=1e-5)


def test_scaling_once_at_the_end_is_scaling_after_every_expert():
    changes = [draw((6, 4), seed) * (1 + seed) for seed in range(4)]
    merged, scale, norms = changes[0], torch.tensor(1.0), [changes[0].norm()]
    for change in changes[1:]:  # as the paper tells it, with lambda_t at every step
        norms.append(change.norm())
        total = scale * merged + new_part(change, merged, 0.5)
        scale = total.norm() / torch.stack(norms).mean()
        merged = total / scale
    assert torch.allclose(opcm(problem_of(changes), share=0.5)["w"], 1 + merged, atol=1e-5)


def test_the_order_of_the_experts_matters():
    changes = [draw((6, 6), seed) for seed in range(3)]
    one = opcm(problem_of(changes), share=0.5)
    other = opcm(problem_of(changes[::-1]), share=0.5)
    assert not torch.allclose(one["w"], other["w"], atol=1e-2)


def test_experts_that_changed_nothing_give_the_pretrained_model():
    merged = opcm(problem_of([torch.zeros(3, 2)] * 2), share=0.5)
    assert torch.equal(merged["w"], torch.ones(3, 2))
