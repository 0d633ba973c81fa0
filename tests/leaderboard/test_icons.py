"""The site's icons: each that a suite's need names is drawn."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import leaderboard
from bench.catalogue.registry import ROOT
from bench.contract.suite import Need

TEMPLATES = Path(leaderboard.__file__).parent / "templates"


def named() -> set[str]:
    """The icons of every need that a module of suites/ declares, from its text alone."""
    default = Need(name="n", title="n", meaning="n").icon
    icons = set()
    for file in (ROOT / "suites").rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Need":
                given = {k.arg: ast.literal_eval(k.value) for k in call.keywords}
                icons.add(given.get("icon", default))
    return icons


def test_every_icon_that_a_need_names_is_drawn_and_used_by_the_pages() -> None:
    symbols = (TEMPLATES / "symbols.html").read_text(encoding="utf-8")
    drawn = set(re.findall(r'<symbol id="i-([a-z0-9]+)" viewBox="0 0 14 14">', symbols))
    listed = re.search(r"set ICONS = (\[.*?\])", (TEMPLATES / "marks.html").read_text())
    assert listed
    used = set(ast.literal_eval(listed[1]))
    assert len(named()) > 20
    used |= {"need"}  # what stands for any other
    assert named() <= used <= drawn
