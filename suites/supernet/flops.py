"""What the parts of this suite's networks cost, as the meter counts them: a table by part.

A trusted loop charges this table instead of having the meter see each operator, which would slow a
small network by half and more; tests hold it against the meter, equal to the last operation. All
figures are for one image. Not here: the meter's own formulas (bench.metering), which parts an
architecture has (suites.supernet.networks).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """FLOPs of one image: forward, and of the gradients backward."""

    forward: float = 0.0
    backward: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.forward + other.forward, self.backward + other.backward)

    def __mul__(self, times: int) -> Cost:
        return Cost(self.forward * times, self.backward * times)


def convolution(inputs: int, outputs: int, side: int, positions: int, first: bool = False) -> Cost:
    """A multiply-add for each position and weight; the gradients of input and kernel cost as much
    each, and nobody asks for that of the images.

    Args:
        inputs, outputs: channels.
        side: of the kernel.
        positions: of a map that it gives.
        first: whether its input is the images.
    """
    products = 2.0 * positions * inputs * outputs * side**2
    return Cost(products, products if first else 2 * products)


def batch_norm(elements: int) -> Cost:
    """Mean, variance and the result; backward two sums and the gradient."""
    return Cost(3.0 * elements, 3.0 * elements)


def relu(elements: int) -> Cost:
    """One operation an element."""
    return Cost(1.0 * elements, 1.0 * elements)


def average(elements: int, window: int) -> Cost:
    """A sum for each element of each window, both ways.

    Args:
        elements: that it gives.
        window: elements of a window.
    """
    return Cost(1.0 * elements * window, 1.0 * elements * window)


def join(elements: int) -> Cost:
    """The sum of two tensors."""
    return Cost(forward=1.0 * elements)


def fork(elements: int) -> Cost:
    """One more use of a tensor: its gradients are added."""
    return Cost(backward=1.0 * elements)


def residual(elements: int) -> Cost:
    """A branch beside the identity: one more use, and one sum."""
    return join(elements) + fork(elements)


def classifier(elements: int, channels: int, classes: int) -> Cost:
    """The mean over positions, and the product with the head.

    Args:
        elements: before the mean.
        channels: after it.
        classes: of the head.
    """
    products = 2.0 * channels * classes
    return Cost(elements + products, elements + 2 * products)


def dead(channels: int, classes: int) -> Cost:
    """The head on zeros, which ask for no gradient."""
    products = 2.0 * channels * classes
    return Cost(products, products)


def loss(classes: int) -> Cost:
    """The cross-entropy: log-softmax three times over the classes, twice backward, and the mean."""
    return Cost(3.0 * classes + 1, 2.0 * classes + 1)
