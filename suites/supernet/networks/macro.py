"""The network of macro: four residual blocks whose choices share the widest one's weights.

Not here: the encoding (suites.supernet.spaces.macro).
"""

from __future__ import annotations

from torch import Tensor

from suites.supernet.flops import Cost, batch_norm, convolution, relu, residual
from suites.supernet.network import Network, Normalise, Shapes, Weights, convolve
from suites.supernet.spaces import macro as space


class MacroNetwork(Network):
    """Residual blocks with an inner width and a kernel to choose, or none.

    A choice takes the first channels and the centre of whatever kernels it is given: the
    supernet's, which are of the largest size, or its own.

    Args:
        entangled: whether choices share weights; where not, each has its own.
    """

    largest: tuple[int, ...] | None = (len(space.OPTIONS),) * space.BLOCKS
    smallest: tuple[int, ...] | None = (0,) * space.BLOCKS

    def __init__(self, entangled: bool = True) -> None:
        super().__init__(
            space.MACRO,
            image_channels=space.IMAGE_CHANNELS,
            classes=space.CLASSES,
            side=space.SIDE,
            channels=(space.CHANNELS, space.CHANNELS),
            stem_stride=2,
        )
        self.entangled = entangled
        if not entangled:
            self.largest = self.smallest = None

    def untangled(self) -> MacroNetwork:
        """The control for sharing: nothing is a part of anything, so nothing is largest."""
        return MacroNetwork(entangled=False)

    def body_shapes(self, architecture: tuple[int, ...] | None) -> Shapes:
        """Two kernels for each block that isn't the identity, of the largest size for all."""
        every = range(1, len(space.OPTIONS) + 1)
        shapes: Shapes = {}
        for block in range(space.BLOCKS):
            largest = every[-1:] if self.entangled else every
            for choice in largest if architecture is None else architecture[block : block + 1]:
                if choice:
                    kernel, width = space.OPTIONS[choice - 1]
                    into, out = self._names(block, choice)
                    shapes[into] = (width, space.CHANNELS, kernel, kernel)
                    shapes[out] = (space.CHANNELS, width, 1, 1)
        return shapes

    def weights_of(self, place: int, choice: int) -> tuple[str, ...]:
        """The block's two kernels; none for the identity."""
        return self._names(place, choice) if choice else ()

    def _names(self, block: int, choice: int) -> tuple[str, str]:
        """Of a block's two kernels."""
        end = "" if self.entangled else f"/{choice}"
        return f"{block}/in{end}", f"{block}/out{end}"

    def body(
        self, weights: Weights, architecture: tuple[int, ...], x: Tensor, normalise: Normalise
    ) -> list[Tensor]:
        """What each block gives."""
        outputs = []
        for block, choice in enumerate(architecture):
            if choice:
                kernel, width = space.OPTIONS[choice - 1]
                into, out = self._names(block, choice)
                inner = _centre(weights[into][:width], kernel)
                y = normalise(f"{block}/in/{choice}", convolve(x.relu(), inner))
                y = convolve(y.relu(), weights[out][:, :width])
                x = x + normalise(f"{block}/out/{choice}", y)
            outputs.append(x)
        return outputs

    def body_cost(self, architecture: tuple[int, ...]) -> Cost:
        """The blocks that aren't the identity."""
        return sum((self._block_cost(choice) for choice in architecture if choice), Cost())

    def _block_cost(self, choice: int) -> Cost:
        kernel, width = space.OPTIONS[choice - 1]
        outer, inner = space.CHANNELS * self.positions, width * self.positions
        return (
            relu(outer)
            + convolution(space.CHANNELS, width, kernel, self.positions)
            + batch_norm(inner)
            + relu(inner)
            + convolution(width, space.CHANNELS, 1, self.positions)
            + batch_norm(outer)
            + residual(outer)
        )

    def end_positions(self, architecture: tuple[int, ...]) -> int:
        """As after the stem."""
        return self.positions


def _centre(kernel: Tensor, side: int) -> Tensor:
    """The middle of a kernel, of that side."""
    edge = (kernel.shape[-1] - side) // 2
    return kernel[..., edge : edge + side, edge : edge + side]
