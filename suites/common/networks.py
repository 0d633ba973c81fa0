"""Small networks that suites train, in a form that trains alike alone and in a stack.

Here: the vision transformer, the multilayer perceptron, the convolutional network with BatchNorm
and the decoder transformer. They work with `torch.func.functional_call` and `vmap`, and are
written from operators whose digits don't depend on how many networks `vmap` stacks: products by
`matmul` without fused bias, LayerNorm's scale apart, attention by batched products. Images have
shape (images, height, width) or (images, 1, height, width). Not here: training
(suites.common.trainer).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn


class Linear(nn.Linear):
    """`nn.Linear` with bias as a product and a sum, shape (..., in) -> (..., out)."""

    def forward(self, input: Tensor) -> Tensor:
        rows = input.reshape(-1, input.shape[-1])
        return (rows @ self.weight.mT + self.bias).view(*input.shape[:-1], self.out_features)


class LayerNorm(nn.LayerNorm):
    """`nn.LayerNorm` whose scale and shift are operators of their own."""

    def forward(self, input: Tensor) -> Tensor:
        return F.layer_norm(input, self.normalized_shape) * self.weight + self.bias


class Attention(nn.Module):
    """Multi-head self-attention with separate Linear layers for query, key and value.

    Args:
        width: of a token.
        heads: must divide the width.
        causal: whether a token sees only itself and those before it.
    """

    def __init__(self, width: int, heads: int, causal: bool = False) -> None:
        super().__init__()
        self.heads, self.causal = heads, causal
        self.q, self.k, self.v, self.out = (Linear(width, width) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        """Shape (sequences, tokens, width) -> the same."""
        batch, tokens, width = x.shape
        split = (batch, tokens, self.heads, width // self.heads)
        flat = (batch * self.heads, tokens, width // self.heads)
        q, k, v = (f(x).view(split).transpose(1, 2).reshape(flat) for f in (self.q, self.k, self.v))
        scores = q @ k.mT / math.sqrt(width // self.heads)
        if self.causal:
            later = torch.ones(tokens, tokens, dtype=torch.bool, device=x.device).triu(1)
            scores = scores.masked_fill(later, -math.inf)
        mixed = (scores.softmax(-1) @ v).view(batch, self.heads, tokens, -1).transpose(1, 2)
        return self.out(mixed.reshape(batch, tokens, width))


class Block(nn.Module):
    """A pre-norm transformer block: attention, then two layers with GELU, both residual."""

    def __init__(self, width: int, heads: int, hidden: int, causal: bool = False) -> None:
        super().__init__()
        self.norm1, self.attention = LayerNorm(width), Attention(width, heads, causal)
        self.norm2, self.up, self.down = (
            LayerNorm(width),
            Linear(width, hidden),
            Linear(hidden, width),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Shape (sequences, tokens, width) -> the same."""
        x = x + self.attention(self.norm1(x))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class VisionTransformer(nn.Module):
    """A vision transformer with mean pooling; `head.*` is the classifier, all else the backbone.

    Args:
        classes: outputs.
        size, patch: sides of an image and of a patch, in pixels; patch must divide size.
        width, depth, heads, hidden: of the transformer.
    """

    def __init__(
        self,
        classes: int,
        *,
        size: int = 20,
        patch: int = 4,
        width: int = 64,
        depth: int = 3,
        heads: int = 4,
        hidden: int = 192,
    ) -> None:
        super().__init__()
        if size % patch:
            raise ValueError(f"images of {size} pixels can't be cut into patches of {patch}")
        self.size, self.patch = size, patch
        self.embed = Linear(patch * patch, width)
        self.position = nn.Parameter(torch.empty((size // patch) ** 2, width))
        self.blocks = nn.Sequential(*(Block(width, heads, hidden) for _ in range(depth)))
        self.norm = LayerNorm(width)
        self.head = Linear(width, classes)
        nn.init.normal_(self.position)

    def features(self, images: Tensor) -> Tensor:
        """The backbone: shape (images, size, size) -> (images, width)."""
        n, side, patch = images.shape[0], self.size // self.patch, self.patch
        centred = 4 * images - 2  # from [0, 1]: about mean 0 and variance 1
        tokens = centred.reshape(n, side, patch, side, patch).transpose(2, 3)
        x = self.embed(tokens.reshape(n, side * side, patch * patch)) + self.position
        return self.norm(self.blocks(x)).mean(1)

    def forward(self, images: Tensor) -> Tensor:
        """Shape (images, size, size) -> logits, shape (images, classes)."""
        return self.head(self.features(images))


class MLP(nn.Module):
    """A multilayer perceptron with ReLU; `layers.{i}` are its Linear layers.

    Args:
        widths: inputs, hidden layers, outputs: at least two numbers.
    """

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Linear(a, b) for a, b in pairwise(widths))

    def forward(self, x: Tensor) -> Tensor:
        """Shape (examples, ...) flattened to (examples, widths[0]) -> (examples, widths[-1])."""
        x = x.reshape(x.shape[0], -1)
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x)


class BatchNorm(nn.Module):
    """BatchNorm over (images, channels, height, width).

    While training it normalises by the batch and keeps no running average, so that it can be
    stacked and traced; `recalibrate` sets `running_mean` and `running_var` afterwards.
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int, epsilon: float = 1e-5) -> None:
        super().__init__()
        self.epsilon = epsilon
        self.weight, self.bias = (
            nn.Parameter(torch.ones(channels)),
            nn.Parameter(torch.zeros(channels)),
        )
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        mean, variance = self.running_mean, self.running_var
        if self.training:
            mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0)
        scale = self.weight * (variance + self.epsilon).rsqrt()
        shift = self.bias - mean * scale
        return x * scale[:, None, None] + shift[:, None, None]


class ConvNet(nn.Module):
    """Three 3x3 convolutions with BatchNorm and ReLU, the later two of stride 2, mean pooling.

    Args:
        classes: outputs.
        widths: channels of the convolutions.
    """

    def __init__(self, classes: int, widths: Sequence[int] = (16, 32, 64)) -> None:
        super().__init__()
        channels = (1, *widths)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(a, b, 3, stride=1 if i == 0 else 2, padding=1, bias=False)
            for i, (a, b) in enumerate(pairwise(channels))
        )
        self.norms = nn.ModuleList(BatchNorm(width) for width in widths)
        self.head = Linear(widths[-1], classes)

    def forward(self, images: Tensor) -> Tensor:
        """Shape (images, height, width) -> logits, shape (images, classes)."""
        x = images.reshape(images.shape[0], 1, *images.shape[-2:])
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = F.relu(norm(convolution(x)))
        return self.head(x.mean((2, 3)))


class Decoder(nn.Module):
    """A decoder transformer over symbols with learned positions.

    Args:
        symbols: size of the alphabet, in and out.
        length: the longest sequence.
        width, depth, heads, hidden: of the transformer.
    """

    def __init__(
        self,
        symbols: int,
        length: int,
        *,
        width: int = 64,
        depth: int = 2,
        heads: int = 4,
        hidden: int = 192,
    ) -> None:
        super().__init__()
        self.embed = nn.Parameter(torch.empty(symbols, width))
        self.position = nn.Parameter(torch.empty(length, width))
        self.blocks = nn.Sequential(
            *(Block(width, heads, hidden, causal=True) for _ in range(depth))
        )
        self.norm = LayerNorm(width)
        self.head = Linear(width, symbols)
        nn.init.normal_(self.embed)
        nn.init.normal_(self.position)

    def forward(self, sequences: Tensor) -> Tensor:
        """Shape (sequences, length), int64 -> logits of the next, (sequences, length, symbols)."""
        # A product, as the sums of an indexing's gradient come in an order of their own.
        symbols = torch.arange(len(self.embed), device=sequences.device)
        chosen = (sequences[..., None] == symbols).to(self.embed.dtype)
        x = chosen @ self.embed + self.position[: sequences.shape[1]]
        return self.head(self.norm(self.blocks(x)))


def initialise(network: nn.Module, generator: Generator) -> dict[str, Tensor]:
    """A fresh state of the network's shape, drawn from the generator alone.

    Matrices and kernels are normal with variance 1 / fan-in (2 / fan-in for kernels, which ReLU
    follows), tables that are not a layer's weight standard normal, so that a position weighs as
    much as its content; scales are 1, shifts and biases 0; buffers are copied.
    """
    owners = {f"{name}." if name else "": module for name, module in network.named_modules()}
    state = {}
    for name, parameter in network.named_parameters():
        prefix, _, last = name.rpartition(".")
        owner = owners[f"{prefix}." if prefix else ""]
        if last == "bias":
            state[name] = torch.zeros_like(parameter)
        elif parameter.dim() == 1:
            state[name] = torch.ones_like(parameter)
        else:
            draw = torch.randn(parameter.shape, generator=generator)
            fan_in = parameter[0].numel()
            gain = 2 if isinstance(owner, nn.Conv2d) else 1
            layer = isinstance(owner, (nn.Linear, nn.Conv2d))
            state[name] = draw * (math.sqrt(gain / fan_in) if layer else 1.0)
    return state | {name: buffer.clone() for name, buffer in network.named_buffers()}


@torch.no_grad()
def recalibrate(network: nn.Module, state: dict[str, Tensor], images: Tensor) -> dict[str, Tensor]:
    """The state with every BatchNorm's running statistics measured on the images, in one batch.

    Args:
        network: the template.
        state: its weights; left as they are.
        images: shape (images, ...).
    Returns:
        The same state with new `running_mean` and `running_var`.
    """
    found: dict[str, Tensor] = {}

    def watch(name: str) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        def hook(_module: nn.Module, arguments: tuple[Tensor, ...]) -> None:
            x = arguments[0]
            found[f"{name}.running_mean"] = x.mean((0, 2, 3))
            found[f"{name}.running_var"] = x.var((0, 2, 3), correction=0)

        return hook

    norms = [(name, m) for name, m in network.named_modules() if isinstance(m, BatchNorm)]
    handles = [module.register_forward_pre_hook(watch(name)) for name, module in norms]
    training = network.training
    try:
        network.train()
        torch.func.functional_call(network, state, (images,))
    finally:
        network.train(training)
        for handle in handles:
            handle.remove()
    return {name: found.get(name, tensor) for name, tensor in state.items()}
