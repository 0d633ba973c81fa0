"""The network of pooling: nine residual blocks, with the maps halved before two of them.

Not here: the encoding (suites.supernet.spaces.pooling).
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from suites.supernet.flops import Cost, average, batch_norm, convolution, relu, residual
from suites.supernet.network import Network, Normalise, Shapes, Weights, convolve
from suites.supernet.spaces import pooling as space


class PoolingNetwork(Network):
    """Residual blocks x + BN(3x3(ReLU(x))), and averages of 2x2 where maps are halved."""

    def __init__(self) -> None:
        super().__init__(
            space.POOLING,
            image_channels=space.IMAGE_CHANNELS,
            classes=space.CLASSES,
            side=space.SIDE,
            channels=(space.CHANNELS, space.CHANNELS),
            stem_stride=1,
        )

    def body_shapes(self, architecture: tuple[int, ...] | None) -> Shapes:
        """A kernel a block, whatever the architecture."""
        shape = (space.CHANNELS, space.CHANNELS, 3, 3)
        return {str(block): shape for block in range(space.BLOCKS)}

    def weights_of(self, place: int, choice: int) -> tuple[str, ...]:
        """None: where maps are halved has no weights."""
        return ()

    def body(
        self, weights: Weights, architecture: tuple[int, ...], x: Tensor, normalise: Normalise
    ) -> list[Tensor]:
        """What each block gives."""
        outputs = []
        for block in range(space.BLOCKS):
            if block in space.PAIRS[architecture[0]]:
                x = F.avg_pool2d(x, 2)
            name = str(block)
            x = x + normalise(name, convolve(x.relu(), weights[name]))
            outputs.append(x)
        return outputs

    def body_cost(self, architecture: tuple[int, ...]) -> Cost:
        """The blocks, each on maps of the size that it finds."""
        total, positions = Cost(), self.positions
        for block in range(space.BLOCKS):
            if block in space.PAIRS[architecture[0]]:
                positions //= 4
                total += average(space.CHANNELS * positions, 4)
            elements = space.CHANNELS * positions
            branch = relu(elements) + convolution(space.CHANNELS, space.CHANNELS, 3, positions)
            total += branch + batch_norm(elements) + residual(elements)
        return total

    def end_positions(self, architecture: tuple[int, ...]) -> int:
        """Halved twice."""
        return self.positions // 16
