"""LoRACLR: for each linear layer, steps of Adam that bring its outputs to each expert's own.

For each linear layer, with X_i its inputs in expert i on that expert's task, T_i = X_i W_i^T what
the expert makes of them, and P_i = X_i (W_0 + d)^T, from d = 0 some steps of AdamW on
    (1/K) sum_i |P_i - T_i|^2 + max(0, margin - min_{j != i} |P_i - T_j|)^2
    + .1 mean (P_i - T_i)^2 + .001 |d|,
and the d of the least loss is kept. Other tensors: the average.
Source: Simsar et al., by their released code, github.com/enisimsar/LoRACLR (weight_fusion.py,
`update_contrastive` as `compose_concepts` calls it: margin .5, 50 steps, decay 1e-4). Distances are
of all outputs of an expert as one vector, as there, so a margin of .5 is passed wherever there are
many outputs, and the repelling term is, as a rule, zero here. Rate rescaled: theirs is 1e-4, which
suits adapters whose entries are about .001; here it is .1 times the root mean square of the layer's
changes. Their examples are prompts of a concept; here inputs of the expert's task.
4 K n d m FLOPs a step, for n inputs of a layer of d inputs and m outputs.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.func import functional_call

from bench import method
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State, average, linear_layers

MARGIN, SQUARES, SIZE, DECAY = 0.5, 0.1, 0.001, 1e-4
"""The margin, and the weights of the mean square, of the norm and of AdamW's decay."""


@method(
    name="loraclr",
    title="LoRACLR (rate rescaled)",
    paper=("LoRACLR: Contrastive Adaptation", 2025, "https://arxiv.org/abs/2412.09622"),
    needs=["pretrained", "unlabeled"],
    params={"rate": 0.1, "steps": 50, "examples": 16},
    space={"rate": [0.03, 0.1, 0.3]},
)
def loraclr(problem: MergingProblem, *, rate: float, steps: int, examples: int) -> State:
    """Descend for each linear layer; average everything else."""
    pools = [problem.unlabeled(i, examples) for i in range(len(problem.experts))]
    shortest = min(len(pool) for pool in pools)
    seen = [
        layer_inputs(problem.model, expert, pool[:shortest])
        for expert, pool in zip(problem.experts, pools, strict=True)
    ]
    merged = average(problem.experts)
    for name in seen[0]:
        start = problem.pretrained[name]
        inputs = torch.stack([own[name] for own in seen])
        weights = torch.stack([expert[name] for expert in problem.experts])
        size = float((weights - start).square().mean().sqrt())
        if size > 0:
            outputs = inputs @ weights.transpose(1, 2)
            merged[name] = start + descend(inputs, outputs, start, rate * size, steps)
    return merged


def layer_inputs(model: nn.Module, state: State, examples: Tensor) -> dict[str, Tensor]:
    """What each linear layer is given when the network runs on examples.

    Returns:
        Name of the layer's weight -> shape (inputs, features); layers that don't run aren't there.
    """
    found: dict[str, Tensor] = {}

    def collect(name: str) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        def hook(_module: nn.Module, arguments: tuple[Tensor, ...]) -> None:
            found[name] = arguments[0].flatten(0, -2)

        return hook

    hooks = [
        layer.register_forward_pre_hook(collect(name))
        for name, layer in linear_layers(model, state)
    ]
    try:
        with torch.no_grad():
            functional_call(model, state, (examples,))
    finally:
        for handle in hooks:
            handle.remove()
    return found


def descend(inputs: Tensor, outputs: Tensor, start: Tensor, rate: float, steps: int) -> Tensor:
    """The change of one layer's weights with the least loss on the way of AdamW.

    Args:
        inputs, outputs: X_i and T_i, shapes (experts, inputs, d) and (experts, inputs, m).
        start: W_0, shape (m, d).
        rate: of AdamW, in the unit of the weights.
        steps: how often the loss is taken.
    Returns:
        Shape (m, d).
    """
    change = torch.zeros_like(start)
    optimiser = torch.optim.AdamW([change], lr=rate, weight_decay=DECAY)
    best, least = change.clone(), torch.inf
    for _ in range(steps):
        loss, gradient = contrast(inputs, outputs, start + change)
        norm = float(change.norm())
        if loss + SIZE * norm < least:
            best, least = change.clone(), loss + SIZE * norm
        change.grad = gradient + (SIZE / norm if norm else 0.0) * change
        optimiser.step()
    return best


def contrast(inputs: Tensor, outputs: Tensor, weight: Tensor) -> tuple[float, Tensor]:
    """The loss but for the change's norm, and its gradient by the weight.

    Args:
        inputs, outputs: as of `descend`.
        weight: shape (m, d).
    Returns:
        No unit; shape (m, d).
    """
    count = len(inputs)
    made = inputs @ weight.T
    off = made - outputs
    squares = off.square().sum((1, 2))
    slope = off * (2 / count + 2 * SQUARES / off.numel())
    loss = squares.mean() + SQUARES * squares.sum() / off.numel()
    if count > 1:
        nearest, which = nearest_others(made.flatten(1), outputs.flatten(1))
        lacking = (MARGIN - nearest).clamp(min=0)
        loss = loss + lacking.square().mean()
        for i in lacking.nonzero()[:, 0].tolist():
            away = made[i] - outputs[which[i]]
            slope[i] -= 2 * float(lacking[i] / nearest[i]) / count * away
    return float(loss), slope.flatten(0, 1).T @ inputs.flatten(0, 1)


def nearest_others(made: Tensor, outputs: Tensor) -> tuple[Tensor, Tensor]:
    """The least distance of each row of `made` to another row's outputs, and whose they are.

    Args:
        made, outputs: shape (experts, numbers).
    """
    lengths = made.square().sum(1)[:, None] + outputs.square().sum(1)
    squares = (lengths - 2 * made @ outputs.T).clamp(min=1e-12)
    own = torch.eye(len(made), dtype=torch.bool)
    found = squares.sqrt().masked_fill(own, torch.inf).min(1)
    return found.values, found.indices
