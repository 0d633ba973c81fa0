"""Digests of source code: what a file and everything it imports say, comments aside.

Here: a module's import closure inside the repository (and inside a `--methods-dir`), found in
the text of the files: the digest of each file's code, and the third-party packages that they
import. Comments, docstrings, blank lines and trailing spaces don't count, nor do imports under
`TYPE_CHECKING`; imports inside functions do. An import whose name is made at run time can't be
seen. Not here: what else a key holds (bench.planning.keys).
"""

from __future__ import annotations

import ast
import io
import json
import os
import sys
import tokenize
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench.catalogue.decorated import parse
from bench.planning.data_files import content_digest, named_files

CACHE_FORMAT = 3
DIGEST = 12
"""Hex digits of a file's digest: 48 bits tell an edit from none."""


@dataclass(frozen=True)
class Source:
    """What one file says: the digest of its code, and the names that it imports.

    `imports` holds (level, module, names): `from ..a import b` is (2, "a", ("b",)).
    """

    digest: str
    imports: tuple[tuple[int, str, tuple[str, ...]], ...]


class SourceIndex:
    """Reads files once, and remembers what they say by the digest of their bytes.

    Args:
        cache_file: where to remember between processes; None to forget.
    """

    def __init__(self, cache_file: Path | None = None) -> None:
        self._cache_file = cache_file
        self._known = _read_cache(cache_file)
        self._new = False
        self._sources: dict[Path, Source] = {}

    def files(self, start: Path, roots: Iterable[Path]) -> dict[str, str]:
        """What a file says, everything under the roots that it imports, and the data they name.

        Args:
            start: the module's file.
            roots: folders from which absolute imports are resolved, first match wins.
        Returns:
            File, relative to its root -> digest of its code, sorted; the same wherever the roots
            lie on the disk.
        """
        roots = tuple(root.resolve() for root in roots)
        return dict(
            sorted((_relative(file, roots), digest) for file, digest in self._digests(start, roots))
        )

    def _digests(self, start: Path, roots: tuple[Path, ...]) -> Iterator[tuple[Path, str]]:
        for file in self.closure(start, roots):
            yield file, self._source(file).digest
            for data in named_files(file):
                yield data, content_digest(data)[:DIGEST]

    def third_party(self, start: Path, roots: Iterable[Path]) -> set[str]:
        """The top-level names that a closure imports from outside of the roots and of Python."""
        roots = tuple(root.resolve() for root in roots)
        named = {
            (file, module.partition(".")[0])
            for file in self.closure(start, roots)
            for level, module, _ in self._source(file).imports
            if not level
        }
        return {
            name
            for file, name in named
            if name not in sys.stdlib_module_names
            and not any(_is_followed(r, file, name) and _is_inside(r, name) for r in roots)
        }

    def closure(self, start: Path, roots: tuple[Path, ...]) -> set[Path]:
        """The file itself and every file under the roots that importing it would run."""
        start = start.resolve()
        reached, open_files = {start}, [start]
        while open_files:
            file = open_files.pop()
            for target in self._targets(file, roots):
                if target not in reached:
                    reached.add(target)
                    open_files.append(target)
        return reached

    def save(self) -> None:
        """Write the cache, aside and renamed; a cache that can't be written is done without."""
        if self._cache_file is None or not self._new:
            return
        text = json.dumps({"format": CACHE_FORMAT, "sources": self._known})
        aside = self._cache_file.with_suffix(f".{os.getpid()}.tmp")
        try:
            self._cache_file.parent.mkdir(parents=True, exist_ok=True)
            aside.write_text(f"{sha256(text.encode()).hexdigest()}\n{text}")
            aside.replace(self._cache_file)
        except OSError:
            with suppress(OSError):
                aside.unlink(missing_ok=True)

    def _source(self, file: Path) -> Source:
        if file not in self._sources:
            content = file.read_bytes()
            name = sha256(content).hexdigest()
            if name not in self._known:
                source = _analyse(file)
                self._known[name] = [source.digest, [list(i) for i in source.imports]]
                self._new = True
            digest, imports = self._known[name]
            self._sources[file] = Source(digest, tuple((i[0], i[1], tuple(i[2])) for i in imports))
        return self._sources[file]

    def _targets(self, file: Path, roots: tuple[Path, ...]) -> Iterable[Path]:
        root = next((root for root in roots if file.is_relative_to(root)), None)
        package = file.parent.relative_to(root).parts if root else ()
        for level, module, names in self._source(file).imports:
            parts = tuple(module.split(".")) if module else ()
            if level:
                parts = package[: len(package) - level + 1] + parts
            for base in roots:
                if parts and not _is_followed(base, file, parts[0]):
                    continue
                reached = list(_module_files(base, parts))
                for name in names:  # a package's folder needs no __init__.py
                    reached += _module_files(base, (*parts, name))[-1:]
                if reached:
                    yield from reached
                    break


def _is_followed(base: Path, file: Path, package: str) -> bool:
    """Whether a file's import of a top-level name is looked up under a root.

    Where packages are installed, only the file's own one counts: others have versions.
    """
    if not _holds_packages(base):
        return True
    return file.is_relative_to(base) and file.relative_to(base).parts[0] == package


@cache
def _holds_packages(folder: Path) -> bool:
    return next(folder.glob("*.dist-info"), None) is not None


def _is_inside(root: Path, name: str) -> bool:
    """Whether a top-level name is a module or a folder under a root."""
    return (root / name).is_dir() or (root / f"{name}.py").is_file()


@cache
def _module_files(root: Path, parts: tuple[str, ...]) -> tuple[Path, ...]:
    """The files that importing a dotted name runs under a root: packages, then the module."""
    files: list[Path] = []
    folder = root
    for i, part in enumerate(parts):
        module = folder / f"{part}.py"
        folder = folder / part
        if i == len(parts) - 1 and module.is_file():
            return (*files, module)
        if not folder.is_dir():
            return ()
        if (folder / "__init__.py").is_file():
            files.append(folder / "__init__.py")
    return tuple(files)


def _relative(file: Path, roots: tuple[Path, ...]) -> str:
    for root in roots:
        if file.is_relative_to(root):
            return file.relative_to(root).as_posix()
    return file.name


def _analyse(file: Path) -> Source:
    tree = parse(file)
    imports: list[tuple[int, str, tuple[str, ...]]] = []
    for node in _run(tree):
        if isinstance(node, ast.Import):
            imports += [(0, alias.name, ()) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            imports.append((node.level, node.module or "", names))
    text = code_only(file.read_text(encoding="utf-8"), tree)
    return Source(sha256(text.encode()).hexdigest()[:DIGEST], tuple(imports))


def _run(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but those that only a type checker reads: the body of `if TYPE_CHECKING:`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and _names_type_checking(node.test):
            for other in node.orelse:
                yield other
                yield from _run(other)
            continue
        yield node
        yield from _run(node)


def _names_type_checking(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"


def code_only(text: str, tree: ast.Module | None = None) -> str:
    """A file's text without comments, docstrings, blank lines and trailing spaces.

    Works on the text and not on a dump of the syntax tree, whose form changes between versions
    of Python: a record's key must not.
    """
    lines = text.splitlines()
    for node in ast.walk(tree or ast.parse(text)):
        body = getattr(node, "body", None)
        if not isinstance(body, list) or not body or not isinstance(body[0], ast.Expr):
            continue
        value = body[0].value
        if not (isinstance(value, ast.Constant) and isinstance(value.value, str)):
            continue
        if isinstance(node, (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for number in range(value.lineno - 1, value.end_lineno or value.lineno):
                lines[number] = ""
    kept = list(lines)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        row, column = token.start
        if token.type == tokenize.COMMENT and lines[row - 1]:
            kept[row - 1] = lines[row - 1][:column]
    return "\n".join(line.rstrip() for line in kept if line.strip())


def _read_cache(file: Path | None) -> dict[str, list[Any]]:
    """What a cache file remembers; nothing where it is missing, damaged or of another format."""
    try:
        digest, _, text = file.read_text().partition("\n") if file else ("", "", "")
        whole = sha256(text.encode()).hexdigest() == digest
        data = json.loads(text) if whole else {}
    except (OSError, ValueError):
        return {}
    known: dict[str, list[Any]] = data.get("sources", {})
    return known if data.get("format") == CACHE_FORMAT else {}
