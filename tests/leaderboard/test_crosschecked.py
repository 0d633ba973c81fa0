"""leaderboard.crosschecked: what the page of cross-checks says of each method."""

from __future__ import annotations

from leaderboard.crosschecked import PAGE, read_checks

WRITTEN = """# Beside what others wrote

## merging

| method | beside | result |
| --- | --- | --- |
| `average` | mergekit `linear` | same |
| `average` | fusion-bench `Simple` | off by one; else the same |
| `pcb` | neither has it | |

## hypernet

| `average` | hyperlight | same |
"""


def test_each_row_is_of_its_suite_and_method(tmp_path):
    (tmp_path / "page.md").write_text(WRITTEN)
    assert read_checks(tmp_path / "page.md") == {
        ("merging", "average"): [
            ("mergekit `linear`", "same"),
            ("fusion-bench `Simple`", "off by one; else the same"),
        ],
        ("merging", "pcb"): [("neither has it", "")],
        ("hypernet", "average"): [("hyperlight", "same")],
    }


def test_the_repository_s_page_is_read_whole():
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    assert sum(len(found) for found in read_checks().values()) == len(rows)


def test_without_the_page_nothing_is_said(tmp_path):
    assert read_checks(tmp_path / "none.md") == {}
