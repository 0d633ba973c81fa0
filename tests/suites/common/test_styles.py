"""The styles stand twice until merging's records are next carried: here they are held alike."""

from __future__ import annotations

import ast
from pathlib import Path

from suites.common import styles
from suites.merging.compose import styles as of_merging


def code_of(module) -> str:
    """A module's code without its first paragraph."""
    tree = ast.parse(Path(module.__file__).read_text())
    return ast.dump(ast.Module(tree.body[1:], []))


def test_both_files_hold_the_same_code():
    assert code_of(styles) == code_of(of_merging)
