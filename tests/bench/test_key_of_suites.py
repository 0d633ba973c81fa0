"""What an edit of a real file makes stale, in four suites: twenty-nine edits of this repository.

Each edit is made to a copy; `plan` then says of some runs whether they are served, are to be made,
or wait for their assets (served if those come out as they were). docs/what-reruns.md shows the
table; the last test holds it against this one.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass

import pytest

from tests.bench.conftest import REPOSITORY, Checkout

pytestmark = pytest.mark.timeout(1800)  # the bench that these tests share may have to be made first
PAGE = REPOSITORY / "docs" / "what-reruns.md"

COLUMNS = {
    ("merging", "ties"): "`ties`",
    ("merging", "iso_c"): "`iso_c`",
    ("merging", "pretrained"): "reference `pretrained`",
    ("hypernet", "mip"): "`mip`",
    ("hypernet", "direct"): "reference `direct`",
    ("supernet", "spos"): "`spos`",
    ("supernet", "params"): "reference `params`",
    ("selection", "el2n"): "`el2n`",
    ("selection", "clean_random"): "reference `clean_random`",
}
MERGING = {place for place in COLUMNS if place[0] == "merging"}
HYPERNET = {place for place in COLUMNS if place[0] == "hypernet"}
SUPERNET = {place for place in COLUMNS if place[0] == "supernet"}
SELECTION = {place for place in COLUMNS if place[0] == "selection"}
ALL, NONE = set(COLUMNS), set[tuple[str, str]]()
TASKS = ("compose-near", "rotation", "pooling", "coreset-noise")


ONE = {("merging", "ties")}, {("merging", "iso_c")}, {("merging", "pretrained")}
TIES, ISO_C, PRETRAINED = ONE
LINE, COMMENT = "\nUNUSED = 1\n", "\n# a comment\n"


@dataclass(frozen=True)
class Edit:
    """One edit: what is added to which file, and which runs it makes stale, or waiting."""

    file: str
    stale: set[tuple[str, str]]
    waits: set[tuple[str, str]] | frozenset[tuple[str, str]] = frozenset()
    added: str = LINE

    @property
    def words(self) -> str:
        """As the page names it."""
        return f"`{self.file}`{', a comment' if self.added == COMMENT else ''}"


EDITS = (
    Edit("methods/merging/ties.py", TIES),
    Edit("suites/merging/spectral.py", ISO_C),
    Edit("suites/merging/references.py", PRETRAINED),
    Edit("suites/merging/harness.py", MERGING),
    Edit("suites/merging/compose/pilot.py", NONE),
    Edit("suites/hypernet/measures.py", HYPERNET),
    Edit("suites/hypernet/rotation/drawing.py", NONE, HYPERNET),
    Edit("suites/supernet/problem.py", SUPERNET),
    Edit("suites/supernet/training.py", {("supernet", "spos")}),
    Edit("suites/supernet/truth/training.py", NONE),
    Edit("suites/supernet/truth/table.py", NONE, SUPERNET),
    Edit("methods/selection/el2n.py", {("selection", "el2n")}),
    Edit("suites/selection/references.py", {("selection", "clean_random")}),
    Edit("suites/selection/problem.py", SELECTION),
    Edit("suites/selection/bought.py", NONE, SELECTION),
    Edit("suites/common/trainer.py", MERGING | HYPERNET),
    Edit("suites/common/trainer.py", NONE, added=COMMENT),
    Edit("suites/common/torchvision_sets.py", NONE),
    Edit("methods/merging/_template.py", NONE),
    Edit("bench/metering/meter.py", ALL),
    Edit("bench/running/worker.py", ALL),
    Edit("bench/running/runner.py", NONE),
    Edit("bench/running/executor.py", NONE),
    Edit("bench/planning/plan.py", NONE),
    Edit("bench/records/store.py", NONE),
    Edit("bench/records/sweep.py", NONE),
    Edit("bench/catalogue/registry.py", NONE),
    Edit("commands/summary.py", NONE),
    Edit("reports/board.py", NONE),
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory, smoke_home):
    """A copy of this repository, and of the records that it gives at smoke.

    The published ledgers belong to them: a home doesn't repeat what stands there.
    """
    root = tmp_path_factory.mktemp("suites") / "checkout"
    ignored = shutil.ignore_patterns("__pycache__", "published", ".weighhouse")
    for package in ("bench", "commands", "reports", "suites", "methods"):
        shutil.copytree(REPOSITORY / package, root / package, ignore=ignored)
    for ledger in REPOSITORY.glob("reports/published/*/ledger.json"):
        copy = root / ledger.relative_to(REPOSITORY)
        copy.parent.mkdir(parents=True)
        shutil.copy(ledger, copy)
    checkout = Checkout(root)
    shutil.copytree(smoke_home, checkout.home)
    return checkout


OPTIONS = (
    *("--tier", "smoke", "--seeds", "1", "--variant", "default"),
    *(part for task in TASKS for part in ("--task", task)),
    *(part for _, name in COLUMNS for part in ("--method", name)),
)


def planned(checkout):
    """Which runs are to be made, and which only wait for their assets."""
    plan = json.loads(checkout.bench("plan", "--json", *OPTIONS).stdout)
    assert len(plan["runs"]) + len(plan["served"]) == len(COLUMNS)
    stale, waits = set(), set()
    for run in plan["runs"]:
        (waits if run["waits"] else stale).add((run["suite"], run["method"]))
    return stale, waits, {why for run in plan["runs"] for why in run["why"]}


def test_what_was_made_is_served(finished):
    assert planned(finished)[:2] == (set(), set())


ONCE_MORE = pytest.mark.endurance
"""Of the edits that make nothing stale three are tried each time, the others now and then."""

SEEN = [edit for edit in EDITS if edit.stale or edit.waits or edit.added == COMMENT]
REST = [edit for edit in EDITS if edit not in SEEN]


@pytest.mark.parametrize(
    "edit",
    [*SEEN, *REST[:3], *(pytest.param(edit, marks=ONCE_MORE) for edit in REST[3:])],
    ids=lambda edit: edit.words,
)
def test_an_edit_of_a_real_file_makes_stale_what_depends_on_it(finished, edit):
    path = finished.root / edit.file
    text = path.read_text()
    path.write_text(text + edit.added)
    try:
        stale, waits, why = planned(finished)
    finally:
        path.write_text(text)
    assert (stale, waits) == (edit.stale, set(edit.waits))
    assert why == ({f"{edit.file} changed"} if stale or waits else set())


def as_markdown():
    """The table as docs/what-reruns.md shows it."""

    def word(edit, place):
        waits = "waits for its assets" if place in edit.waits else "served"
        return "runs again" if place in edit.stale else waits

    head = ["edit of", *COLUMNS.values()]
    rows = [[edit.words, *(word(edit, place) for place in COLUMNS)] for edit in EDITS]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *rows])


def test_the_page_shows_this_table():
    assert as_markdown() in PAGE.read_text(), f"{PAGE.name} should hold:\n{as_markdown()}"
