"""suites.merging.fine_tuning: short trainings on labelled examples."""

import torch
from torch import nn

from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.merging.counters import COUNTERS
from suites.merging.evaluation import Examples
from suites.merging.fine_tuning import fine_tune
from suites.merging.pools import cross_entropy, labelled_pool
from suites.merging.problem import MergingProblem
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import flatten


def linear_problem():
    """One expert of one linear layer, 2 inputs -> 2 outputs, and one example a class."""
    model = nn.Linear(2, 2, bias=False)
    start = {"weight": torch.zeros(2, 2)}
    examples = Examples(torch.eye(2), torch.arange(2), torch.arange(2))
    expert = {"weight": torch.ones(2, 2)}
    return MergingProblem(model, [expert], pretrained=start, calibration=[examples])


def test_a_first_step_of_adamw_by_hand():
    # Zero weights: p = 1/2 everywhere, so the slope by the weight of class c and input i is
    # (1/2 - [c = i]) / 2: negative on the diagonal. Adam's first step is the rate against the
    # slope's sign: +.1 on the diagonal, -.1 beside it.
    problem = linear_problem()
    pool = labelled_pool(problem, 2)
    found = fine_tune(problem, problem.pretrained, pool, steps=1, images=2, rate=0.1)
    expected = torch.tensor([[0.1, -0.1], [-0.1, 0.1]])
    torch.testing.assert_close(found["weight"], expected, atol=1e-6, rtol=0)


def test_decay_shrinks_the_weights_before_the_step():
    # Equal weights have the slopes of zero ones. 1 (1 - .1 .5) = .95, then + or - .1.
    problem = linear_problem()
    pool = labelled_pool(problem, 2)
    found = fine_tune(problem, problem.experts[0], pool, steps=1, images=2, rate=0.1, decay=0.5)
    expected = torch.tensor([[1.05, 0.85], [0.85, 1.05]])
    torch.testing.assert_close(found["weight"], expected, atol=1e-6, rtol=0)


def test_what_a_mask_leaves_out_is_zero_and_the_start_stays_as_it_was():
    problem = linear_problem()
    pool, start = labelled_pool(problem, 2), problem.experts[0]
    mask = torch.tensor([[True, False], [True, True]])
    found = fine_tune(problem, start, pool, steps=3, images=2, rate=0.1, masks={"weight": mask})
    assert ((found["weight"] != 0) == mask).all()
    assert torch.equal(start["weight"], torch.ones(2, 2))


def test_training_lowers_the_loss_and_is_metered():
    meter = Meter(Budget(limits={"flops": 1e12, "examples": 1000}), COUNTERS)
    problem = tiny_problem(meter=meter)
    pool = labelled_pool(problem, 32)

    @torch.no_grad()
    def loss(state):
        scores = torch.func.functional_call(problem.model, state, (pool.inputs,))
        return float(cross_entropy(scores, pool))

    with meter, meter.phase("merge"):
        found = fine_tune(problem, problem.pretrained, pool, steps=40, images=32, rate=1e-2)
    assert loss(found) < loss(problem.pretrained) - 0.1
    # Three forward passes' worth an image and step, at least: F is 2 x weights x tokens (4).
    forward = 2 * 4 * sum(t.numel() for t in problem.pretrained.values() if t.dim() == 2)
    assert meter.flops > 0.5 * 40 * 32 * 3 * forward


def test_another_seed_of_the_generator_draws_other_batches():
    def tuned(seed):
        problem = tiny_problem(generator_seed=seed)
        pool = labelled_pool(problem, 32)
        return flatten(fine_tune(problem, problem.pretrained, pool, steps=2, images=4, rate=1e-3))

    assert torch.equal(tuned(1), tuned(1))
    assert not torch.equal(tuned(1), tuned(2))
