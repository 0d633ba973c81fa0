"""Reads what a method's file declares, from its text alone.

Here: from a file to the fields of a registered method; a file that declares something wrong is
refused in one sentence with file, line and mend. Not here: the text (bench.catalogue.decorated),
what can be wrong (bench.catalogue.mistakes), where the files are (bench.catalogue.registry).
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from bench.catalogue.decorated import (
    DeclarationError,
    Decorated,
    decorated,
    parse,
    the_method,
    unreadable,
)
from bench.catalogue.imports import missing_module
from bench.catalogue.mistakes import mistakes, mistakes_of_reference, wrong_types
from bench.contract.suite import Suite


@dataclass(frozen=True)
class Paper:
    """Where a method was published."""

    title: str
    year: int
    link: str


def read_method(path: Path, suite: Suite, roots: Sequence[Path]) -> dict[str, Any]:
    """The one `@method` of a file: the keywords of bench.catalogue.registry.Method.

    Args:
        roots: folders from which its imports are resolved.
    Raises:
        DeclarationError: it isn't there once, or what it declares is wrong.
    """
    tree = parse(path)
    _compile(path, tree)
    method = the_method(path, tree)
    for line, sentence in chain(wrong_types(method, "method"), mistakes(method, suite)):
        raise DeclarationError(f"{path}:{line}: {sentence}")
    missing = missing_module(tree, path, roots)
    if missing:
        raise DeclarationError(f"{path}:{missing[0]}: {missing[1]}")
    values = method.values
    return {
        **_named(method),
        "summary": _first_paragraph(ast.get_docstring(tree) or ast.get_docstring(method.function)),
        "paper": Paper(*values["paper"]),
        "needs": tuple(values.get("needs", ())),
        "params": dict(values.get("params") or {}),
        "space": {name: list(tried) for name, tried in (values.get("space") or {}).items()},
        "traits": tuple(values.get("traits", ())),
        "tiers": tuple(values.get("tiers", ())),
    }


def read_references(path: Path, suite: Suite) -> list[dict[str, Any]]:
    """Every `@reference` of a suite's module: the keywords of bench.catalogue.registry.Method.

    Raises:
        DeclarationError: what one of them declares is wrong.
    """
    references = decorated(path, parse(path), "reference")
    for reference in references:
        wrong = wrong_types(reference, "reference")
        for line, sentence in chain(wrong, mistakes_of_reference(reference, suite)):
            raise DeclarationError(f"{path}:{line}: {sentence}")
    return [
        {
            **_named(reference),
            "summary": _first_paragraph(ast.get_docstring(reference.function)),
            "role": reference.values["role"],
            "meaning": reference.values["meaning"],
            "tasks": tuple(reference.values.get("tasks", ())),
        }
        for reference in references
    ]


def _compile(path: Path, tree: ast.Module) -> None:
    """Find what only the compiler refuses, e.g. a return outside of a function."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(tree, str(path), "exec", dont_inherit=True)
        except SyntaxError as error:
            raise unreadable(path, error) from None


def _named(declared: Decorated) -> dict[str, Any]:
    return {
        "name": declared.values["name"],
        "title": declared.values["title"],
        "track": declared.values.get("track", ""),
        "function": declared.function.name,
        "line": declared.function.lineno,
        "name_line": declared.line("name"),
    }


def _first_paragraph(text: str | None) -> str:
    return " ".join((text or "").split("\n\n")[0].split())
