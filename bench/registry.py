"""Finds what there is to run: suites, their tasks and references, and methods.

Here: scanning folders and entry points, and reading a method's metadata with `ast`, never by
importing it, so that listing and planning start without torch. Folders: `methods/<suite>/` of
this repository, the same layout under each `--methods-dir`, and packages that name their
modules under the entry-point group `weighhouse.methods` as `<suite>.<name> = package.module`.
Files whose name starts with `_` are helpers. Not here: what a method may declare (bench.decorators,
and bench.declaration, which checks it), running one (bench.worker).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench.declaration import DeclarationError, Paper, read_methods, read_references
from bench.suite import Suite

ROOT = Path(__file__).resolve().parent.parent
"""The repository: the folder that holds bench/, suites/ and methods/."""

ENTRY_POINTS = "weighhouse.methods"


@dataclass(frozen=True)
class Method:
    """A registered method or reference, as far as its file's text tells.

    Attributes:
        suite, name, title: where it competes, and as what.
        kind: `method` or `reference`.
        function: the decorated function's name.
        path, line: where it stands.
        root: the folder from which its imports are resolved.
        summary: the first paragraph of its documentation.
        paper: absent for references.
        needs, params, space, track, traits: see bench.decorators.
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
    root = ROOT if folder.resolve() == ROOT / "methods" else folder.resolve()
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
    declared = read_methods(path, suite)
    track = declared.pop("track") or suite.tracks[0].name
    return Method(suite=suite.name, kind="method", path=path, root=root, track=track, **declared)


def _add(found: dict[str, Method], entry: Method) -> None:
    taken = found.get(entry.name)
    if taken is not None:
        raise DeclarationError(
            f"{entry.path}:{entry.line}: the name {entry.name!r} is taken by "
            f"{taken.path}:{taken.line}. Give the file and its name= another one."
        )
    found[entry.name] = entry
