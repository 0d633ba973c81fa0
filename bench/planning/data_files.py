"""The data files that a source file reads: those beside it whose names stand in its text.

Here: which they are, found in the text alone, and the digest of one; they count as part of the
source. Not here: imports (bench.planning.source), what can't be found in a text
(bench.planning.unseen).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from hashlib import file_digest
from pathlib import Path

from bench.catalogue.decorated import parse

FOLDERS = frozenset(
    {"Path", "PurePath", "files", "glob", "iglob", "join", "joinpath", "listdir", "open", "rglob"}
    | {"scandir", "walk", "with_name"}
)
"""Calls whose arguments may name a folder; elsewhere a word such as `data` is just a word."""

LETTERS = 2
"""How many letters or digits a name made at run time must show, e.g. the `csv` of f"{n}.csv"."""


def named_files(path: Path, tree: ast.Module | None = None) -> tuple[Path, ...]:
    """The data files beside a source file, or below, that it names in a text; sorted.

    A text that is a file's path counts wherever it stands, and so does the pattern of an f-string;
    the path of a folder counts, with all that is in it, where it is divided into a path or given
    to a call such as `Path` or `glob`. `.npz` alone means the source file's own name with that
    suffix. Python files are none of them: they count where they are imported.

    Args:
        tree: the file's syntax tree; without it the file is read, where there is anything beside.
    """
    folder = path.parent
    beside = [entry for entry in folder.iterdir() if _is_data(entry) or _is_folder(entry)]
    if not beside:
        return ()
    tree = tree or parse(path)
    named: set[Path] = set()
    for text in _texts(tree):
        if text.startswith(".") and not text.startswith(("./", "..")):
            named.update(filter(_is_data, [path.with_name(path.stem + text)]))
        named.update(filter(_is_data, _below(folder, text)))
    for pattern in _patterns(tree):
        named.update(file for file in beside if _is_data(file) and fnmatch(file.name, pattern))
    for text in _folders(tree):
        for inner in filter(_is_folder, _below(folder, text)):
            named.update(file for file in inner.rglob("*") if _is_data(file))
    return tuple(sorted(named))


def content_digest(file: Path) -> str:
    """The sha256 of a data file, in hex."""
    with file.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def _is_data(file: Path) -> bool:
    hidden = any(part.startswith((".", "__pycache__")) for part in file.parts[-2:])
    return file.suffix not in (".py", ".pyc") and not hidden and file.is_file()


def _is_folder(place: Path) -> bool:
    return place.is_dir() and not place.name.startswith((".", "__pycache__"))


def _below(folder: Path, text: str) -> Iterator[Path]:
    """What a text names inside a folder, not the folder itself and nothing outside of it."""
    if not text or len(text) > 250 or not text.isprintable() or Path(text).is_absolute():
        return
    place = folder / text
    if ".." not in place.parts and place != folder:
        yield place


def _texts(tree: ast.Module) -> Iterator[str]:
    """Every text of a file, and those that are divided or joined into one path."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
    yield from _folders(tree)


def _folders(tree: ast.Module) -> Iterator[str]:
    """Texts in the places of paths: `here / "a" / "b"` gives a/b, `join(here, "a", "b")` too."""
    inner = set()  # of `here / "a" / "b"` only the whole is a path, not `here / "a"` in it
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            inner.add(id(node.left))
            if id(node) not in inner:
                yield "/".join(_divided(node))
        elif isinstance(node, ast.Call) and _last_name(node.func) in FOLDERS:
            yield "/".join(_constants(node.args))


def _divided(node: ast.expr) -> list[str]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return [*_divided(node.left), *_constants([node.right])]
    return []


def _constants(nodes: Iterable[ast.expr]) -> list[str]:
    return [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]


def _patterns(tree: ast.Module) -> Iterator[str]:
    """f-strings as patterns of file names: f"table-{n}.csv" gives table-*.csv."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [_constants([value]) for value in node.values]
            letters = sum(c.isalnum() for part in parts for text in part for c in text)
            if letters >= LETTERS:
                yield "".join(part[0].replace("[", "[[]") if part else "*" for part in parts)


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
