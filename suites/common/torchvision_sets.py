"""torchvision's data sets by name: `tv:FashionMNIST`, `tv:STL10[train]`, `tv:EMNIST[letters]`.

A set is looked for in the folders of WEIGHHOUSE_DATA, then in the usual ones; torchvision's own
class reads it. Without a split, training and test examples (and validation ones, where there are)
follow each other. Here: where the files lie, which splits there are, and what is read of them.
Not here: keeping what was read (suites.common.kept_sets), importing torchvision
(suites.common.torchvision_shim).
"""

from __future__ import annotations

import ast
import gzip
import inspect
import operator
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.records.home import home
from suites.common.data_set import SourceError
from suites.common.images import stack_pictures
from suites.common.kept_sets import Found, Reading, download_allowed, said

if TYPE_CHECKING:
    import numpy

PACKAGES = ("torchvision", "pillow")

FILES: Mapping[str, str] = {
    "CIFAR10": "cifar-10-batches-py/*",
    "CIFAR100": "cifar-100-python/*",
    "CLEVRClassification": "clevr/**/*",
    "Caltech101": "caltech101/**/*",
    "Caltech256": "caltech256/**/*",
    "Country211": "country211/**/*",
    "DTD": "dtd/**/*",
    "EMNIST": "EMNIST/raw/*",
    "EuroSAT": "eurosat/**/*",
    "FER2013": "fer2013/*",
    "FGVCAircraft": "fgvc-aircraft-2013b/**/*",
    "FashionMNIST": "FashionMNIST/raw/*",
    "Flowers102": "flowers-102/**/*",
    "Food101": "food-101/**/*",
    "GTSRB": "gtsrb/**/*",
    "KMNIST": "KMNIST/raw/*",
    "LFWPeople": "lfw-py/**/*",
    "MNIST": "MNIST/raw/*",
    "OxfordIIITPet": "oxford-iiit-pet/**/*",
    "PCAM": "pcam/*",
    "QMNIST": "QMNIST/raw/*",
    "RenderedSST2": "rendered-sst2/**/*",
    "SEMEION": "semeion.data",
    "STL10": "stl10_binary/*",
    "SUN397": "SUN397/**/*",
    "SVHN": "*_32x32.mat",
    "StanfordCars": "stanford_cars/**/*",
    "USPS": "usps*",
}
"""Each set's files below the folder that torchvision calls its root. A set that isn't named here
(ImageFolder, say) is looked for in a folder of its own name, which becomes the root."""

DEBIAN = {"FashionMNIST": ("fashion-mnist", "dataset-fashion-mnist")}
"""Sets that Debian packages: the folder below /usr/share/datasets, and the package."""

KNOWN = {
    "CIFAR10": ("not stated", "Krizhevsky, Learning Multiple Layers of Features (2009)"),
    "CIFAR100": ("not stated", "Krizhevsky, Learning Multiple Layers of Features (2009)"),
    "EMNIST": ("not stated", "Cohen et al., EMNIST, https://arxiv.org/abs/1702.05373"),
    "FashionMNIST": (
        "MIT",
        "Xiao, Rasul, Vollgraf, Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine "
        "Learning Algorithms, https://arxiv.org/abs/1708.07747",
    ),
    "KMNIST": ("CC BY-SA 4.0", "Clanuwat et al., https://arxiv.org/abs/1812.01718"),
    "MNIST": ("CC BY-SA 3.0", "LeCun, Cortes, Burges, The MNIST database of handwritten digits"),
    "STL10": ("not stated", "Coates, Lee, Ng, AISTATS 2011"),
    "SVHN": ("non-commercial use only", "Netzer et al., Reading Digits in Natural Images (2011)"),
}
"""Licence, and what to cite."""

WORDS = ("train", "val", "valid", "test")
"""What torchvision's classes call their splits, in the order in which they are read."""

OFF = "off"
"""Ends WEIGHHOUSE_DATA's list of folders: the usual ones aren't searched."""

TIMEOUT = 20.0
"""Seconds of silence after which a download is given up."""


def folders() -> list[Path]:
    """Where data sets are looked for, in this order: WEIGHHOUSE_DATA's folders, then the usual."""
    named = [part for part in os.environ.get("WEIGHHOUSE_DATA", "").split(os.pathsep) if part]
    if OFF in named:
        searched = [Path(part) for part in named[: named.index(OFF)]]
    else:
        searched = [*map(Path, named), _downloads(), Path("data"), Path("/usr/share/datasets")]
    return [folder.expanduser().absolute() for folder in searched]


def find(name: str) -> Found:
    """Where a set lies.

    Raises:
        SourceError: torchvision has no such set, or it isn't in any folder; one sentence with
            what to do.
    """
    kind, _split = _parts(name)
    found = _look(kind)
    if found is None and download_allowed():
        _fetch(name)
        found = _look(kind)
    if found is None:
        raise SourceError(_absent(name, kind))
    return found


def _look(kind: str) -> Found | None:
    for folder in folders():
        root, pattern = (folder, FILES[kind]) if kind in FILES else (folder / kind, "**/*")
        files = tuple(sorted(path for path in root.glob(pattern) if path.is_file()))
        if not files and kind in DEBIAN:
            files = tuple(sorted((folder / DEBIAN[kind][0]).glob("*-ubyte.gz")))
        if files:
            return Found(root, files)
    return None


def _parts(name: str) -> tuple[str, str]:
    """The class's name and the split ("" for all), e.g. ("EMNIST", "letters")."""
    match = re.fullmatch(r"tv:(\w+)(?:\[([\w-]+)\])?", name)
    if not match:
        raise SourceError(f"{name!r} isn't a data set's name: write tv:NAME or tv:NAME[SPLIT]")
    kind, split = match[1], match[2] or ""
    if kind not in _classes():
        near = get_close_matches(kind, _classes(), n=1)
        by_case = [known for known in _classes() if known.lower() == kind.lower()]
        hint = f"did you mean tv:{(by_case or near)[0]}?" if by_case or near else "correct the name"
        raise SourceError(f"torchvision has no data set {kind!r} (asked for as {name!r}): {hint}")
    return kind, split


@cache
def _classes() -> tuple[str, ...]:
    """The names of torchvision's data sets, read from its source: importing it takes seconds."""
    spec = find_spec("torchvision")
    if spec is None or spec.origin is None:
        raise SourceError("data sets named tv:NAME need torchvision; run: pip install torchvision")
    tree = ast.parse((Path(spec.origin).parent / "datasets" / "__init__.py").read_text())
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return tuple(ast.literal_eval(node.value))
    return tuple(FILES)


def _absent(name: str, kind: str) -> str:
    looked = ", ".join(map(str, folders())) or "no folder, as WEIGHHOUSE_DATA says"
    place = FILES.get(kind, f"{kind}/**/*")
    package = f"apt install {DEBIAN[kind][1]}, or " if kind in DEBIAN else ""
    return (
        f"{name} isn't here: {package}put its files ({place}) into a folder that WEIGHHOUSE_DATA "
        "names, or set WEIGHHOUSE_DOWNLOAD=1 to have torchvision fetch it, or use an embedded set "
        f"such as mnist5k (looked in {looked})"
    )


def _downloads() -> Path:
    """Where torchvision puts what it fetches."""
    return home() / "data"


def _fetch(name: str) -> None:
    """Have torchvision download a set.

    Raises:
        SourceError: it couldn't.
    """
    kind, _split = _parts(name)
    root = _downloads() if kind in FILES else _downloads() / kind
    root.mkdir(parents=True, exist_ok=True)
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)
    try:
        _open(name, root, download=True)
    except Exception as error:  # whatever a library says of a network
        raise SourceError(
            f"{_absent(name, kind)}; torchvision tried to fetch it: {said(error)}"
        ) from error
    finally:
        socket.setdefaulttimeout(before)


def read(name: str, found: Found) -> Reading:
    """A set's examples, split after split.

    Raises:
        SourceError: torchvision can't read the files, or they aren't pictures of one size with
            one class each.
    """
    kind, _split = _parts(name)
    try:
        with _unpacked(kind, found) as root:
            parts = _open(name, root)
            examples = [example for part in parts for example in _examples(part)]
    except SourceError:
        raise
    except Exception as error:  # whatever a library says of a damaged file
        raise SourceError(
            f"{name} can't be read from {os.path.commonpath(found.files)} ({said(error)}): put its "
            "files there anew"
        ) from error
    pixels = stack_pictures(name, (picture for picture, _target in examples))
    labels = _labels(name, [target for _picture, target in examples])
    licence, source = KNOWN.get(kind, ("not known here", f"torchvision.datasets.{kind}"))
    names = _class_names(parts[0], int(labels.max()) + 1)
    return Reading(pixels, labels, True, names, licence, source)


@contextmanager
def _unpacked(kind: str, found: Found) -> Iterator[Path]:
    """The folder to give torchvision; Debian's compressed files unpacked the way it wants them."""
    if kind not in DEBIAN or found.files[0].parent.name != DEBIAN[kind][0]:
        yield found.root
        return
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / kind / "raw"
        raw.mkdir(parents=True)
        for path in found.files:
            with gzip.open(path) as packed, (raw / path.stem).open("wb") as plain:
                shutil.copyfileobj(packed, plain)
        yield Path(folder)


def _open(name: str, root: Path, download: bool = False) -> list[Any]:
    """The parts of a set, as objects of torchvision's class.

    A class tells its parts apart by `train` (true or false), by `split` (a word), or by both.
    """
    from suites.common.torchvision_shim import import_torchvision

    kind, split = _parts(name)
    made = getattr(import_torchvision().datasets, kind)
    known = {
        parameter
        for base in made.__mro__
        if "__init__" in vars(base)
        for parameter in inspect.signature(base.__init__).parameters
    }
    more = {"download": True} if download and "download" in known else {}
    parts, refused = [], ""
    for chosen in _choices(name, split, known):
        try:
            parts.append(made(root=str(root), **chosen, **more))
        except ValueError as error:
            if "argument split" not in str(error):
                raise
            refused = said(error)
    if not parts:
        raise SourceError(f"{name}: name one of its splits, as in tv:{kind}[NAME]: {refused}")
    return parts


def _choices(name: str, split: str, known: set[str]) -> list[dict[str, Any]]:
    """What to give a class for each part, by the parameters that it knows."""
    trains = {"train": True, "test": False} if "train" in known else {}
    if "split" in known:
        words = [split] if split else WORDS
        both = [{"train": train} for train in trains.values()] or [{}]
        return [{"split": word, **chosen} for word in words for chosen in both]
    if not split:
        return [{"train": train} for train in trains.values()] or [{}]
    if split not in trains:
        has = f"its splits are {', '.join(trains)}" if trains else "it has no splits"
        raise SourceError(f"{name}: there is no split {split!r}; {has}")
    return [{"train": trains[split]}]


def _examples(part: Any) -> Iterator[tuple[Any, Any]]:
    """Pairs of a picture and its target."""
    for i in range(len(part)):
        yield part[i]


def _labels(name: str, targets: Sequence[Any]) -> numpy.ndarray:
    """The classes' numbers, int64."""
    import numpy as np

    try:
        labels = np.array([operator.index(target) for target in targets], dtype=np.int64)
    except TypeError:
        raise SourceError(
            f"{name} has no labels: its targets aren't numbers of classes; choose a set of "
            "pictures with one class each"
        ) from None
    if labels.min() < 0:
        raise SourceError(f"{name} has examples without a label (class {labels.min()})")
    return labels


def _class_names(part: Any, count: int) -> list[str]:
    """What torchvision calls the classes; their numbers where it doesn't say."""
    names = [str(known) for known in getattr(part, "classes", [])]
    return names if len(names) >= count else [str(number) for number in range(count)]
