"""suites.merging.routed: networks whose weights depend on the input."""

import torch
from torch import nn
from torch.func import functional_call

from suites.merging.evaluation import logits
from suites.merging.routed import chosen_scores, mixed, stacked_changes, with_modules
from suites.merging.tiny import tiny_problem
from tests.methods.merging.kinds import problem_of


class Doubled(nn.Module):
    """A layer that answers twice what another does."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return 2 * self.layer(x)


def test_a_module_is_replaced_in_a_copy():
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    x, state = torch.randn(3, 2), {n: 3 * p.detach() for n, p in model.named_parameters()}
    network = with_modules(model, state, {"0": Doubled(model[0])})
    assert torch.equal(network(x), (2 * model[0](x)).relu())  # its own weights, not the state's
    assert isinstance(model[0], nn.Linear)
    assert torch.equal(with_modules(model, state, {})(x), functional_call(model, state, (x,)))


def test_each_input_goes_through_the_state_that_was_chosen_for_it():
    problem = tiny_problem()
    inputs = problem.test_inputs(0)[:6]
    chosen = torch.tensor([2, 0, 0, 2, 0, 2])  # nobody chooses the second
    found = chosen_scores(problem.model, problem.experts, chosen, inputs)
    for i, expert in enumerate(chosen.tolist()):
        alone = logits(problem.model, problem.experts[expert], inputs[i : i + 1])[0]
        assert torch.allclose(found[i], alone, atol=1e-5)


def test_two_inputs_with_weights_of_their_own_by_hand():
    # start = 1, changes 10 and 100. Input 1 with weights (1, 0): 11; input 2 with (.5, .5): 56*2.
    layer = nn.Linear(1, 1, bias=False)
    weights = torch.tensor([[1.0, 0.0], [0.5, 0.5]])
    changes = {"weight": torch.tensor([[[10.0]], [[100.0]]])}
    start = {"weight": torch.ones(1, 1)}
    found = mixed(layer, start, changes, weights, torch.tensor([[1.0], [2.0]]))
    assert found.tolist() == [[11.0], [112.0]]


def test_a_network_of_every_kind_of_tensor_has_weights_of_its_own_for_each_input():
    problem = problem_of()
    names = [n for n, p in problem.model.named_parameters() if p.numel()]
    changes = stacked_changes(problem.experts, problem.pretrained, names)
    inputs = problem.unlabeled(0, 3)
    found = mixed(problem.model, problem.pretrained, changes, torch.eye(3), inputs)
    for i, expert in enumerate(problem.experts):
        alone = functional_call(problem.model, expert, (inputs[i : i + 1],))[0]
        assert torch.allclose(found[i], alone, atol=1e-5)
