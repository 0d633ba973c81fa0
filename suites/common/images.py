"""Pictures of a library's data set as one array of pixels.

Here: grey or colour, and the same size for all. Not here: where the pictures come from
(suites.common.torchvision_sets, suites.common.huggingface_sets). Importing this module imports
neither numpy nor Pillow.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from suites.common.data_set import SourceError

if TYPE_CHECKING:
    import numpy
    from PIL.Image import Image

GREY = ("1", "L")
"""Pillow's modes of pictures in black and white or grey; any other becomes red, green, blue."""


def stack_pictures(name: str, pictures: Iterable[Image]) -> numpy.ndarray:
    """The pictures as bytes.

    Args:
        name: of the data set, for messages.
        pictures: Pillow's.
    Returns:
        Shape (pictures, height, width) where all are grey, else (pictures, 3, height, width).
    Raises:
        SourceError: there are none, or they differ in size.
    """
    import numpy as np

    arrays = [np.asarray(_plain(picture)) for picture in pictures]
    if not arrays:
        raise SourceError(f"{name} holds no picture")
    sizes = sorted({array.shape[:2] for array in arrays})
    if len(sizes) > 1:
        (small, narrow), (large, wide) = sizes[0], sizes[-1]
        raise SourceError(
            f"{name} holds pictures of {len(sizes)} sizes, from {small} x {narrow} to "
            f"{large} x {wide} pixels, and only sets of one size can be read; resize them into "
            "a folder of their own and name it hf:FOLDER"
        )
    if all(array.ndim == 2 for array in arrays):
        return np.stack(arrays)
    coloured = [a if a.ndim == 3 else np.repeat(a[..., None], 3, axis=2) for a in arrays]
    return np.stack(coloured).transpose(0, 3, 1, 2)


def _plain(picture: Image) -> Image:
    wanted = "L" if picture.mode in GREY else "RGB"
    return picture if picture.mode == wanted else picture.convert(wanted)
