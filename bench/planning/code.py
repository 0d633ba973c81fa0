"""What answers a run: the source files behind it, and the versions of what they import.

Here: the import closure of a method, a harness, a builder and the engine's own part, and the
versions of the third-party packages that these closures import. Not here: reading source files
(bench.planning.source), what is asked (bench.planning.identity).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from bench.catalogue.modules import ROOT, locate
from bench.catalogue.registry import Method
from bench.contract.suite import Suite
from bench.planning.source import SourceIndex
from bench.records.digest import SHORT, digest

ENGINE = ("bench/running/worker.py",)
"""The engine's own files that a run's figures depend on, with all that they import (the meter)."""

PLUMBING = frozenset({"psutil", "pydantic", "safetensors", "typing_extensions", "rich", "typer"})
"""Packages that move data and compute no figure: their versions don't count."""


@dataclass(frozen=True)
class Closure:
    """A module and everything in the repository that it imports.

    Attributes:
        files: file -> digest of its code, sorted.
        versions: distribution -> installed version, of the packages that these files import.
    """

    files: Mapping[str, str]
    versions: Mapping[str, str]

    @property
    def digest(self) -> str:
        """One digest of all its files."""
        return digest(self.files, SHORT)


@dataclass(frozen=True)
class Code:
    """What answers the runs of one method, but for the assets that they are handed.

    Attributes:
        method: its file and what it imports, without what the harness and the engine import too.
        harness, engine: of its suite, and of all.
    """

    method: Closure
    harness: Closure
    engine: Closure

    @property
    def versions(self) -> dict[str, str]:
        """The versions of the packages that any of it imports."""
        merged = {**self.method.versions, **self.harness.versions, **self.engine.versions}
        return dict(sorted(merged.items()))

    def parts(self) -> dict[str, Any]:
        """As a record stores it; the assets' contents are added when they are known.

        The method's own files stand there one by one. Those of the harness and the engine, which
        all records share, stand in a ledger once (bench.records.ledger).
        """
        return {
            "method": dict(self.method.files),
            "harness": self.harness.digest,
            "engine": self.engine.digest,
            "versions": self.versions,
        }


class Closures:
    """Works out closures, each once.

    Args:
        sources: the index of source files.
    """

    def __init__(self, sources: SourceIndex) -> None:
        self._sources = sources
        self._known: dict[tuple[tuple[Path, ...], tuple[Path, ...]], Closure] = {}

    def code(self, suite: Suite, method: Method) -> Code:
        """What answers the runs of a method; its own part holds what the others don't."""
        roots = (method.root, locate(suite.harness).root, ROOT)
        whole = self.of_files([method.path], roots)
        harness = self.of_module(suite.harness)
        engine = self.of_files([ROOT / file for file in ENGINE], (ROOT,))
        shared = {*harness.files.items(), *engine.files.items()}
        own = {name: said for name, said in whole.files.items() if (name, said) not in shared}
        return Code(Closure(own, whole.versions), harness, engine)

    def of_module(self, name: str) -> Closure:
        """The closure of a module of a suite, by its dotted name."""
        module = locate(name)
        return self.of_files([module.file], (module.root, ROOT))

    def of_files(self, starts: Sequence[Path], roots: tuple[Path, ...]) -> Closure:
        """The closure of some files; their imports are looked up under the roots in turn."""
        place = (tuple(starts), roots)
        if place not in self._known:
            files: dict[str, str] = {}
            packages: set[str] = set()
            for start in starts:
                files |= self._sources.files(start, roots)
                packages |= self._sources.third_party(start, roots)
            self._known[place] = Closure(dict(sorted(files.items())), versions_of(packages))
        return self._known[place]


def versions_of(packages: Iterable[str]) -> dict[str, str]:
    """The installed versions behind some import names, local build tags such as `+cpu` left out.

    Returns:
        Distribution -> version, or `absent` under the import's own name.
    """
    versions = dict(version_of(name) for name in sorted(set(packages) - PLUMBING))
    return dict(sorted(versions.items()))


@cache
def version_of(package: str) -> tuple[str, str]:
    """The distribution that brings a top-level import name, and its version."""
    try:
        return package.replace("_", "-"), _public(metadata.version(package))
    except metadata.PackageNotFoundError:
        pass
    names = _distributions().get(package, [])
    if not names:
        return package, "absent"
    return names[0], _public(metadata.version(names[0]))


def _public(version: str) -> str:
    return version.partition("+")[0]


@cache
def _distributions() -> Mapping[str, list[str]]:
    return metadata.packages_distributions()
