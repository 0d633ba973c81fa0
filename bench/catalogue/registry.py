"""Finds what there is to run: suites, their tasks and references, and methods.

Here: scanning folders and entry points, and reading a method's metadata with `ast`, never by
importing it, so that listing and planning start without torch. Folders: `methods/<suite>/` of this
repository, the same layout under each `--methods-dir`, the folder `methods` of a suite from
elsewhere, and packages that name their modules under the entry-point group `weighhouse.methods` as
`<suite>.<name> = package.module`. Files whose name starts with `_` are helpers. Not here: where
suites come from (bench.catalogue.suites), what a method may declare (bench.contract.decorators,
and bench.catalogue.declaration, which checks it), running one (bench.running.worker).
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench.catalogue.declaration import Paper, read_method, read_references
from bench.catalogue.decorated import DeclarationError
from bench.catalogue.modules import ROOT, locate
from bench.catalogue.packages import METHODS, SUITES, LeftOut, module_of, read_points
from bench.catalogue.standing import stands_on
from bench.catalogue.suggestions import did_you_mean
from bench.catalogue.suites import (
    PlacedSuite,
    methods_folder,
    own_suites,
    suite_of_package,
    suites_of_folder,
)
from bench.contract.suite import Suite, Task

__all__ = ["ROOT", "Catalogue", "Method", "catalogue", "with_file"]

LAYOUT = "a folder laid out like methods/: one folder a suite, one file a method"


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
        needs, params, space, track, traits, tiers: see bench.contract.decorators.
        role, meaning, tasks: of a reference; empty for methods.
        options: the options without which the command line doesn't know it, e.g.
            `--methods-dir /home/me/mine`.
        alone: whether its file lies where no --methods-dir finds it: only `try FILE` knows it.
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
    tiers: tuple[str, ...] = ()
    role: str = ""
    meaning: str = ""
    tasks: tuple[str, ...] = ()
    name_line: int = 0
    options: str = ""
    alone: bool = False

    def enters(self, task: Task) -> bool:
        """Whether it has a row on that task: its track enters, and it doesn't stand elsewhere."""
        return task.admits(self.track) and stands_on(task, self.tasks)

    def runs_at(self, tier: str) -> bool:
        """Whether it is run in that tier."""
        return not self.tiers or tier in self.tiers

    @property
    def variants(self) -> tuple[str, ...]:
        """`default`, and `tuned` where it declares a space."""
        return ("default", "tuned") if self.space else ("default",)


@dataclass(frozen=True)
class Catalogue:
    """Everything that could run: suites by name, and methods by suite and name.

    Attributes:
        left_out: what installed packages declare and can't be used.
    """

    suites: Mapping[str, Suite]
    methods: Mapping[str, Mapping[str, Method]]
    left_out: tuple[LeftOut, ...] = ()

    def why_left_out(self, kind: str, name: str) -> str:
        """The sentence about a `method` or `suite` of a broken package; "" if there is none."""
        return next((o.sentence for o in self.left_out if (o.kind, o.name) == (kind, name)), "")


def catalogue(methods_dirs: Iterable[Path] = (), suites_dirs: Iterable[Path] = ()) -> Catalogue:
    """Read every suite and every method.

    Args:
        methods_dirs: more folders laid out like methods/, searched after this repository's.
        suites_dirs: more folders laid out like suites/.
    Raises:
        DeclarationError: a file's declaration is wrong, or two declare one name. What installed
            packages get wrong is left out, and told in the catalogue.
    """
    left_out: list[LeftOut] = []
    places = _suites(suites_dirs, left_out)
    methods: dict[str, dict[str, Method]] = {}
    for place in places.values():
        known = methods[place.suite.name] = {}
        for method in (*_references(place), *_own_methods(place)):
            _add(known, method)
    for folder in dict.fromkeys([ROOT / "methods", *(d.resolve() for d in methods_dirs)]):
        for method in _scan(folder, places):
            _add(methods[method.suite], method)

    def read(point: EntryPoint) -> None:
        method = _method_of_package(point, places)
        _add(methods[method.suite], method)

    for _ in read_points(METHODS, read, left_out):
        pass
    suites = {name: place.suite for name, place in places.items()}
    return Catalogue(suites, methods, tuple(left_out))


def _suites(folders: Iterable[Path], left_out: list[LeftOut]) -> Mapping[str, PlacedSuite]:
    """Every suite by name: this repository's, the folders', the packages'."""
    places = dict(own_suites())

    def add(place: PlacedSuite) -> None:
        taken = places.setdefault(place.suite.name, place)
        if taken is not place:
            raise DeclarationError(
                f"{place.definition}: the name {place.suite.name!r} is taken by the suite of "
                f"{taken.definition}. Give the folder and its suite another one."
            )

    for folder in dict.fromkeys(folders):
        for place in suites_of_folder(folder):
            add(place)
    for _ in read_points(SUITES, lambda point: add(suite_of_package(point)), left_out):
        pass
    return places


def with_file(known: Catalogue, file: Path, suite: str = "") -> tuple[Catalogue, Method]:
    """A catalogue with one more method, whose file may lie anywhere, and that method.

    Args:
        file: in a folder named for its suite, or anywhere.
        suite: its suite, needed where the folder doesn't tell.
    Raises:
        DeclarationError: there is no such file or suite, what it declares is wrong, or its name
            is taken.
    """
    path = file.absolute()
    for methods in known.methods.values():
        for method in methods.values():
            if method.kind == "method" and method.path.resolve() == path.resolve():
                return known, method
    if not path.is_file():
        raise DeclarationError(
            f"{file}: no such file. Name a method's file; `python -m bench new` writes one."
        )
    folder = path.parent.name
    name = suite or folder
    if name not in known.suites:
        raise DeclarationError(
            f"{file}: its folder {folder!r} names no suite. Say which it is for with --suite NAME, "
            f"one of: {', '.join(known.suites)}; a suite from elsewhere needs --suites-dir, too."
            if not suite
            else f"--suite {suite}: there is no such suite.{did_you_mean(suite, known.suites)} "
            f"There are: {', '.join(known.suites)}."
        )
    root = path.parent.parent if folder == name else path.parent
    if root == path.parent:
        _refuse_installed_name(path)
    options = [_options_of_suite(known, name)]
    options += [f"--methods-dir {shlex.quote(str(root))}"] if folder == name else []
    method = _read(path, known.suites[name], root, " ".join(filter(None, options)))
    method = replace(method, alone=folder != name)
    extended = dict(known.methods[name])
    _add(extended, method)
    more = {**known.methods, name: extended}
    return Catalogue(known.suites, more, known.left_out), method


def _options_of_suite(known: Catalogue, suite: str) -> str:
    """The options without which the command line doesn't know a suite: those of its references."""
    references = (m for m in known.methods[suite].values() if m.kind == "reference")
    return next((method.options for method in references), "")


def _refuse_installed_name(path: Path) -> None:
    """A file that lies alone is imported by its own name, which must not be another module's."""
    spec = find_spec(path.stem) if path.stem.isidentifier() else None
    if spec is not None and spec.origin != str(path):
        raise DeclarationError(
            f"{path}: Python has another module called {path.stem!r}. Rename the file and its "
            "name=, or put it in a folder named for its suite."
        )


def _references(place: PlacedSuite) -> Iterator[Method]:
    module = locate(place.suite.references)
    for declared in read_references(module.file, place.suite):
        yield Method(
            suite=place.suite.name,
            kind="reference",
            path=module.file,
            root=module.root,
            options=place.options,
            **declared,
        )


def _own_methods(place: PlacedSuite) -> Iterator[Method]:
    """The methods that a suite from elsewhere keeps beside its harness."""
    if place.root != ROOT:
        for file in _method_files(methods_folder(place.suite)):
            yield _read(file, place.suite, place.root, place.options)


def _scan(folder: Path, places: Mapping[str, PlacedSuite]) -> Iterator[Method]:
    """The methods of a folder laid out like methods/."""
    own = folder == ROOT / "methods"
    if not own:
        _refuse_misplaced(folder, places)
    for inner in sorted(folder.iterdir()) if folder.is_dir() else ():
        for file in _method_files(inner):
            if inner.name not in places:
                raise DeclarationError(
                    f"{file}: there is no suite {inner.name!r}.{did_you_mean(inner.name, places)} "
                    f"Put the file in a folder named for one of: {', '.join(places)}."
                )
            place = places[inner.name]
            there = "" if own else f"--methods-dir {shlex.quote(str(folder))}"
            options = " ".join(filter(None, (place.options, there)))
            yield _read(file, place.suite, ROOT if own else folder, options)


def _refuse_misplaced(folder: Path, places: Mapping[str, PlacedSuite]) -> None:
    """Refuse a `--methods-dir` that holds no method where methods are looked for."""
    looked_for = f"--methods-dir names {LAYOUT}, with suites {', '.join(places)}"
    if not folder.is_dir():
        raise DeclarationError(f"{folder}: no such folder. {looked_for}.")
    if any(folder.glob("*/definition.py")):
        raise DeclarationError(
            f"{folder}: this is a folder of suites. {looked_for}; for suites there is --suites-dir."
        )
    if any(_method_files(inner) for inner in folder.iterdir()):
        return
    if folder.name in places and _method_files(folder):
        raise DeclarationError(
            f"{folder}: this is the folder of one suite, {folder.name!r}. {looked_for}: write "
            f"--methods-dir {folder.parent}."
        )
    raise DeclarationError(f"{folder}: no SUITE/METHOD.py is in it. {looked_for}.")


def _method_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*.py") if not file.name.startswith("_"))


def _method_of_package(point: EntryPoint, places: Mapping[str, PlacedSuite]) -> Method:
    suite, dot, _ = point.name.partition(".")
    if suite not in places or not dot:
        raise DeclarationError(
            f"its name isn't <suite>.<method> with a suite of {', '.join(places)}."
        )
    module = locate(module_of(point))
    return _read(module.file, places[suite].suite, module.root, places[suite].options)


def _read(path: Path, suite: Suite, root: Path, options: str) -> Method:
    declared = read_method(path, suite, (root, locate(suite.harness).root, ROOT))
    declared["track"] = declared["track"] or suite.tracks[0].name
    return Method(
        suite=suite.name, kind="method", path=path, root=root, options=options, **declared
    )


def _add(known: dict[str, Method], method: Method) -> None:
    taken = known.get(method.name)
    if taken is not None:
        raise DeclarationError(
            f"{method.path}:{method.name_line}: the name {method.name!r} is taken by "
            f"{taken.path}:{taken.name_line}. Give the file and its name= another one."
        )
    known[method.name] = method
