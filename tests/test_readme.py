"""README.md counts what there is: its table of suites is held against the catalogue."""

from __future__ import annotations

import re

from bench.catalogue.registry import ROOT, catalogue

ROW = re.compile(r"^\| \*\*(\w+)\*\* \| .* \| (\d+) \| (\d+) \|$", re.MULTILINE)


def test_the_table_of_suites_has_every_suite_with_its_tasks_and_methods():
    known = catalogue()
    counted = {
        (
            name,
            str(len(suite.tasks)),
            str(sum(entry.kind == "method" for entry in known.methods[name].values())),
        )
        for name, suite in known.suites.items()
    }
    assert set(ROW.findall((ROOT / "README.md").read_text(encoding="utf-8"))) == counted
