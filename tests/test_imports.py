"""Imports point one way: methods -> suites -> bench; leaderboard -> reports -> bench."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

ALLOWED = {
    "bench": {"bench"},
    "suites": {"bench", "suites"},
    "methods": {"bench", "suites", "methods"},
    "reports": {"bench", "reports"},
    "leaderboard": {"bench", "reports", "leaderboard"},
}


def imported(file: Path) -> set[str]:
    """The top-level packages that a file's import statements name."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").split(".")[0])
    return found


@pytest.mark.parametrize("package", ALLOWED)
def test_a_package_imports_only_what_it_may(package):
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    for file in files:
        wrong = imported(file) & set(ALLOWED) - ALLOWED[package]
        assert not wrong, f"{file.relative_to(ROOT)} imports {wrong}"


@pytest.mark.parametrize("package", ["bench", "suites", "methods", "reports", "leaderboard"])
def test_a_module_says_what_lives_in_it(package):
    for file in sorted((ROOT / package).rglob("*.py")):
        assert ast.get_docstring(ast.parse(file.read_text())), f"{file.relative_to(ROOT)}"
