"""The networks of `experts-moe`: a sparse mixture, and the network that one of its experts makes.

Here: the template, in which every input goes through one expert, and the mixture that is trained,
which sends each input to the expert that its router scores highest. An expert is a layer as Switch
Transformers have it, W_o relu(W_i z) without biases, with z the stem's features x after a
LayerNorm; its answer is scaled by its probability and added to x. Not here: training
(suites.merging.mixture.training).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from suites.merging.vectors import State

EXPERT = ("wi.weight", "wo.weight")
"""What an expert holds: shapes (hidden, width) and (width, hidden)."""


class ExpertNet(nn.Module):
    """Stem, router, one expert and head: what the mixture does with inputs of that expert.

    Args:
        pixels: of an image.
        width: of the features that a stem gives router and experts.
        hidden: of an expert.
        experts: how many the router knows.
        classes: outputs.
    """

    def __init__(self, pixels: int, width: int, hidden: int, experts: int, classes: int) -> None:
        super().__init__()
        self.stem = nn.Linear(pixels, width)
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.router = nn.Linear(width, experts, bias=False)
        self.wi = nn.Linear(width, hidden, bias=False)
        self.wo = nn.Linear(hidden, width, bias=False)
        self.head = nn.Linear(width, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Shape (images, height, width) -> logits, shape (images, classes)."""
        x = self.stem(images.reshape(images.shape[0], -1)).relu()
        normed = self.norm(x)
        gate = self.router(normed).softmax(1).amax(1, keepdim=True)
        return self.head(x + gate * self.wo(self.wi(normed).relu()))

    def route(self, images: Tensor) -> Tensor:
        """The router's scores of every expert, before softmax, shape (images, experts)."""
        return self.router(self.norm(self.stem(images.flatten(1)).relu()))


def template(network: Mapping[str, Any], shared: State, expert: State) -> ExpertNet:
    """The template with the mixture's shared weights, and one expert's in their place."""
    model = ExpertNet(**network)
    model.load_state_dict({**shared, **expert})
    return model.eval()


def mixed_logits(shared: State, experts: Sequence[Tensor], images: Tensor) -> tuple[Tensor, Tensor]:
    """What the whole mixture answers, and what its router says.

    Args:
        shared: stem, router and head.
        experts: W_i and W_o of all experts, shapes (experts, hidden, width), (experts, width,
            hidden).
        images: shape (images, height, width).
    Returns:
        Logits, shape (images, classes), and the router's scores, shape (images, experts).
    """
    into, out = experts
    x = (images.flatten(1) @ shared["stem.weight"].T + shared["stem.bias"]).relu()
    normed = F.layer_norm(x, x.shape[1:])
    routing = normed @ shared["router.weight"].T
    gate, chosen = routing.softmax(1).max(1)
    answer = torch.zeros_like(x)
    for expert in range(len(into)):
        rows = (chosen == expert).nonzero()[:, 0]
        hidden = (normed[rows] @ into[expert].T).relu()
        answer = answer.index_add(0, rows, hidden @ out[expert].T)
    x = x + gate[:, None] * answer
    return x @ shared["head.weight"].T + shared["head.bias"], routing
