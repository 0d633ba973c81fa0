"""Writes a new method's file: the suite's template under the name that was asked for.

Here: refusing names and places that can't be, filling in what the suite offers, and writing the
file whole or not at all. A suite's template (`Suite.template`) is a method that runs, called
my_method, with a comment `# NEEDS`, `# TRAITS` or `# TRACKS` where a list belongs; a track that
asks for another kind of method has a template beside it, e.g. `_template_distill.py`. Not here:
trying the file (commands.trial), a new suite (commands.scaffold_suite).
"""

from __future__ import annotations

import keyword
import os
import re
import textwrap
from collections.abc import Iterable
from pathlib import Path

from bench.catalogue.modules import locate
from bench.catalogue.registry import Catalogue
from bench.catalogue.suggestions import did_you_mean
from bench.catalogue.suites import methods_folder
from bench.contract.suite import Suite

SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
PLACEHOLDER, TITLE = "my_method", "My method"
WIDTH = 100


class ScaffoldError(Exception):
    """The file can't be written; the message says why and what to do."""


def write_method(
    known: Catalogue, suite: str, name: str, methods_dir: Path | None = None, track: str = ""
) -> Path:
    """Write `<methods_dir>/<suite>/<name>.py`, a method that runs as it is.

    Args:
        methods_dir: by default the file goes where the suite's own methods are.
        track: the ranking that it is for; by default the suite's first.
    Returns:
        The file written.
    Raises:
        ScaffoldError: no such suite, a name that can't be or is taken, or a folder that can't be
            written. Nothing is written then.
    """
    if suite not in known.suites:
        raise ScaffoldError(
            f"{suite}: there is no such suite.{did_you_mean(suite, known.suites)} "
            f"There are: {', '.join(known.suites)}."
        )
    check_name("method", name)
    own = methods_folder(known.suites[suite])
    path = (methods_dir / suite if methods_dir else own) / f"{name}.py"
    taken = known.methods[suite].get(name)
    if taken is not None:
        raise ScaffoldError(
            f"{name}: the {taken.kind} {name!r} is there already, {taken.path}:{taken.name_line}. "
            "Choose another name."
        )
    if path.exists():
        raise ScaffoldError(f"{path}: this file is there already. Choose another name.")
    text = _filled(known.suites[suite], name, path, track)
    aside = path.with_name(f"_{name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(text, encoding="utf-8")
        aside.rename(path)
    except OSError as error:
        raise ScaffoldError(
            f"{path}: can't be written ({error.strerror}). Name another folder with --methods-dir."
        ) from None
    return path


def check_name(kind: str, name: str) -> None:
    """Refuse a method's or suite's name that can't be a module's."""
    if SNAKE_CASE.fullmatch(name) and not keyword.iskeyword(name):
        return
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)
    better = "_".join(word.lower() for word in words)
    fits = SNAKE_CASE.fullmatch(better) and not keyword.iskeyword(better) and better != name
    raise ScaffoldError(
        f"{name}: a {kind}'s name is a Python name in small letters, digits and single "
        f"underscores, like {better if fits else f'my_{kind}'}. Choose one."
    )


def _filled(suite: Suite, name: str, path: Path, track: str) -> str:
    """The suite's template with the method's name and place and the suite's lists in it."""
    tracks = [known.name for known in suite.tracks]
    if track and track not in tracks:
        raise ScaffoldError(
            f"--track {track}: suite {suite.name!r} has no such track."
            f"{did_you_mean(track, tracks)} There are: {', '.join(tracks)}."
        )
    if not suite.template:
        raise ScaffoldError(
            f"suite {suite.name!r} has no template for new methods. Copy one of its methods, or "
            "write a template and name it in the suite's definition: template=."
        )
    template = locate(suite.harness).root / suite.template
    of_track = template.with_name(f"{template.stem}_{track}{template.suffix}")
    if track and of_track.is_file():
        template = of_track
    if not template.is_file():
        raise ScaffoldError(
            f"{template}: the template of suite {suite.name!r} isn't there. Add that file, or "
            "correct template= in the suite's definition."
        )
    lists = {
        "NEEDS": [(need.name, need.meaning) for need in suite.needs],
        "TRAITS": list(suite.traits.items()),
        "TRACKS": [(track.name, track.meaning) for track in suite.tracks],
    }
    lines: list[str] = []
    for line in template.read_text(encoding="utf-8").splitlines():
        word = line.strip().removeprefix("# ")
        indent = line[: len(line) - len(line.lstrip())]
        lines += _listed(lists[word], indent) if word in lists else [line]
    text = "\n".join(lines) + "\n"
    text = text.replace(f"methods/{suite.name}/{PLACEHOLDER}.py", shown_path(path))
    return text.replace(PLACEHOLDER, name).replace(TITLE, name.replace("_", " ").capitalize())


def shown_path(path: Path) -> str:
    """A path as one would type it here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _listed(entries: Iterable[tuple[str, str]], indent: str) -> list[str]:
    """Names and meanings as a comment."""
    lines: list[str] = []
    for name, meaning in entries:
        start = f"{indent}#   {name}: "
        lines += textwrap.wrap(
            meaning, WIDTH, initial_indent=start, subsequent_indent=f"{indent}#     "
        )
    return lines or [f"{indent}#   none"]
