"""A target that is generated chunk by chunk.

Here: the module that is asked once for each chunk, and which sizes a cap allows. Not here: where
it competes (methods/hypernet/chunked.py, methods/hypernet/chunked_static.py).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from suites.common.networks import Linear
from suites.hypernet.layers import Hidden, initialise_torch, plain_count
from suites.hypernet.problem import TOLERANCE, HypernetProblem, TooFewNumbers

NARROW, DOUBLINGS = 8, 4
"""Width below which more chunks are made, and how often their number is doubled at most."""


class Chunked(nn.Module):
    """A hypernetwork that is asked once for each chunk of the target.

    Args:
        problem: whose target it gives.
        embedding: numbers in a chunk's embedding.
        chunks: how many there are.
        width: of both hidden layers.
    """

    def __init__(self, problem: HypernetProblem, embedding: int, chunks: int, width: int) -> None:
        super().__init__()
        self.target = problem.target
        self.alone = width % 4 > 0  # rows of such a width don't all start on 16 bytes in a stack
        self.hidden = Hidden((problem.conditions.size + embedding, width, width))
        self.head = Linear(width, _chunk(problem, chunks))
        self.embeddings = nn.Parameter(torch.randn(chunks, embedding, generator=problem.generator))
        initialise_torch(self, problem.generator)

    def forward(self, conditions: Tensor) -> dict[str, Tensor]:
        """Shape (n, size) -> parameter name -> (n, *shape)."""
        n, chunks = len(conditions), len(self.embeddings)
        inputs = torch.cat(
            [
                conditions[:, None].expand(-1, chunks, -1),
                self.embeddings.expand(n, -1, -1),
            ],
            dim=-1,
        )
        pieces = self.head(self.hidden(inputs.flatten(0, 1)))
        return self.target.split(pieces.reshape(n, -1)[:, : self.target.weights])


def _chunk(problem: HypernetProblem, chunks: int) -> int:
    """Numbers in a chunk, a multiple of four."""
    return 4 * math.ceil(problem.target.weights / chunks / 4)


def choose_chunks(problem: HypernetProblem, embedding: int, chunks: int) -> tuple[int, int]:
    """How many chunks, and how wide the layers: the widest that the cap allows.

    There are `chunks` chunks, and twice as many, again and again, where else the layers would be
    narrower than NARROW.

    Raises:
        TooFewNumbers: no number of chunks fits with layers of one unit.
    """

    def count(number: int, width: int) -> int:
        size = problem.conditions.size + embedding
        hypernetwork = plain_count(size, (width, width), _chunk(problem, number))
        return number * embedding + hypernetwork

    most = problem.cap * (1 + TOLERANCE)
    found = (0, 0)
    numbers = [chunks * 2**i for i in range(DOUBLINGS + 1)]
    for number in numbers:
        width = 0
        while count(number, width + 1) <= most:
            width += 1
        if width > found[1]:
            found = (number, width if width < 4 * NARROW else width // 4 * 4)
        if width >= NARROW:
            break
    if not found[1]:
        raise TooFewNumbers(
            f"chunks from layers of one unit take {min(count(n, 1) for n in numbers)} numbers, "
            f"more than the cap of {problem.cap}"
        )
    return found
