"""The network of macro: four residual blocks whose choices share the widest one's weights.

Not here: the encoding (suites.supernet.spaces.macro).
"""

from __future__ import annotations

from torch import Tensor

from suites.supernet.network import Network, Normalise, Shapes, Weights, convolve
from suites.supernet.spaces import macro as space


class MacroNetwork(Network):
    """Residual blocks with an inner width and a kernel to choose, or none.

    A choice takes the first channels and the centre of whatever kernels it is given: the
    supernet's, which are of the largest size, or its own.
    """

    def __init__(self) -> None:
        super().__init__(
            space.MACRO,
            image_channels=space.IMAGE_CHANNELS,
            classes=space.CLASSES,
            channels=(space.CHANNELS, space.CHANNELS),
            stem_stride=2,
        )

    def body_shapes(self, architecture: tuple[int, ...] | None) -> Shapes:
        """Two kernels for each block that isn't the identity."""
        shapes: Shapes = {}
        for block in range(space.BLOCKS):
            choice = len(space.OPTIONS) if architecture is None else architecture[block]
            if choice:
                kernel, width = space.OPTIONS[choice - 1]
                shapes[f"{block}/in"] = (width, space.CHANNELS, kernel, kernel)
                shapes[f"{block}/out"] = (space.CHANNELS, width, 1, 1)
        return shapes

    def body(
        self, weights: Weights, architecture: tuple[int, ...], x: Tensor, normalise: Normalise
    ) -> list[Tensor]:
        """What each block gives."""
        outputs = []
        for block, choice in enumerate(architecture):
            if choice:
                kernel, width = space.OPTIONS[choice - 1]
                into, out = f"{block}/in", f"{block}/out"
                inner = _centre(weights[into][:width], kernel)
                y = normalise(f"{into}/{choice}", convolve(x.relu(), inner))
                y = convolve(y.relu(), weights[out][:, :width])
                x = x + normalise(f"{out}/{choice}", y)
            outputs.append(x)
        return outputs


def _centre(kernel: Tensor, side: int) -> Tensor:
    """The middle of a kernel, of that side."""
    edge = (kernel.shape[-1] - side) // 2
    return kernel[..., edge : edge + side, edge : edge + side]
