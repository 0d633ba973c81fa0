"""bench.planning.changed: which functions differ between two states of a file."""

from __future__ import annotations

import pytest

from bench.planning.changed import changed_functions

BEFORE = '''"""A module."""
LIMIT = 3

def plain(x):
    """Says much."""
    return x + 1  # one more

class Box:
    """A box."""
    size: int = 0

    def fill(self, n):
        def inner():
            return n
        self.size = inner()

def untouched():
    return LIMIT
'''


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("return x + 1", "return 1 + x", ["plain"]),
        ("            return n\n", "            return -n\n", ["Box.fill"]),
        ("def plain(x)", "def plain(x, y=0)", ["plain"]),
        ("def untouched", "def renamed", ["renamed"]),
        ("# one more", "# another", []),
        ('"""Says much."""', '"""Says little."""', []),
        ('"""A box."""', '"""A larger box."""', []),
        ("LIMIT = 3\n", "LIMIT  =  3\n\n\n", []),
        ("LIMIT = 3", "LIMIT = 4", ["untouched"]),
        ("LIMIT = 3", "LIMIT = 3\nUNUSED = 1", []),
        ("LIMIT = 3", "from limits import LIMIT", ["untouched"]),
        ("size: int = 0", "size: int = 1", []),  # written there, not read
        ("return LIMIT", "return Box.size + LIMIT", ["untouched"]),
    ],
)
def test_a_function_counts_as_changed_where_its_code_says_something_else(old, new, changed):
    assert old in BEFORE
    assert changed_functions(BEFORE, BEFORE.replace(old, new)) == changed


def test_every_function_of_a_new_file_is_changed():
    assert changed_functions("", BEFORE) == ["Box.fill", "plain", "untouched"]


def test_a_body_of_dots_is_nobodys_to_call():
    protocol = "class Reader:\n    def read(self) -> str:\n        '''Reads.'''\n        ...\n"
    assert changed_functions("", protocol) == []
