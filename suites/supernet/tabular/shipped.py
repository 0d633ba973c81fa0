"""Which tables of this folder are shipped, pinned by their digests.

Here: plain data, read without numpy, for a suite's assets. Not here: what the tables hold
(suites.supernet.tabular.nb201, suites.supernet.tabular.nbgraph).
"""

from __future__ import annotations

from bench.contract.asset import Shipped


def _shipped(name: str, rows: int, digest: str) -> Shipped:
    return Shipped(
        path=f"suites/supernet/tabular/{name}.csv.gz",
        digest=digest,
        regenerate=f"python -m suites.supernet.tabular row {name} --row {{row}}",
        rows=rows,
    )


NB201 = _shipped(
    "nb201", 15_625, "f99f4120009c6a8856e4abec0abadc01e0520de0e55880da2ca3ba8c54580287"
)
NBGRAPH = _shipped(
    "nbgraph", 26_206, "bfb878710cd776e2c8e15f73707d67cd8037217af050fe0407a11c796bbd4032"
)
