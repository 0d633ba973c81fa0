"""methods.merging.learned_soup: the mixture that labelled examples prefer."""

import pytest
import torch
from torch import nn

from methods.merging.learned_soup import learned_soup, mix
from suites.merging.evaluation import Examples
from suites.merging.problem import MergingProblem

DEFAULTS = {"examples": 128, "images": 64, "epochs": 5, "rate": 0.05}


def two_layers(rights=(1.0, -1.0)):
    """Experts of one linear layer: with 1 every class is chosen rightly, with -1 wrongly."""
    model = nn.Linear(2, 2, bias=False)
    experts = [{"weight": right * torch.eye(2)} for right in rights]
    examples = Examples(torch.eye(2), torch.arange(2), torch.arange(2))
    return MergingProblem(model, experts, calibration=[examples] * len(experts))


def test_a_mixture_of_two_tensors_by_hand():
    # softmax(0, ln 3) = 1/4, 3/4: of 1 and 5 it is 4; softmax(0, 0) of 2 and 4 is 3.
    experts = [{"a": torch.tensor([1.0]), "b": torch.tensor([2.0])},
               {"a": torch.tensor([5.0]), "b": torch.tensor([4.0])}]  # fmt: skip
    problem = MergingProblem(nn.Identity(), experts)
    stacked = {name: torch.stack([e[name] for e in experts]) for name in "ab"}
    raw = torch.tensor([[1.0, 3.0], [1.0, 1.0]]).log()
    assert [t.item() for t in mix(problem, stacked, raw).values()] == pytest.approx([4.0, 3.0])


def test_without_an_epoch_it_is_the_average():
    found = learned_soup(two_layers(), **(DEFAULTS | {"epochs": 0}))
    assert torch.allclose(found["weight"], torch.zeros(2, 2), atol=1e-6)


def test_the_first_step_by_hand():
    # Even shares: the weights are 0, and so is beta's slope. The loss falls as the first expert's
    # share rises, so AdamW's first step moves a by +rate and -rate: the shares become
    # softmax(.05, -.05) = .5250, .4750, and the weights (.5250 - .4750) I = .04996 I.
    found = learned_soup(two_layers(), **(DEFAULTS | {"images": 4, "epochs": 1}))
    assert torch.allclose(found["weight"], 0.04996 * torch.eye(2), atol=1e-4)


def test_the_expert_that_is_right_gets_the_larger_share():
    found = learned_soup(two_layers((1.0, -1.0, -1.0)), **(DEFAULTS | {"images": 6, "epochs": 200}))
    assert found["weight"][0, 0] > 0.9


def test_what_is_mixed_lies_between_the_experts():
    found = learned_soup(two_layers((0.5, 2.0)), **(DEFAULTS | {"images": 4, "epochs": 20}))
    assert 0.5 < found["weight"][0, 0] < 2.0
