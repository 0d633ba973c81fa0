"""Finds what there is to run: suites, their tasks and references, and methods.

Here: scanning folders and entry points, and reading a method's metadata with `ast`, never by
importing it, so that listing and planning start without torch. Folders: `methods/<suite>/` of this
repository, the same layout under each `--methods-dir`, and packages that name their modules under
the entry-point group `weighhouse.methods` as `<suite>.<name> = package.module`. Files whose name
starts with `_` are helpers. Not here: what a method may declare (bench.contract.decorators, and
bench.catalogue.declaration, which checks it), running one (bench.running.worker).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench.catalogue.declaration import DeclarationError, Paper, read_methods, read_references
from bench.catalogue.suggestions import did_you_mean
from bench.contract.suite import Suite

ROOT = Path(__file__).resolve().parents[2]
"""The repository: the folder that holds bench/, suites/ and methods/."""

ENTRY_POINTS = "weighhouse.methods"


@dataclass(frozen=True)
class Method:
    """A registered method or reference, as far as its file's text tells.

    Attributes:
        suite, name, title: where it competes, and as what.
        kind: `method` or `reference`.
        function: the decorated function's name.
        path, line, name_line: where it stands: the function's line, and that of its name=.
        root: the folder from which its imports are resolved.
        summary: the first paragraph of its documentation.
        paper: absent for references.
        needs, params, space, track, traits: see bench.contract.decorators.
        role, meaning: of a reference; empty for methods.
    """

    suite: str
    name: str
    title: str
    kind: str
    function: str
    path: Path
    line: int
    root: Path
    summary: str
    track: str
    paper: Paper | None = None
    needs: tuple[str, ...] = ()
    params: Mapping[str, Any] | None = None
    space: Mapping[str, list[Any]] | None = None
    traits: tuple[str, ...] = ()
    role: str = ""
    meaning: str = ""
    name_line: int = 0

    @property
    def variants(self) -> tuple[str, ...]:
        """`default`, and `tuned` where it declares a space."""
        return ("default", "tuned") if self.space else ("default",)


@dataclass(frozen=True)
class Catalogue:
    """Everything that could run: suites by name, and methods by suite and name."""

    suites: Mapping[str, Suite]
    methods: Mapping[str, Mapping[str, Method]]


def catalogue(methods_dirs: Iterable[Path] = ()) -> Catalogue:
    """Read every suite and every method.

    Args:
        methods_dirs: more folders laid out like methods/, searched after this repository's.
    Raises:
        DeclarationError: a file's declaration is wrong, or two declare one name.
    """
    suites = _suites()
    methods: dict[str, dict[str, Method]] = {}
    for suite in suites.values():
        found = methods.setdefault(suite.name, {})
        for entry in _references(suite):
            _add(found, entry)
    for folder in (ROOT / "methods", *methods_dirs):
        for entry in _scan(Path(folder), suites):
            _add(methods[entry.suite], entry)
    for entry in _from_packages(suites):
        _add(methods[entry.suite], entry)
    return Catalogue(suites, methods)


def with_file(found: Catalogue, file: Path, suite: str = "") -> tuple[Catalogue, Method]:
    """A catalogue with one more method, whose file may lie anywhere, and that method.

    Args:
        file: in a folder named for its suite, or anywhere.
        suite: its suite, needed where the folder doesn't tell.
    Raises:
        DeclarationError: there is no such file or suite, what it declares is wrong, or its name
            is taken.
    """
    path = file.absolute()
    for entries in found.methods.values():
        for entry in entries.values():
            if entry.kind == "method" and entry.path.resolve() == path.resolve():
                return found, entry
    if not path.is_file():
        raise DeclarationError(
            f"{file}: no such file. Name a method's file; `python -m bench new` writes one."
        )
    folder = path.parent.name
    name = suite or folder
    if name not in found.suites:
        raise DeclarationError(
            f"{file}: its folder {folder!r} names no suite. Say which it is for with --suite NAME, "
            f"one of: {', '.join(found.suites)}."
            if not suite
            else f"--suite {suite}: there is no such suite.{did_you_mean(suite, found.suites)} "
            f"There are: {', '.join(found.suites)}."
        )
    root = path.parent.parent if folder == name else path.parent
    if root == path.parent:
        _refuse_installed_name(path)
    entry = _read(path, found.suites[name], root)
    extended = dict(found.methods[name])
    _add(extended, entry)
    return Catalogue(found.suites, {**found.methods, name: extended}), entry


def _refuse_installed_name(path: Path) -> None:
    """A file that lies alone is imported by its own name, which must not be another module's."""
    spec = find_spec(path.stem) if path.stem.isidentifier() else None
    if spec is not None and spec.origin != str(path):
        raise DeclarationError(
            f"{path}: Python has another module called {path.stem!r}. Rename the file and its "
            "name=, or put it in a folder named for its suite."
        )


def suites() -> Mapping[str, Suite]:
    """Every suite by name."""
    return _suites()


@cache
def _suites() -> dict[str, Suite]:
    """Every `suites/<name>/definition.py`, in the folders' order."""
    files = sorted((ROOT / "suites").glob("*/definition.py"))
    found = [import_module(f"suites.{file.parent.name}.definition").SUITE for file in files]
    return {suite.name: suite for suite in found}


def _references(suite: Suite) -> Iterable[Method]:
    path = ROOT / Path(*suite.references.split(".")).with_suffix(".py")
    for declared in read_references(path):
        yield Method(
            suite=suite.name,
            kind="reference",
            path=path,
            root=ROOT,
            track=declared.pop("track") or "",
            **declared,
        )


def _scan(folder: Path, suites: Mapping[str, Suite]) -> Iterable[Method]:
    if not folder.is_dir():
        raise DeclarationError(
            f"{folder}: no such folder. --methods-dir names a folder laid out like methods/: "
            f"one folder for each suite ({', '.join(suites)}), one file a method."
        )
    folder = folder.resolve()
    root = ROOT if folder == ROOT / "methods" else folder
    for file in sorted(folder.glob("*/*.py")):
        if file.name.startswith("_"):
            continue
        if file.parent.name not in suites:
            raise DeclarationError(
                f"{file}: there is no suite {file.parent.name!r}. Put the file in a folder named "
                f"for one of: {', '.join(suites)}."
            )
        yield _read(file, suites[file.parent.name], root)


def _from_packages(suites: Mapping[str, Suite]) -> Iterable[Method]:
    for point in metadata.entry_points(group=ENTRY_POINTS):
        suite, _, _name = point.name.partition(".")
        spec = find_spec(point.module)
        if suite not in suites or spec is None or spec.origin is None:
            raise DeclarationError(
                f"entry point {point.name!r} = {point.value!r} of group {ENTRY_POINTS}: name it "
                f"<suite>.<method> with a suite of {', '.join(suites)}, and a module that exists."
            )
        path = Path(spec.origin)
        yield _read(path, suites[suite], path.parents[point.module.count(".")])


def _read(path: Path, suite: Suite, root: Path) -> Method:
    declared = read_methods(path, suite, (root, ROOT))
    track = declared.pop("track") or suite.tracks[0].name
    return Method(suite=suite.name, kind="method", path=path, root=root, track=track, **declared)


def _add(found: dict[str, Method], entry: Method) -> None:
    taken = found.get(entry.name)
    if taken is not None:
        raise DeclarationError(
            f"{entry.path}:{entry.name_line}: the name {entry.name!r} is taken by "
            f"{taken.path}:{taken.name_line}. Give the file and its name= another one."
        )
    found[entry.name] = entry
