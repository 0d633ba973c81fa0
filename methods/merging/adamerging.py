"""AdaMerging, layer-wise: a coefficient for each tensor and expert, learnt from test inputs.

theta^l = theta_0^l + sum_i lambda_i^l t_i^l for every tensor l, t_i = theta_i - theta_0. From
`start`, `steps` of Adam lower the mean entropy of the merged network's answers to the test inputs;
lambda is held in [0, 1], as in their code.
Source: Yang et al., section 3.2.2 and equation 6, and github.com/EnnengYang/AdaMerging
(src/main_layer_wise_adamerging.py: start .3, 500 steps of Adam at 1e-3, 32 images of each of 8
tasks a step). Here 100 steps at 5e-3, which reach as far: what a step costs in such small networks
is its operators, not its images, so 80 images a step, of all cells together. The entropy of an
image's answer is over the classes among which it will be scored, as theirs is over its task's.
Where a task has few classes, entropy is lowered as well by giving one answer always: on
compose-fashion, two classes a cell, the mean answer's entropy falls with it and accuracy drops
below that of the start; not so on compose-near, where they are four
(python -m tests.crosscheck.adamerging_entropy).
About steps (3 images F + 4 K P) FLOPs, F for one image's forward pass.
"""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.func import functional_call

from bench import method
from suites.merging.buffers import observed
from suites.merging.pools import Pool, batches, entropy, scored_pool
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State


@method(
    name="adamerging",
    title="AdaMerging, layer-wise (fewer and larger steps)",
    paper=("AdaMerging", 2024, "https://arxiv.org/abs/2310.02575"),
    track="transductive",
    needs=["pretrained", "test_inputs", "gradients"],
    params={"start": 0.3, "rate": 5e-3, "steps": 100, "images": 80},
    traits=["random"],
)
def adamerging(
    problem: MergingProblem, *, start: float, rate: float, steps: int, images: int
) -> State:
    """Learn the coefficients on the test inputs."""
    drawn = batches(scored_pool(problem), images, problem.generator)
    return learn_coefficients(problem, drawn, start=start, rate=rate, steps=steps)


def learn_coefficients(
    problem: MergingProblem, drawn: Iterator[Pool], *, start: float, rate: float, steps: int
) -> State:
    """The merged state after `steps` of Adam on the coefficients.

    Args:
        drawn: a batch of inputs for each step.
        start: of every coefficient.
        rate: of Adam, no unit.
    """
    buffers = observed(problem.model, problem.pretrained)
    changes = {
        name: torch.stack([expert[name].reshape(-1) for expert in problem.experts])
        - tensor.reshape(-1)
        for name, tensor in problem.pretrained.items()
        if tensor.is_floating_point() and tensor.numel() and name not in buffers
    }
    raw = torch.full((len(changes), len(problem.experts)), start)
    optimiser = torch.optim.Adam([raw], lr=rate)
    for _, batch in zip(range(steps), drawn, strict=False):
        theta = {n: t.requires_grad_() for n, t in combine(problem, changes, raw).items()}
        scores = functional_call(problem.model, theta, (batch.inputs,))
        loss = entropy(scores, batch.allowed)
        slopes = torch.autograd.grad(loss, list(theta.values()), allow_unused=True)
        pairs = zip(changes.values(), slopes, strict=True)  # d loss / d lambda_i = t_i . slope
        raw.grad = torch.stack([slope_along(change, slope) for change, slope in pairs])
        raw.grad *= (raw >= 0) & (raw <= 1)
        optimiser.step()
    merged = combine(problem, changes, raw)
    return {name: merged.get(name, t.clone()) for name, t in problem.pretrained.items()}


def slope_along(change: Tensor, slope: Tensor | None) -> Tensor:
    """How the loss changes with each expert's coefficient of one tensor, shape (experts,).

    Args:
        change: t_i of all experts, shape (experts, its numbers).
        slope: of the loss by the tensor; None where the network doesn't use it.
    """
    if slope is None:
        return torch.zeros(len(change))
    return (change @ slope.reshape(-1)).float()


def combine(problem: MergingProblem, changes: dict[str, Tensor], raw: Tensor) -> State:
    """theta_0 + sum_i lambda_i t_i, tensor by tensor.

    Args:
        changes: name -> t_i of all experts, shape (experts, its numbers).
        raw: lambda before it is clamped to [0, 1], shape (tensors, experts).
    """
    merged = {}
    for (name, change), weights in zip(changes.items(), raw.clamp(0, 1), strict=True):
        start = problem.pretrained[name]
        total = torch.addmv(start.reshape(-1), change.T, weights.to(change.dtype))
        merged[name] = total.view(start.shape)
    return merged
