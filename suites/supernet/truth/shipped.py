"""The shipped tables of ground truth, and what each file must be.

Here: plain data. Not here: reading them (suites.supernet.truth.table), making them
(suites.supernet.truth.build).
"""

from __future__ import annotations

from bench.contract.asset import Shipped


def _table(space: str, digest: str, rows: int) -> Shipped:
    return Shipped(
        path=f"suites/supernet/truth/{space}.csv.gz",
        digest=digest,
        regenerate=f"python -m suites.supernet.truth row {space} --row {{row}}",
        rows=rows,
        made_on="AMD EPYC",
    )


TABLES = {
    "micro201": _table(
        "micro201", "7820f421039494f9ff957b6b6bfc8f92c5c3ecebd416f9de5cb076c2dec65538", 1425
    ),
    "macro": _table(
        "macro", "04ce7353d83168c5e54fd4df9a90147b154afdae5854945228b9a92a2d25c2f8", 461
    ),
    "pooling": _table(
        "pooling", "6f4ebb883ddbdc8c7abae3d3829b373daad87e29a53760be424d8ed9aba59b17", 36
    ),
}
"""By the name of the space."""
