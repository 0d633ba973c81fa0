"""Which method is compared with what, and how they differ: told by the tests, shown in the docs.

    python -m tests.crosscheck.comparisons      writes the table in docs/crosscheck.md anew

Here: the decorator that every test of this folder bears, and the tables made of it. Its arguments
are literals, so that they are read from the tests' text, without the packages compared with.
Not here: the comparisons (the tests beside this file).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bench.catalogue.registry import ROOT, catalogue

PAGE = ROOT / "docs" / "crosscheck.md"
BEGIN, END = "<!-- table: python -m tests.crosscheck.comparisons -->\n", "<!-- end of table -->\n"

NOT_COMPARED: Mapping[str, str] = {
    **dict.fromkeys(
        ("adamerging", "adamerging_validation", "regmean_pp", "wemoe"),
        "fusion-bench has the paper's for CLIP's own networks and data alone: not compared",
    ),
    "smile": "fusion-bench has it as a module: not compared",
}
"""Merging methods that one of the packages has and no test compares, and why."""

Test = TypeVar("Test", bound=Callable[..., None])


@dataclass(frozen=True)
class Comparison:
    """One method beside one function of another package.

    Attributes:
        method: our name.
        other: package and function.
        differs: what the test shows to differ, and under which change they agree; "" where their
            results are equal to float32's tolerance.
    """

    method: str
    other: str
    differs: str = ""


def compared(method: str, other: str, *, differs: str = "") -> Callable[[Test], Test]:
    """Says what a test compares; see Comparison. Changes nothing about the test."""
    return lambda test: test


def comparisons(folder: Path = Path(__file__).parent) -> list[Comparison]:
    """What the decorators of a folder's tests say, in the files' order."""
    found = []
    for file in sorted(folder.glob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.FunctionDef):
                continue
            for call in node.decorator_list:
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "compared":
                    words = [ast.literal_eval(word) for word in call.args]
                    named = {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}
                    found.append(Comparison(*words, **named))
    return found


def table() -> str:
    """Markdown: every merging method beside others' functions, then other suites' that are."""
    found = comparisons()
    parts = []
    for suite, absent in (("merging", "neither has it"), ("hypernet", ""), ("selection", "")):
        rows = ["| method | beside | result |", "| --- | --- | --- |"]
        for name, entry in sorted(catalogue().methods[suite].items()):
            if entry.kind != "method":
                continue
            others = [c for c in found if c.method == name]
            rows += [f"| `{name}` | {c.other} | {c.differs or 'same'} |" for c in others]
            if absent and not others:
                rows.append(f"| `{name}` | {NOT_COMPARED.get(name, absent)} | |")
        parts.append("\n".join([f"## {suite}", "", *rows]) + "\n")
    return "\n".join(parts)


def page() -> str:
    """The page's text, with the table as it should be."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + "\n" + table() + "\n" + END + after


if __name__ == "__main__":
    PAGE.write_text(page())
