"""Statistics of a network on examples that merging methods ask for.

Here: the diagonal of the Fisher information and the Gram matrices of linear layers' inputs.
Each is a mean over examples, so that experts with different numbers of them compare.
Not here: who may ask and what it is charged to (suites.merging.problem).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, jacrev, vmap
from torch.nn.attention import SDPBackend, sdpa_kernel

from suites.common.charging import Charges
from suites.merging.buffers import observed
from suites.merging.evaluation import BATCH, Examples
from suites.merging.hooks import watched
from suites.merging.vectors import State, count_weights, linear_layers, weight_names

GRADIENTS = 2**24
"""Numbers that one chunk of per-example gradients may hold: 64 MiB of float32."""


def diagonal_fisher(model: nn.Module, state: State, examples: Examples, charges: Charges) -> State:
    """E_x sum_c p_c(x) (d log p_c(x) / d theta)^2, exact over the task's classes.

    Source: Matena and Raffel, "Merging Models with Fisher-Weighted Averaging", equation 3.

    Args:
        model: the template.
        state: theta; buffers are not differentiated and not returned.
        examples: x; softmax is over `examples.classes`.
        charges: where the passes are charged: one forward, and one backward a class, an example.
    Returns:
        Parameter name -> nonnegative tensor of the parameter's shape.
    """
    buffers = observed(model, state)
    parameters = {name: state[name] for name in weight_names(state) if name not in buffers}
    others = {name: tensor for name, tensor in state.items() if name not in parameters}

    def log_probabilities(weights: State, x: Tensor) -> tuple[Tensor, Tensor]:
        answer = functional_call(model, {**others, **weights}, (x[None],))[0]
        log_p = answer[examples.classes].log_softmax(0)
        return log_p, log_p

    gradients: Callable[..., Any] = vmap(jacrev(log_probabilities, has_aux=True), in_dims=(None, 0))
    total = {name: torch.zeros_like(tensor) for name, tensor in parameters.items()}

    def step(inputs: Tensor) -> Tensor:
        # vmap has no rule for the fused attention kernels, and would run examples one by one.
        with torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
            jacobian, log_p = gradients(parameters, inputs)
        weights = log_p.exp().reshape(-1)
        for name, gradient in jacobian.items():
            squared = gradient.reshape(len(weights), total[name].numel()).square()
            summed = weights.to(squared.dtype) @ squared
            total[name].add_(summed.view(total[name].shape))
        return inputs

    chunk = max(1, GRADIENTS // (count_weights(parameters) * len(examples.classes)))
    for _ in charges.each("a Fisher step", step, examples.inputs.split(chunk)):
        pass
    return {name: tensor.div_(len(examples)) for name, tensor in total.items()}


def input_grams(
    model: nn.Module, state: State, examples: Examples, charges: Charges
) -> dict[str, Tensor]:
    """X^T X / n for the inputs X of each Linear layer, shape (n, inputs), n counting tokens too.

    Source: Jin et al., "Dataless Knowledge Fusion", section 3.2.

    Args:
        model: the template.
        state: its weights; layers whose weight is not in it are left out.
        examples: what the network is run on.
        charges: where the passes and products are charged.
    Returns:
        Name of the layer's weight -> shape (inputs, inputs), symmetric.
    """

    def step(batch: Tensor) -> Tensor:
        answer: Tensor = functional_call(model, state, (batch,))
        return answer

    def passes() -> None:
        for _ in charges.each("a Gram step", step, examples.inputs.split(BATCH)):
            pass

    return grams_during(dict(linear_layers(model, state)), passes)


def grams_during(layers: Mapping[str, nn.Module], passes: Callable[[], None]) -> dict[str, Tensor]:
    """X^T X / n for all that goes into each of the layers during some forward passes.

    Args:
        layers: name -> linear layer.
        passes: runs them; no gradient is kept of it.
    Returns:
        Name -> shape (inputs, inputs), symmetric; layers that weren't called aren't there.
    """
    grams: dict[str, Tensor] = {}
    rows: dict[str, int] = {}

    def add(name: str, inputs: Tensor) -> None:
        x = inputs.flatten(0, -2)
        if name not in grams:
            grams[name] = x.new_zeros(x.shape[1], x.shape[1])
            rows[name] = 0
        grams[name] += x.T @ x
        rows[name] += len(x)

    with torch.no_grad(), watched(layers, add):
        passes()
    return {name: gram.div_(rows[name]) for name, gram in grams.items()}
