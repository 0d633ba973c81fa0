"""What of a state training observed instead of learning it: BatchNorm's running statistics.

A running mean or variance is no weight: a sum of scaled changes of it means nothing, and makes a
variance negative, which is NaN in the forward pass. So in a merging problem every state holds the
mean of all experts' buffers, whatever the method does with the weights. Right for the merged
network they aren't: its activations have another variance, and who deploys it estimates them anew
on inputs. Integer buffers (how many batches were seen) are left alone.
Not here: which states a problem is built from (suites.merging.given).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from suites.merging.vectors import State, weight_names


def observed(model: nn.Module, state: State) -> State:
    """The floating-point tensors of a state that are the template's buffers, by name."""
    buffers = {name for name, _buffer in model.named_buffers()}
    return {name: state[name] for name in weight_names(state) if name in buffers}


def mean_observed(model: nn.Module, experts: Sequence[State]) -> State:
    """The mean of the experts' floating-point buffers, by name; nothing where there are none."""
    found = [observed(model, expert) for expert in experts]
    return {
        name: torch.stack([buffers[name].double() for buffers in found]).mean(0).to(first.dtype)
        for name, first in found[0].items()
    }


def replaced(state: State, buffers: State) -> State:
    """The state with those tensors in place of its own, in its own order."""
    return {name: buffers.get(name, tensor) for name, tensor in state.items()}
