"""The versions that pyproject admits, those that the lock pins, and the files that nox names."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
NAMED = [
    Requirement(text)
    for text in (*PROJECT["dependencies"], *(text for extra in EXTRAS.values() for text in extra))
    if not text.startswith("weighhouse[")
]
LOCKED = {
    canonicalize_name(name): Version(version)
    for name, _, version in (
        line.partition("==")
        for line in (ROOT / "requirements.lock").read_text().splitlines()
        if not line.startswith("#")
    )
}


@pytest.mark.parametrize("named", NAMED, ids=lambda named: named.name)
def test_a_dependency_states_its_lowest_version_and_nothing_else(named):
    """`nox -s versions` makes its lowest environment of these bounds."""
    (bound,) = named.specifier
    assert bound.operator == ">="
    assert named.marker is None
    assert not named.extras


@pytest.mark.parametrize("named", NAMED, ids=lambda named: named.name)
def test_the_lock_pins_a_version_that_the_range_admits(named):
    assert LOCKED[canonicalize_name(named.name)] in named.specifier


def test_the_lock_pins_no_local_build():
    assert not [name for name, version in LOCKED.items() if version.local]


def test_every_test_that_a_session_names_is_there():
    named = re.findall(r'"(tests/[^"]+)"', (ROOT / "noxfile.py").read_text())
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []
