"""What a pixel means to a network: a pool's mean and standard deviation.

Here: from pixels in [0, 1] to what networks are given, and back. Not here: the pools themselves
(suites.selection.pools), pictures of what was made (suites.selection.distill.picture).
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Scale:
    """One mean and one standard deviation over all of a pool's pixels, whatever the channel."""

    mean: float
    deviation: float

    @classmethod
    def of(cls, images: Tensor) -> Scale:
        """A pool's own.

        Args:
            images: in [0, 1], any shape.
        """
        return cls(float(images.mean()), float(images.std()))

    @property
    def lowest(self) -> float:
        """What a pixel of 0 becomes."""
        return -self.mean / self.deviation

    @property
    def highest(self) -> float:
        """What a pixel of 1 becomes."""
        return (1 - self.mean) / self.deviation

    def standardise(self, images: Tensor) -> Tensor:
        """Images in [0, 1], less the mean, over the standard deviation."""
        return (images - self.mean) / self.deviation

    def pixels(self, images: Tensor) -> Tensor:
        """Standardised images as they were, in [0, 1]: what lies beyond is cut off."""
        return (images * self.deviation + self.mean).clamp(0, 1)
