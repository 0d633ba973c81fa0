"""methods.merging.wudi and wudi_exact: what disturbs no expert's own outputs."""

import pytest
import torch

from methods.merging.wudi import descend
from methods.merging.wudi_exact import solve


def loss(merged, changes):
    return sum(((merged - t) @ t.T).square().sum() / t.square().sum() for t in changes)


def experts(rows, columns, count=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [
        torch.randn(rows, columns, generator=generator, dtype=torch.float64) for _ in range(count)
    ]


def test_two_experts_of_one_output_by_hand():
    # A = [1 0; 0 0] + [.5 .5; .5 .5], B = 2 0 + 1 1 = 3 1, A^-1 = [1 -1; -1 3]: t = 2 0,
    # with (t - t_1) t_1^T = 0 and (t - t_2) t_2^T = (1 -1)(1 1)^T = 0
    changes = [torch.tensor([[2.0, 0]]).double(), torch.tensor([[1.0, 1]]).double()]
    assert solve(changes).tolist() == [pytest.approx([2.0, 0.0], abs=1e-9)]


def test_experts_of_different_inputs_are_added():
    first, second = torch.zeros(2, 3, 4).double()
    first[:, :2], second[:, 2:] = 1, 2
    first[0, 0], second[1, 3] = 3, 5
    assert torch.allclose(solve([first, second]), first + second)


def test_equal_experts_give_themselves():
    (change,) = experts(4, 6, count=1)
    assert torch.allclose(solve([change, change.clone()]), change)


def test_nothing_is_less_disturbing_than_the_closed_form():
    changes = experts(4, 6)
    best = solve(changes)
    lowest = loss(best, changes)
    for seed in range(5):
        near = best + 0.01 * experts(4, 6, 1, seed + 10)[0]
        assert loss(near, changes) > lowest
    assert loss(sum(changes), changes) > lowest


def test_descent_comes_near_it():
    changes = experts(4, 6)
    lowest, begin = loss(solve(changes), changes), loss(sum(changes), changes)
    reached = loss(descend(changes, 300, 0.01), changes)
    assert reached - lowest < 0.05 * (begin - lowest)


def test_its_rate_is_in_the_changes_own_size():
    changes = experts(4, 6)
    small = [1e-3 * change for change in changes]
    assert torch.allclose(descend(small, 50, 0.01), 1e-3 * descend(changes, 50, 0.01), rtol=1e-5)


@pytest.mark.parametrize("merge", [solve, lambda changes: descend(changes, 3, 0.01)])
def test_what_no_expert_changed_stays(merge):
    assert merge([torch.zeros(2, 3).double()] * 2).tolist() == torch.zeros(2, 3).tolist()
    (change,) = experts(2, 3, count=1)
    assert torch.isfinite(merge([change, torch.zeros(2, 3).double()])).all()
