"""methods.merging.smile: which low-rank expert a token goes to, and what it adds."""

import torch
from torch import nn

from methods.merging.smile import LowRankExperts, smile
from suites.merging.evaluation import logits
from suites.merging.problem import MergingProblem
from suites.merging.tiny import tiny_problem


def two_experts():
    """W_0 = 0, b_0 = 1; T_1 = 2 e_1 e_1^T, T_2 = 3 e_2 e_2^T, biases +10 and +20."""
    start = {"0.weight": torch.zeros(2, 2), "0.bias": torch.ones(2)}
    experts = [
        {"0.weight": torch.diag(torch.tensor([2.0, 0])), "0.bias": torch.tensor([11.0, 1])},
        {"0.weight": torch.diag(torch.tensor([0, 3.0])), "0.bias": torch.tensor([21.0, 1])},
    ]
    return MergingProblem(nn.Sequential(nn.Linear(2, 2)), experts, pretrained=start)


def test_a_token_goes_to_the_expert_whose_directions_it_lies_in_by_hand():
    # (4, 1): projections 4 and 1, the first: (1 + 2*4 + 10, 1) = (19, 1).
    # (1, -5): 1 and 5, the second: (1 + 20, 1 + 3*-5) = (21, -14).
    router = smile(two_experts(), gate=1, rank=1)
    found = router(torch.tensor([[4.0, 1], [1, -5]]), 0)
    assert torch.allclose(found, torch.tensor([[19.0, 1], [21, -14]]), atol=1e-5)


def test_each_token_of_an_input_chooses_for_itself():
    router = smile(two_experts(), gate=1, rank=1)
    found = router(torch.tensor([[[4.0, 1], [1, -5]]]), 0)
    assert torch.allclose(found, torch.tensor([[[19.0, 1], [21, -14]]]), atol=1e-5)


def test_a_gate_has_at_most_half_as_many_directions_as_a_layer_has_inputs():
    problem = two_experts()
    inputs = torch.tensor([[4.0, 1], [1, -5]])
    wide, narrow = (smile(problem, gate=gate, rank=1)(inputs, 0) for gate in (16, 1))
    assert torch.equal(wide, narrow)


def test_one_expert_of_full_rank_is_that_experts_linear_layers():
    problem = tiny_problem(experts=1)
    linear = {
        f"{name}.{kind}"
        for name, module in problem.model.named_modules()
        if isinstance(module, nn.Linear)
        for kind in ("weight", "bias")
    }
    expert = {n: problem.experts[0][n] if n in linear else t for n, t in problem.pretrained.items()}
    inputs = torch.randn(5, 8, 8)
    found = smile(problem, gate=4, rank=64)(inputs, 0)
    assert torch.allclose(found, logits(problem.model, expert, inputs), atol=1e-4)


def test_a_higher_rank_comes_closer_to_the_expert():
    generator = torch.Generator().manual_seed(0)
    start, own = (torch.randn(8, 8, generator=generator) for _ in range(2))
    model = nn.Sequential(nn.Linear(8, 8, bias=False))
    problem = MergingProblem(model, [{"0.weight": own}], pretrained={"0.weight": start})
    x = torch.randn(16, 8, generator=generator)
    errors = [float((smile(problem, gate=1, rank=r)(x, 0) - x @ own.T).norm()) for r in (1, 4, 8)]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 1e-4


def test_a_layer_that_nobody_changed_is_the_pretrained_one():
    given = tiny_problem()
    name = "blocks.0.up"
    experts = [
        {n: given.pretrained[n] if n.startswith(name) else t for n, t in expert.items()}
        for expert in given.experts
    ]
    problem = MergingProblem(given.model, experts, pretrained=given.pretrained)
    seen = []
    handle = problem.model.get_submodule(name).register_forward_hook(lambda *_: seen.append(1))
    smile(problem, gate=4, rank=4)(torch.randn(2, 8, 8), 0)  # a copy of the layer has its hooks
    handle.remove()
    assert seen


def test_equal_norms_choose_the_first():
    layer = LowRankExperts(
        weight=torch.zeros(1, 2),
        bias=None,
        gates=torch.eye(2)[:, None],
        down=torch.ones(2, 1, 2),
        up=torch.tensor([[[1.0]], [[5.0]]]),
        biases=None,
    )
    assert layer.choose(torch.tensor([[3.0, -3], [0, 1]])).tolist() == [0, 1]
