"""Real prose that every installation has: the docstrings of the libraries that this project pins.

A chunk is 80 words of a file's docstrings, one after the other; its domain is the library and its
sub-package (`scipy.stats`). Sources are read with `ast`, never imported. Here: which files, what of
a docstring is prose, words, chunks, and the digest by which planning knows all that without
reading it. Not here: near-duplicates (suites.selection.text.duplicates), keeping what was read and
other sources of text (suites.selection.text.texts). Importing this imports neither torch nor numpy.
"""

from __future__ import annotations

import ast
import platform
import re
import sysconfig
import warnings
from base64 import urlsafe_b64encode
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib import metadata
from pathlib import Path

from suites.common.data_set import SourceError

PYTHON = "python"
"""Stands for the standard library among distributions."""

SCIENCE = (("numpy", "numpy"), ("scipy", "scipy"), ("scikit-learn", "sklearn"))
SOURCES: dict[str, tuple[tuple[str, str], ...]] = {
    "docstrings": (
        ("torch", "torch"),
        *SCIENCE,
        ("pandas", "pandas"),
        ("dask", "dask"),
        ("distributed", "distributed"),
        (PYTHON, PYTHON),
    ),
    "docstrings-science": SCIENCE,
}
"""The sources by name: the distributions that are read, and the package of each. All are permissive
(BSD; Python's own licence). The smaller one is read in a fifth of the time."""

SKIPPED = frozenset(
    (
        *("test", "tests", "testing", "_internal", "__pycache__"),
        *("_vendor", "vendored", "externals", "array_api_compat", "site-packages", "dist-packages"),
        *("distutils", "lib2to3", "idlelib", "turtledemo"),
    )
)
"""Folders whose docstrings are of tests, of other projects than the package's name says, or gone
from later Pythons."""

VERSION_FILES = frozenset(("version.py", "_version.py"))
"""Differ between two builds of one version, and hold no prose."""

CHUNK = 80
"""Words of a chunk: as many in each, so that a number of chunks is an amount of text."""

REPEATED = 8
"""A paragraph of at least so many words that stood before is left out: parameters described alike
in fifty functions."""

LETTERS = 0.6
"""The least share of letters: in a line of its characters, in a chunk of words among its tokens.
Code, numbers, tables and rules have fewer."""

_WORD = re.compile(r"\w+|[^\w\s]+")
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_BLOCKS = ("body", "orelse", "finalbody", "handlers")


@dataclass(frozen=True)
class SourceFile:
    """A file that is read.

    Attributes:
        path: where it lies.
        domain: library and sub-package.
        name: its path inside the installation, with forward slashes.
        said: what the installation says of it: the hash in RECORD; of the standard library's, size.
    """

    path: Path
    domain: str
    name: str
    said: str


def words(text: str) -> list[str]:
    """A text's tokens: lower case, runs of word characters or of other signs.

    As the tokeniser of DSIR's package has it (nltk's WordPunctTokenizer), so that a text joined by
    spaces gives the same tokens again.
    """
    return _WORD.findall(text.lower())


def digest(source: str = "docstrings") -> str:
    """sha256 over versions, file list and what the installation says of each file's content.

    pip's RECORD holds the sha256 of every file, so that this is a digest of contents without
    reading one; `chunks` holds what it reads against them. The standard library has no RECORD: its
    version, and the size of each file, stand for the contents.

    Raises:
        SourceError: a library isn't installed, or not by an installer that leaves RECORD.
    """
    found = sha256()
    for distribution, package in SOURCES[source]:
        found.update(f"{distribution} {_version(distribution)}\n".encode())
        for file in files(distribution, package):
            found.update(f"{file.name} {file.said}\n".encode())
    return found.hexdigest()


def files(distribution: str, package: str) -> list[SourceFile]:
    """What is read of a library, by name.

    Raises:
        SourceError: as of `digest`.
    """
    listed = _standard() if distribution == PYTHON else _installed(distribution, package)
    kept = [
        file
        for file in listed
        if not SKIPPED & set(file.name.split("/")) and file.path.name not in VERSION_FILES
    ]
    return sorted(kept, key=lambda file: file.name)


def chunks(source: str = "docstrings") -> list[tuple[str, str]]:
    """Every chunk: its domain, and its words separated by single spaces.

    The order is that of libraries, files and lines.

    Raises:
        SourceError: as of `digest`; or a file isn't what RECORD says.
    """
    seen: set[str] = set()
    found = []
    for distribution, package in SOURCES[source]:
        for file in files(distribution, package):
            content = _content(file)
            found += [(file.domain, chunk) for chunk in chunks_of(content, seen)]
    return found


def chunks_of(content: bytes, seen: set[str]) -> list[str]:
    """A file's chunks, each of CHUNK words; what is left at its end is dropped.

    Args:
        content: Python source; what this Python can't parse (another version's) has no chunks.
        seen: paragraphs that stood before; those of this file are added.
    """
    tokens: list[str] = []
    for docstring in docstrings(content):
        for paragraph in paragraphs(docstring):
            mine = words(paragraph)
            text = " ".join(mine)
            if len(mine) >= REPEATED and text in seen:
                continue
            seen.add(text)
            tokens += mine
    cut = [tokens[i : i + CHUNK] for i in range(0, len(tokens) - CHUNK + 1, CHUNK)]
    return [" ".join(chunk) for chunk in cut if _is_prose(chunk)]


def docstrings(content: bytes) -> Iterator[str]:
    """A source's docstrings, from its first line to its last."""
    if b'"""' not in content and b"'''" not in content:
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes in other people's strings
            tree = ast.parse(content)
    except (SyntaxError, ValueError):
        return
    yield from _docstrings(tree)


def paragraphs(docstring: str) -> list[str]:
    """A docstring's prose, paragraph by paragraph: no examples, directives, rules or tables."""
    found: list[str] = []
    for block in re.split(r"\n\s*\n", docstring):
        lines = []
        for line in map(str.strip, block.splitlines()):
            if line.startswith(">>>"):
                break  # the rest of the block is what the example prints
            if not line.startswith(("...", "..")) and _is_mostly_letters(line):
                lines.append(line)
        if lines:
            found.append(" ".join(lines))
    return found


def _is_mostly_letters(line: str) -> bool:
    signs = "".join(line.split())
    return bool(signs) and sum(map(str.isalpha, signs)) >= LETTERS * len(signs)


def _is_prose(tokens: Sequence[str]) -> bool:
    return sum(map(str.isalpha, tokens)) >= LETTERS * len(tokens)


def _docstrings(node: ast.AST) -> Iterator[str]:
    """Of a statement and those inside it; expressions, which are most of a tree, aren't visited."""
    if isinstance(node, _DOCUMENTED) and (text := ast.get_docstring(node)):
        yield text
    for name in _BLOCKS:
        for inner in getattr(node, name, ()):
            if hasattr(inner, "body"):
                yield from _docstrings(inner)


def _version(distribution: str) -> str:
    if distribution == PYTHON:
        return platform.python_version()
    # two builds of a version (2.13.0+cpu, 2.13.0+cu130) have the same prose; RECORD tells if not
    return _distribution(distribution).version.partition("+")[0]


def _distribution(name: str) -> metadata.Distribution:
    try:
        return metadata.distribution(name)
    except metadata.PackageNotFoundError:
        raise SourceError(
            f"docstrings: the package {name} isn't installed; run: pip install {name}"
        ) from None


def _installed(distribution: str, package: str) -> Iterator[SourceFile]:
    """The Python files that RECORD lists of a package."""
    installed = _distribution(distribution)
    record = installed.read_text("RECORD")
    if not record:
        raise SourceError(
            f"docstrings: {distribution} was installed without the list of its files (RECORD); "
            f"install it by pip: pip install --force-reinstall {distribution}"
        )
    root = Path(str(installed.locate_file("")))
    for line in record.splitlines():
        if line.startswith(f"{package}/"):
            name, _, rest = line.partition(",")
            if name.endswith(".py"):
                yield SourceFile(root / name, _domain(name), name, rest.partition(",")[0])


def _standard() -> Iterator[SourceFile]:
    """The standard library's Python files."""
    root = Path(sysconfig.get_path("stdlib"))
    folders = [root]
    while folders:
        for path in folders.pop().iterdir():
            if path.suffix == ".py":
                name = f"{PYTHON}/{path.relative_to(root).as_posix()}"
                yield SourceFile(path, _domain(name), name, str(path.stat().st_size))
            elif path.is_dir() and path.name not in SKIPPED and "." not in path.name:
                folders.append(path)


def _domain(name: str) -> str:
    """`scipy.stats` of `scipy/stats/_qmc.py`."""
    return ".".join(name.removesuffix(".py").split("/")[:2])


def _content(file: SourceFile) -> bytes:
    """A file's bytes. Raises SourceError: they aren't what the installation says."""
    try:
        content = file.path.read_bytes()
    except OSError as error:
        raise SourceError(f"docstrings: {file.path} can't be read: {error.strerror}") from None
    if file.said.startswith("sha256="):
        hashed = urlsafe_b64encode(sha256(content).digest()).decode().rstrip("=")
        if file.said != f"sha256={hashed}":
            raise SourceError(
                f"docstrings: {file.path} isn't what was installed; run: pip install "
                f"--force-reinstall {file.name.partition('/')[0]}"
            )
    return content


def domains(chunked: Sequence[tuple[str, str]]) -> dict[str, int]:
    """How many chunks each domain has, the largest first."""
    counts: dict[str, int] = defaultdict(int)
    for domain, _ in chunked:
        counts[domain] += 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
