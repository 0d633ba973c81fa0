"""methods.merging.smear: whose weights a block runs on, and that its routers learn to say so."""

import torch
from torch import nn
from torch.func import functional_call

from methods.merging.smear import AveragedBlock, smear
from suites.merging.evaluation import Examples, logits
from suites.merging.problem import MergingProblem
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import average

SETTINGS = {"rate": 1e-2, "steps": 5, "images": 16, "examples": 32}


def test_a_block_runs_on_the_weights_that_its_router_averages_by_hand():
    # W_1 = 1, W_2 = 5. R = 0 and r = (log 3, 0): p = 3/4, 1/4, W = 2. Inputs 1 and 10: 2 and 20.
    experts = [{"0.weight": torch.tensor([[w]])} for w in (1.0, 5.0)]
    problem = MergingProblem(nn.Sequential(nn.Linear(1, 1, bias=False)), experts)
    block = AveragedBlock(problem, average(experts), "0", torch.ones(1, 1))
    with torch.no_grad():
        block.router.weight.zero_()
        block.router.bias.copy_(torch.tensor([3.0, 1]).log())
        assert torch.allclose(block(torch.tensor([[1.0], [10]])), torch.tensor([[2.0], [20]]))


def test_a_router_sees_the_normalised_mean_of_the_tokens():
    # Tokens (0, 4) and (2, 0): mean (1, 2), normalised (-1, 1). R = ((1, 0), (0, 1)):
    # p = softmax(-1, 1).
    experts = [{"0.weight": torch.randn(2, 2)} for _ in range(2)]
    problem = MergingProblem(nn.Sequential(nn.Linear(2, 2, bias=False)), experts)
    block = AveragedBlock(problem, average(experts), "0", torch.ones(1, 2))
    with torch.no_grad():
        block.router.weight.copy_(torch.eye(2))
        found = block.decide(torch.tensor([[[0.0, 4], [2, 0]]]))
    assert torch.allclose(found, torch.tensor([[-1.0, 1]]).softmax(1), atol=1e-4)


def test_routers_that_havent_learnt_average_the_experts():
    # R is small: p is near 1/3 each.
    problem = tiny_problem()
    inputs = problem.unlabeled(0, 8)
    found = smear(problem, **{**SETTINGS, "steps": 0})(inputs, 0)
    assert torch.allclose(found, logits(problem.model, average(problem.experts), inputs), atol=0.02)


def test_learning_lowers_the_loss_on_the_experts_own_examples():
    # Labels that the experts themselves give: their own weights are what the routers should find.
    given = tiny_problem(change=0.2)
    pools = []
    for i, pool in enumerate(given._calibration):
        inputs = pool.inputs + 3.0 * i - 3
        scores = functional_call(given.model, given.experts[i], (inputs,))[:, pool.classes]
        pools.append(Examples(inputs, pool.classes, pool.classes[scores.argmax(1)].detach()))
    problem = MergingProblem(given.model, given.experts, calibration=pools)

    def loss(steps):
        router = smear(problem, **{**SETTINGS, "rate": 0.05, "steps": steps})
        total = 0.0
        for pool in pools:
            scores = router(pool.inputs, 0)[:, pool.classes]
            total += float(nn.functional.cross_entropy(scores, pool.labels - pool.classes[0]))
        return total / len(pools)

    assert loss(30) < loss(0) - 0.02


def test_scores_of_an_input_dont_depend_on_the_others():
    problem = tiny_problem()
    inputs = problem.unlabeled(0, 8)
    router = smear(problem, **SETTINGS)
    assert torch.allclose(router(inputs, 0)[3], router(inputs[3:4], 1)[0], atol=1e-5)


def test_labels_are_asked_for():
    problem = tiny_problem(needs=["labels"])
    smear(problem, **SETTINGS)
    assert problem.data_used == "labeled"
