"""Chunked, one target: a small hypernetwork gives the target chunk by chunk, theta_k = h(e_k).

Stored are h and the chunks' embeddings, in fewer numbers than the target has: see `chunked`, which
has a condition as well. There are CHUNKS chunks, or more where the layers would be too narrow.

Source: von Oswald, Henning, Grewe and Sacramento, "Continual learning with hypernetworks" (2020),
https://arxiv.org/abs/1906.00695, section 3.2: chunking, there said to compress the target.
"""

from __future__ import annotations

from bench import method
from suites.hypernet.chunks import Chunked, choose_chunks
from suites.hypernet.problem import HypernetProblem

CHUNKS = 4
"""Twice as many, again and again, where else a layer would have under eight units."""


@method(
    name="chunked_static",
    title="Chunked, one target",
    paper=("Continual learning with hypernetworks", 2020, "https://arxiv.org/abs/1906.00695"),
    needs=["one_target"],
    track="compress",
    params={"embedding": 8},
)
def chunked_static(problem: HypernetProblem, *, embedding: int) -> Chunked:
    """Build a chunked hypernetwork as wide as the cap allows."""
    return Chunked(problem, embedding, *choose_chunks(problem, embedding, CHUNKS))
