"""Every registered method on every kind of state: finite in, finite out, in the given form."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.func import functional_call

from suites.merging.problem import MergingProblem
from suites.merging.repair import remeasure, union_of_inputs
from tests.methods.merging.kinds import (
    EXAMPLES,
    METHODS,
    Everything,
    call,
    problem_of,
    states_of,
    with_states,
)

each_method = pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)

KINDS = {
    "as it is": {},
    "one expert": {"experts": 1},
    "more experts than rows": {"experts": 9},
    "nothing changed": {"change": 0.0},
    "a matrix that nobody changed": {"frozen": ("linear.weight", "convolution.weight")},
    "numbers of 1e20": {"unused": 1e20},
    "numbers of 1e-20": {"unused": 1e-20},
    "changes below a rounding": {"change": 1e-9},
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@each_method
def test_what_comes_back_is_finite_and_in_the_given_form(method, kind):
    problem = problem_of(**kind)
    for state in states_of(call(method, problem)):
        assert list(state) == list(problem.experts[0])
        for name, tensor in state.items():
            first = problem.experts[0][name]
            assert (tensor.shape, tensor.dtype) == (first.shape, first.dtype), name
            assert tensor.isfinite().all(), name


@each_method
@settings(deadline=None, max_examples=10)
@given(
    experts=st.integers(1, 6),
    seed=st.integers(0, 99),
    variance=st.sampled_from([0.0, 1e-6, 1e-2, 0.3]),
    large=st.booleans(),
)
def test_no_running_variance_becomes_negative(method, experts, seed, variance, large):
    problem = problem_of(experts, seed, variance=variance)
    for name in ("scale", "share"):  # as far from the pretrained weights as tuning goes
        if large and name in (method.space or {}):
            changed = {name: max(method.space[name])}
            break
    else:
        changed = {}
    for state in states_of(call(method, problem, **changed)):
        assert (state["norm.running_var"] >= 0).all()


@pytest.fixture
def observed_apart():
    """A problem whose experts' variances of one channel are .2, .4 and .9."""
    problem = problem_of()
    own = [{n: t.clone() for n, t in expert.items()} for expert in problem.experts]
    for expert, variance in zip(own, (0.2, 0.4, 0.9), strict=True):
        expert["norm.running_var"].fill_(variance)
    return MergingProblem(
        problem.model,
        own,
        pretrained=problem.pretrained,
        calibration=problem._calibration,
        validation=problem._validation,
        test_inputs=problem._test_inputs,
        test_classes=problem._test_classes,
    )


MEASURE_ANEW = (
    *("average_repair", "activation_matching_repair", "weight_matching_repair"),
    *("straight_through_repair", "pleas"),
)
"""Methods that run the merged network to measure what training observed (suites.merging.repair)."""


@pytest.mark.parametrize(
    "method", [m for m in METHODS if m.name not in MEASURE_ANEW], ids=lambda method: method.name
)
def test_statistics_that_training_observed_are_the_experts_mean(method, observed_apart):
    # the mean of .2, .4 and .9 is .5, whatever the weights do
    for state in states_of(call(method, observed_apart)):
        assert torch.allclose(state["norm.running_var"], torch.full((4,), 0.5))


@pytest.mark.parametrize("name", MEASURE_ANEW)
def test_statistics_that_are_measured_anew_are_what_the_merged_network_sees(name, observed_apart):
    (method,) = (m for m in METHODS if m.name == name)
    inputs = union_of_inputs(observed_apart, EXAMPLES)
    for state in states_of(call(method, observed_apart)):
        seen = remeasure(observed_apart.model, state, inputs)
        for statistic in ("norm.running_mean", "norm.running_var"):
            assert torch.allclose(state[statistic], seen[statistic], atol=1e-6)


@each_method
def test_counters_and_flags_are_those_of_a_given_state(method):
    problem = problem_of()
    given_states = [problem.pretrained, *problem.experts]
    for state in states_of(call(method, problem)):
        for name in ("flags", "levels", "norm.num_batches_tracked"):
            assert any(torch.equal(state[name], other[name]) for other in given_states), name


class Tied(nn.Module):
    """An encoder and a decoder that share their weight."""

    def __init__(self):
        super().__init__()
        self.encode = nn.Linear(4, 4, bias=False)
        self.decode = nn.Linear(4, 4, bias=False)
        self.decode.weight = self.encode.weight

    def forward(self, x):
        return self.decode(self.encode(x).relu())


@each_method
def test_a_tied_weight_is_merged_once_and_tied_again_afterwards(method):
    # As the error says: one name is left out, and takes the other's tensor when all is done.
    torch.manual_seed(0)
    model = Tied()
    start = {"encode.weight": model.encode.weight.detach().clone()}
    experts = [{n: t + 0.1 * torch.randn(4, 4) for n, t in start.items()} for _ in range(3)]
    problem = with_states(model, experts, start)
    inputs = torch.randn(5, 4)
    if {"fisher", "gram", "validation", "unlabeled", "labels", "test_inputs"} & set(method.needs):
        return  # examples here are images; what matters is the state's form
    for state in states_of(call(method, problem)):
        whole = state | {"decode.weight": state["encode.weight"]}
        weight = state["encode.weight"]
        expected = (inputs @ weight.T).relu() @ weight.T
        assert torch.allclose(functional_call(model, whole, (inputs,)), expected, atol=1e-6)


def test_the_networks_state_has_every_kind():
    state = Everything().state_dict()
    assert not state["convolution.weight"].is_contiguous()
    assert {t.dim() for t in state.values()} == {0, 1, 2, 3, 4}
    assert {t.dtype for t in state.values()} == {
        torch.float32,
        torch.float64,
        torch.int64,
        torch.bool,
        torch.uint8,
    }
