"""Learned soup: the mixture of the experts that labelled examples prefer, learnt by gradients.

theta^l = sum_i softmax(a^l)_i theta_i^l for each tensor l; a and a factor beta of the logits lower
the mean cross-entropy of beta f(x; theta) on held-out labelled examples. beta calibrates while a is
learnt and changes no choice of a class, so it is left behind.
Source: Wortsman et al., appendix I, and their code (learned.py): a starts even, beta at 1, AdamW at
.05 without decay, 5 epochs; theirs is one mixture for each tensor ("by layer"), batches of 256.
They hold out 2% of ImageNet, 26 thousand images, and take some 200 steps; here an expert has 256
images at most, and batches of 64 give as many steps or half of them. Where experts are of unlike
tasks, which theirs aren't, each example is classified among its own task's classes.
About epochs K N (3 F + 4 P / images) FLOPs, F for one image's forward pass, N images an expert.
"""

from itertools import islice

import torch
from torch import Tensor
from torch.func import functional_call

from bench import method
from suites.merging.fine_tuning import trained_names
from suites.merging.pools import batches, cross_entropy, labelled_pool
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State


@method(
    name="learned_soup",
    title="Learned soup (by layer)",
    paper=("Model soups", 2022, "https://arxiv.org/abs/2203.05482"),
    needs=["labels", "gradients"],
    params={"examples": 128, "images": 64, "epochs": 5, "rate": 0.05},
    traits=["random"],
)
def learned_soup(
    problem: MergingProblem, *, examples: int, images: int, epochs: int, rate: float
) -> State:
    """Learn each tensor's mixture."""
    pool = labelled_pool(problem, examples)
    stacked = {
        name: torch.stack([expert[name].reshape(-1) for expert in problem.experts])
        for name in trained_names(problem.model, problem.experts[0])
    }
    raw = torch.full((len(stacked), len(problem.experts)), 1 / len(problem.experts))
    raw, beta = raw.requires_grad_(), torch.ones((), requires_grad=True)
    optimiser = torch.optim.AdamW([raw, beta], lr=rate, weight_decay=0.0, fused=True)
    steps = epochs * max(1, len(pool) // images)
    for batch in islice(batches(pool, images, problem.generator), steps):
        with torch.enable_grad():
            scores = functional_call(problem.model, mix(problem, stacked, raw), (batch.inputs,))
            loss = cross_entropy(beta * scores, batch)
            raw.grad, beta.grad = torch.autograd.grad(loss, [raw, beta])
        optimiser.step()
    return mix(problem, stacked, raw.detach())


def mix(problem: MergingProblem, stacked: dict[str, Tensor], raw: Tensor) -> State:
    """The experts mixed tensor by tensor; what isn't learnt is the first expert's.

    Args:
        stacked: name -> all experts' numbers, shape (experts, numbers).
        raw: a, shape (tensors, experts).
    """
    mixed = {
        name: (weights.to(numbers.dtype) @ numbers).view(problem.experts[0][name].shape)
        for (name, numbers), weights in zip(stacked.items(), raw.softmax(1), strict=True)
    }
    return {n: mixed[n] if n in mixed else t.clone() for n, t in problem.experts[0].items()}
