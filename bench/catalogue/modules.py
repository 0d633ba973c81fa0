"""Where a module stands on the disk, by its dotted name, without importing it.

Here: modules of this repository, of a `--suites-dir` and of installed packages; and how a folder
becomes one from which suites are imported. Not here: what a module imports
(bench.planning.source).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The repository: the folder that holds bench/, suites/ and methods/."""


@dataclass(frozen=True)
class Located:
    """A module's file, and the folder from which its dotted name counts."""

    file: Path
    root: Path


@cache
def locate(module: str) -> Located:
    """Find a module: in this repository first, then as Python would.

    Raises:
        ModuleNotFoundError: there is none of that name.
    """
    parts = module.split(".")
    for root in (ROOT, *_elsewhere(parts[0])):
        file = _module_file(root, parts)
        if file is not None:
            return Located(file, root)
    raise ModuleNotFoundError(f"there is no module {module!r}", name=module)


def _elsewhere(package: str) -> Iterator[Path]:
    """The folders in which Python finds a top-level name. Finding one runs none of its code."""
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):  # e.g. a name that isn't one
        return
    if spec is None:
        return
    for folder in spec.submodule_search_locations or [spec.origin or ""]:
        yield Path(folder).parent


def _module_file(root: Path, parts: Sequence[str]) -> Path | None:
    place = root.joinpath(*parts)
    candidates = (place / "__init__.py", place.with_name(f"{place.name}.py"))
    return next((file for file in candidates if file.is_file()), None)


def import_from(folder: Path) -> None:
    """Let Python import the packages of a folder, after all that it could import before.

    Children of this process are told, for they start with its `sys.path`.
    """
    if str(folder) not in sys.path:
        sys.path.append(str(folder))


def search_path() -> str:
    """What PYTHONPATH is for a process that is to find this repository's packages from anywhere."""
    path = os.environ.get("PYTHONPATH")
    return f"{ROOT}{os.pathsep}{path}" if path else str(ROOT)


def is_hidden(folder: Path, package: str) -> bool:
    """Whether Python means something else by a package's name than the folder that holds it."""
    spec = find_spec(package)
    places = (spec.submodule_search_locations if spec else None) or []
    return str(folder / package) not in places
