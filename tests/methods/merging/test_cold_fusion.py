"""methods.merging.cold_fusion: rounds of fine-tuning and averaging."""

import torch
from torch import nn

from methods.merging.cold_fusion import cold_fusion
from suites.merging.evaluation import Examples
from suites.merging.problem import MergingProblem
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import average, flatten

DEFAULTS = {"rounds": 2, "steps": 10, "images": 32, "rate": 3e-4, "examples": 256}


def contributors():
    """Two experts of one linear layer; the first has an example of class 0, the other of 1."""
    model = nn.Linear(2, 2, bias=False)
    experts = [{"weight": value * torch.ones(2, 2)} for value in (1.0, 3.0)]
    examples = [
        Examples(torch.eye(2)[c : c + 1], torch.arange(2), torch.tensor([c])) for c in range(2)
    ]
    return MergingProblem(model, experts, calibration=examples)


def test_without_a_further_round_it_is_the_average():
    problem = tiny_problem()
    found = cold_fusion(problem, **(DEFAULTS | {"rounds": 0}))
    assert torch.equal(flatten(found), flatten(average(problem.experts)))


def test_a_round_of_one_step_by_hand():
    # The average is 2 everywhere. Contributor 0 has input (1, 0) of class 0: its slope is -1/2 by
    # weight (0, 0), +1/2 by (1, 0), and 0 by the second column, so AdamW's first step is +.1 and
    # -.1 there. Contributor 1 likewise in the second column. Their mean moves by half of each.
    changed = {"rounds": 1, "steps": 1, "rate": 0.1}
    found = cold_fusion(contributors(), **(DEFAULTS | changed))
    expected = torch.tensor([[2.05, 1.95], [1.95, 2.05]])
    torch.testing.assert_close(found["weight"], expected, atol=1e-6, rtol=0)


def test_a_round_more_starts_from_the_last_ones_fusion():
    # The second round's first step is as long as the first's: another .05.
    changed = {"rounds": 2, "steps": 1, "rate": 0.1}
    found = cold_fusion(contributors(), **(DEFAULTS | changed))
    expected = torch.tensor([[2.1, 1.9], [1.9, 2.1]])
    torch.testing.assert_close(found["weight"], expected, atol=1e-6, rtol=0)
