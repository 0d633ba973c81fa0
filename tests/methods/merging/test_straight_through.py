"""The straight-through estimator: what it starts from, what it keeps, and its gradient."""

import torch
from torch.func import functional_call

from methods.merging.straight_through import by_descent, gradient_at, straight_through
from suites.merging.channels import read_structure
from suites.merging.permutations import match_weights
from tests.suites.merging.rebasin.planted import (
    NETWORKS,
    answers,
    planted,
    problem_of,
    random_state,
)


def test_its_first_step_is_weight_matching():
    make = NETWORKS["residual blocks with BatchNorm"]
    model = make().eval()
    first, other = random_state(model, 0), random_state(model, 1)
    groups = read_structure(model, first).groups
    problem, again = problem_of(model, [first, other]), problem_of(model, [first, other])
    found = by_descent(problem, 0.01, 1, 20)(first, other, groups)
    expected = match_weights(first, other, groups, generator=again.generator, meter=again.meter)
    assert all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))


def test_a_network_merged_with_itself_in_another_order_is_itself():
    model, state, _groups, _orders, moved = planted(NETWORKS["residual blocks with BatchNorm"])
    merged = straight_through(problem_of(model, [state, moved]), rate=0.01, steps=3, examples=20)
    torch.testing.assert_close(answers(model, merged), answers(model, state), rtol=1e-4, atol=1e-4)


def test_more_steps_keep_a_loss_that_is_no_higher():
    # On one batch of all examples, losses of different steps compare: the lowest is kept.
    make = NETWORKS["perceptron"]
    model = make().eval()
    first, other = random_state(model, 0), random_state(model, 1)

    def loss(steps):
        problem = problem_of(model, [first, other])
        merged = straight_through(problem, rate=3.0, steps=steps, examples=20)
        inputs, labels = problem.labeled(0, 20)
        return gradient_at(problem, merged, inputs, labels)[0]

    assert loss(30) < loss(1)


def test_the_gradient_is_that_of_the_loss():
    model = NETWORKS["perceptron"]().eval()
    state = random_state(model, 0)
    problem = problem_of(model, [state])
    inputs, labels = problem.labeled(0, 20)
    value, gradient = gradient_at(problem, state, inputs, labels)
    step = 1e-3
    for name in ("layers.0.weight", "layers.2.bias"):
        moved = {n: t.clone() for n, t in state.items()}
        moved[name].view(-1)[0] += step
        scores = functional_call(model, moved, (inputs,))
        slope = (float(torch.nn.functional.cross_entropy(scores, labels)) - value) / step
        assert abs(slope - float(gradient[name].view(-1)[0])) < 1e-2
