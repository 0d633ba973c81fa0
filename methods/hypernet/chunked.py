"""Chunked: one small hypernetwork gives the target chunk by chunk, theta_k = h([c, e_k]).

All parameters of the target lie in one vector that is cut into chunks of one size, wherever that
falls; each chunk k has an embedding e_k ~ N(0, 1), trained; what the last chunk has too much is
left out. h has two hidden layers of one width, with the suite's LeakyReLU, and torch's own
initialisation. There are `chunks` chunks, and twice as many, again and again, where else the layers
would be narrower than eight; the width is the largest that the cap allows. The condition c stands
before the embedding as it is.

Source: von Oswald, Henning, Grewe and Sacramento, "Continual learning with hypernetworks" (2020),
https://arxiv.org/abs/1906.00695, section 3.2: chunking; embeddings as in the authors' hypnettorch.
"""

from __future__ import annotations

from bench import method
from suites.hypernet.chunks import Chunked, choose_chunks
from suites.hypernet.problem import HypernetProblem


@method(
    name="chunked",
    title="Chunked",
    paper=("Continual learning with hypernetworks", 2020, "https://arxiv.org/abs/1906.00695"),
    needs=["condition", "room"],
    params={"embedding": 8, "chunks": 4},
)
def chunked(problem: HypernetProblem, *, embedding: int, chunks: int) -> Chunked:
    """Build a chunked hypernetwork as wide as the cap allows."""
    return Chunked(problem, embedding, *choose_chunks(problem, embedding, chunks))
