"""methods.merging.ties, against cases worked out by hand."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from methods.merging import ties as module
from methods.merging.ties import pieces_of, ties, trim
from suites.merging.problem import MergingProblem
from suites.merging.task_vectors import stack_task_vectors


def elect_and_average(changes):
    return module.elect_and_average(pieces_of(changes), torch.empty_like(changes[0]))


def test_three_experts_of_five_weights_by_hand():
    # theta_0 = 1 everywhere. Task vectors, keep 40% of 5 = the 2 largest of each (in brackets):
    #   t_1 = [ 4]   1  [-3]   0   2
    #   t_2 = [ 2] [-5]  -1    0   1
    #   t_3 =  -1   [3] [-4]   0   0
    # sums    6   -2   -7   0   0
    # sign    +    -    -   and where the sum is 0 the majority of (+ - -): -
    # agree   4,2  -5   -3,-4  none  none (trimmed away)
    # mean    3    -5   -3.5   0   0
    # theta = 1 + 0.5 * mean = 2.5, -1.5, -0.75, 1, 1
    start = torch.ones(5)
    changes = [[4.0, 1, -3, 0, 2], [2, -5, -1, 0, 1], [-1, 3, -4, 0, 0]]
    experts = [{"w": start + torch.tensor(change)} for change in changes]
    problem = MergingProblem(torch.nn.Identity(), experts, pretrained={"w": start})
    merged = ties(problem, keep=0.4, scale=0.5)
    assert merged["w"].tolist() == [2.5, -1.5, -0.75, 1.0, 1.0]


def test_a_weight_whose_sum_is_zero_takes_the_sign_that_most_weights_elected():
    # sums 2, 3, 0: two weights elect +, so the third does: of 5 and -5 only 5 agrees.
    changes = torch.tensor([[1.0, 1, 5], [1, 2, -5]])
    assert elect_and_average(changes).tolist() == [1.0, 1.5, 5.0]


def test_the_mean_counts_agreeing_entries_only():
    # sum 3 + 1 - 2 + 0 = 2, so +: the mean of 3 and 1 is 2, over neither -2 nor 0.
    changes = torch.tensor([[3.0], [1], [-2], [0]])
    assert elect_and_average(changes).tolist() == [2.0]


@settings(deadline=None)
@given(st.integers(1, 40), st.floats(0, 1), st.integers(0, 99))
def test_trimming_keeps_the_largest_share_of_every_row(weights, keep, seed):
    changes = torch.randn(3, weights, generator=torch.Generator().manual_seed(seed))
    trimmed = trim(changes.clone(), keep)
    kept = max(1, round(keep * weights))
    for before, after in zip(changes, trimmed, strict=True):
        largest = before.abs().topk(kept).indices
        assert sorted(after.nonzero().flatten().tolist()) == sorted(largest.tolist())
        assert torch.equal(after[largest], before[largest])


def test_trimming_looks_at_the_whole_vector_not_at_each_tensor():
    # Two tensors of 2 weights; the 2 largest of 4 both stand in the second one.
    start = {"a": torch.zeros(2), "b": torch.zeros(2)}
    expert = {"a": torch.tensor([1.0, 2.0]), "b": torch.tensor([3.0, 4.0])}
    merged = ties(
        MergingProblem(torch.nn.Identity(), [expert], pretrained=start), keep=0.5, scale=1.0
    )
    assert merged["a"].tolist() == [0.0, 0.0]
    assert merged["b"].tolist() == [3.0, 4.0]


@pytest.mark.parametrize("keep", [0.1, 0.5, 1.0])
def test_one_expert_alone_keeps_its_trimmed_changes(keep):
    changes = torch.randn(1, 50, generator=torch.Generator().manual_seed(1))
    trimmed = trim(changes.clone(), keep)
    assert torch.equal(elect_and_average(trimmed), trimmed[0])


def test_pieces_give_the_digits_of_the_whole(monkeypatch):
    generator = torch.Generator().manual_seed(2)
    start = {
        "a": torch.randn(30, 7, generator=generator),
        "b": torch.randn(11, generator=generator),
    }
    experts = [
        {name: t + torch.randn(t.shape, generator=generator) for name, t in start.items()}
        for _ in range(5)
    ]
    problem = MergingProblem(torch.nn.Identity(), experts, pretrained=start)
    whole = elect_and_average(trim(stack_task_vectors(problem), 0.3))
    monkeypatch.setattr("suites.merging.task_vectors.PIECE", 16)
    assert torch.equal(module.merge_trimmed(problem, 0.3), whole)
