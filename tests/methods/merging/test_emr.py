"""methods.merging.emr, against a case worked out by hand."""

import torch

from methods.merging.emr import elect, emr
from suites.merging.problem import MergingProblem


def test_two_experts_of_three_weights_by_hand():
    # theta_0 = 1.  t_1 = 2 -1 3   t_2 = 1 3 -1   sums 3 2 2: all +
    # tau = 2 3 3: the largest of each sign
    # through the masks: 2 0 3, of size 5; own size 6: c_1 = 1.2
    #                    2 3 0, of size 5; own size 5: c_2 = 1
    start = torch.ones(3)
    changes = [[2.0, -1, 3], [1, 3, -1]]
    experts = [{"w": start + torch.tensor(change)} for change in changes]
    first, second = emr(MergingProblem(torch.nn.Identity(), experts, pretrained={"w": start}))
    assert torch.allclose(first["w"], torch.tensor([1 + 2.4, 1.0, 1 + 3.6]))
    assert second["w"].tolist() == [3.0, 4.0, 1.0]


def test_a_weight_whose_sum_is_zero_elects_minus():
    # sum 0: of 1 and -1 the second agrees
    assert elect(torch.tensor([[1.0], [-1.0]])).tolist() == [[0.0], [-1.0]]


def test_one_expert_gives_itself():
    start, expert = {"w": torch.zeros(4)}, {"w": torch.tensor([1.0, -2, 0, 3])}
    (state,) = emr(MergingProblem(torch.nn.Identity(), [expert], pretrained=start))
    assert torch.equal(state["w"], expert["w"])


def test_the_size_of_each_change_is_its_expert_s():
    generator = torch.Generator().manual_seed(0)
    start = {"a": torch.randn(5, 4, generator=generator), "b": torch.randn(3, generator=generator)}
    experts = [
        {name: t + torch.randn(t.shape, generator=generator) for name, t in start.items()}
        for _ in range(4)
    ]
    states = emr(MergingProblem(torch.nn.Identity(), experts, pretrained=start))
    for state, expert in zip(states, experts, strict=True):
        size = sum((state[name] - start[name]).abs().sum() for name in start)
        own = sum((expert[name] - start[name]).abs().sum() for name in start)
        assert torch.isclose(size, own)
