"""Writes a new suite: the smallest one that runs, under the name that was asked for.

Here: the files of suites/_template under another name, all of them or none. Not here: what they say
(suites/_template), a new method (commands.scaffold).
"""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from bench.catalogue.modules import ROOT
from bench.catalogue.registry import Catalogue
from commands.scaffold import ScaffoldError, check_name

TEMPLATE = ROOT / "suites" / "_template"
OWN_METHODS, METHODS_HERE = "my_suite/methods/", "methods/my_suite/"
"""Where the new suite's methods are, from the folder that it is imported from: in a folder of its
own, and in this repository."""

PACKAGE, PLACEHOLDER = "suites._template", "my_suite"
TITLE, PHRASE = "My suite", "my suite"


def write_suite(known: Catalogue, name: str, suites_dir: Path | None = None) -> list[Path]:
    """Write a suite that runs as it is.

    Args:
        suites_dir: the suite becomes its folder `<name>`, methods and all; by default it becomes
            `suites/<name>` and `methods/<name>` of this repository.
    Returns:
        The folders written.
    Raises:
        ScaffoldError: a name that can't be or is taken, or a folder that can't be written. Nothing
            is written then.
    """
    check_name("suite", name)
    if name in known.suites:
        raise ScaffoldError(f"{name}: there is a suite of that name. Choose another name.")
    if suites_dir is not None:
        _refuse_hidden(name)
    suite = (suites_dir or ROOT / "suites") / name
    folders = {TEMPLATE: suite}
    if suites_dir is None:
        folders[TEMPLATE / "methods"] = ROOT / "methods" / name
    for folder in folders.values():
        if folder.exists():
            raise ScaffoldError(f"{folder}: this folder is there already. Choose another name.")
    package = f"suites.{name}" if suites_dir is None else name
    aside = {source: f.with_name(f"_{name}.{os.getpid()}.tmp") for source, f in folders.items()}
    try:
        for source, copy in aside.items():
            left = "methods" if suites_dir is None and source == TEMPLATE else ""
            _copy(source, copy, left, package, name)
        for source, folder in folders.items():
            aside[source].rename(folder)
    except OSError as error:
        raise ScaffoldError(
            f"{suite}: can't be written ({error.strerror}). Name another folder with --suites-dir."
        ) from None
    finally:
        for copy in aside.values():
            shutil.rmtree(copy, ignore_errors=True)
    return list(folders.values())


def _copy(source: Path, target: Path, left_out: str, package: str, name: str) -> None:
    """Copy the template's files under another name.

    Args:
        left_out: a folder of the source that isn't copied, or "".
        package: the dotted name that the suite is imported by.
    """
    title = name.replace("_", " ").capitalize()
    for file in sorted(source.rglob("*.py")):
        place = file.relative_to(source)
        if left_out and place.parts[0] == left_out:
            continue
        text = file.read_text(encoding="utf-8").replace(PACKAGE, package)
        if package.startswith("suites."):
            text = text.replace(OWN_METHODS, METHODS_HERE)
        text = text.replace(PLACEHOLDER, name).replace(TITLE, title)
        text = text.replace(PHRASE, f"suite {name}")
        (target / place).parent.mkdir(parents=True, exist_ok=True)
        (target / place).write_text(text, encoding="utf-8")


def _refuse_hidden(name: str) -> None:
    """Refuse a name that Python knows as another module's: the suite could not be imported."""
    if find_spec(name) is not None:
        raise ScaffoldError(
            f"{name}: Python has another module of that name, which would hide the suite. Choose "
            "another name."
        )
