"""Finds suites: this repository's, those of a `--suites-dir`, and those of installed packages.

Here: importing each suite's definition, and refusing one that can't be used in one sentence.

- This repository's are `suites/<name>/definition.py`.
- A `--suites-dir DIR` is laid out alike: `DIR/<name>/definition.py`. DIR comes last on Python's
  path, so that the suite's own modules are `<name>.definition`, `<name>.harness` and so on. They
  may import each other relatively, and so stay as they are when the suite moves.
- A package names its suite under the entry-point group `weighhouse.suites`, as `<name> =
  package.module:SUITE`, or as `<name> = package.module` where that module holds `SUITE`.

A suite from elsewhere may keep methods in the folder `methods` beside its harness. Not here:
methods (bench.catalogue.registry), what a suite says (bench.contract.suite).
"""

from __future__ import annotations

import shlex
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from bench.catalogue.decorated import DeclarationError
from bench.catalogue.modules import ROOT, import_from, is_hidden, locate
from bench.catalogue.packages import module_of
from bench.contract.suite import Suite

LAYOUT = "a folder laid out like suites/: one folder a suite, with its definition.py"


@dataclass(frozen=True)
class PlacedSuite:
    """A suite, and where it comes from.

    Attributes:
        definition: the file that declares it.
        root: the folder from which its modules' dotted names count.
        options: the options without which the command line doesn't know it.
    """

    suite: Suite
    definition: Path
    root: Path
    options: str = ""


def methods_folder(suite: Suite) -> Path:
    """Where a suite's own methods are: `methods/<suite>/` here, `methods/` beside its harness else.

    Raises:
        ModuleNotFoundError: its harness isn't there.
    """
    place = locate(suite.harness)
    return ROOT / "methods" / suite.name if place.root == ROOT else place.file.parent / "methods"


def folders_elsewhere(harnesses: Iterable[str]) -> tuple[Path, ...]:
    """The folders of those suites that aren't this repository's.

    Args:
        harnesses: dotted names of the suites' harnesses.
    """
    places = map(locate, harnesses)
    return tuple(place.file.parent for place in places if place.root != ROOT)


@cache
def own_suites() -> Mapping[str, PlacedSuite]:
    """Every `suites/<name>/definition.py`, in the folders' order; `_<name>` is no suite."""
    files = sorted((ROOT / "suites").glob("[!_]*/definition.py"))
    placed = [
        PlacedSuite(import_module(f"suites.{file.parent.name}.definition").SUITE, file, ROOT)
        for file in files
    ]
    return {place.suite.name: place for place in placed}


def suites_of_folder(given: Path) -> Iterator[PlacedSuite]:
    """The suites of a `--suites-dir`.

    Raises:
        DeclarationError: there is none, or one of them can't be used.
    """
    folder = given.resolve()
    if (folder / "definition.py").is_file():
        raise DeclarationError(
            f"{given}: this is one suite's own folder. --suites-dir names {LAYOUT}: write "
            f"--suites-dir {given.parent}."
        )
    files = sorted(folder.glob("[!_]*/definition.py"))
    if not files:
        state = "there is no definition.py in a folder of it" if folder.is_dir() else "no folder"
        raise DeclarationError(
            f"{given}: {state}. --suites-dir names {LAYOUT}; `python -m bench new --suite NAME "
            "--suites-dir DIR` writes one."
        )
    if folder == ROOT / "suites":
        return
    import_from(folder)
    for file in files:
        name = file.parent.name
        if not name.isidentifier() or is_hidden(folder, name):
            raise DeclarationError(
                f"{file.parent}: Python means something else by the name {name!r}, or can't import "
                "it. Give the folder and its suite another name, in letters, digits and "
                "underscores."
            )
        suite = _the_suite(f"{name}.definition", "SUITE", file)
        options = f"--suites-dir {shlex.quote(str(folder))}"
        yield _checked(PlacedSuite(suite, file, folder, options), name)


def suite_of_package(point: EntryPoint) -> PlacedSuite:
    """The suite that a package's entry point names.

    Raises:
        DeclarationError: it can't be used.
        ModuleNotFoundError: there is no such module.
    """
    module = module_of(point)
    place = locate(module)
    suite = _the_suite(module, point.value.partition(":")[2].strip() or "SUITE", place.file)
    return _checked(PlacedSuite(suite, place.file, place.root), point.name)


def _the_suite(module: str, attribute: str, file: Path) -> Any:
    """What a definition holds under a name. Raises DeclarationError where it can't be had."""
    try:
        return getattr(import_module(module), attribute)
    except (Exception, SystemExit) as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == str(file)]
        why = " ".join(str(error).split())
        raise DeclarationError(
            f"{file}:{(lines and lines[-1]) or 1}: importing the suite fails: "
            f"{type(error).__name__}: {why}. Mend it there."
        ) from None


def _checked(place: PlacedSuite, name: str) -> PlacedSuite:
    """The suite, if it is one of that name whose modules are there."""
    suite, file = place.suite, place.definition
    if not isinstance(suite, Suite):
        raise DeclarationError(
            f"{file}: SUITE is a {type(suite).__name__}. Make it a bench.contract.suite.Suite."
        )
    if suite.name != name:
        raise DeclarationError(
            f"{file}: SUITE is called {suite.name!r}, but its folder or entry point {name!r}. "
            "Give them one name."
        )
    for what, module in (("harness", suite.harness), ("references", suite.references)):
        try:
            locate(module)
        except ModuleNotFoundError:
            raise DeclarationError(
                f"{file}: {what}={module!r} of the suite is no module. Write that file, or correct "
                "its dotted name."
            ) from None
    return place
