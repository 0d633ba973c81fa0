"""Every module says what lives in it; which package may import which is import-linter's to hold
(pyproject.toml, `nox -s lint`)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    "package", ["bench", "commands", "suites", "methods", "reports", "leaderboard"]
)
def test_a_module_says_what_lives_in_it(package):
    for file in sorted((ROOT / package).rglob("*.py")):
        assert ast.get_docstring(ast.parse(file.read_text())), f"{file.relative_to(ROOT)}"
