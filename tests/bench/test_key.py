"""What an edit of the toy suite makes stale: what reruns, what is served, and what the plan says.

The same table stands in docs/what-reruns.md; the last test holds it against this one. Each edit is
planned, and those of `MADE`, one of each kind, are run too, for a run does what the plan says. The
edits of the suites themselves are in tests/bench/test_key_of_suites.py.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.bench.conftest import Checkout, make

PAGE = Path(__file__).resolve().parents[2] / "docs" / "what-reruns.md"

COLUMNS = {
    # (method, variant) -> its heading
    ("half", "default"): "method `half`",
    ("noisy", "default"): "method `noisy`",
    ("noisy", "tuned"): "`noisy`, tuned",
    ("truth", "default"): "reference `truth`",
}

HALF = {("half", "default")}
NOISY = {("noisy", "default"), ("noisy", "tuned")}
TRUTH = {("truth", "default")}
ALL = {*COLUMNS}

HALF_FILE, NOISY_FILE = "methods/toy/half.py", "methods/toy/noisy.py"
HELPER = "methods/toy/_scaling.py"  # imported by half.py
CONSTANTS = "methods/toy/_constants.py"  # imported by the helper
DEFINITION, BUILDER = "suites/toy/definition.py", "suites/toy/building.py"
REFERENCES, METER = "suites/toy/references.py", "bench/metering/products.py"


@dataclass(frozen=True)
class Edit:
    """One edit: its words, the text that it replaces, what it makes anew, and why.

    Attributes:
        reruns, rebuilds: runs and assets that are made anew.
    """

    words: str
    file: str
    old: str
    new: str
    reruns: frozenset[tuple[str, str]] | set[tuple[str, str]]
    rebuilds: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        """What the plan says of each run: what is asked otherwise, or which file changed."""
        return ASKED.get(self.words, f"{self.file} changed")


ASKED = {
    "a default of `noisy`": "its hyperparameters changed",
    "the data (its digest)": "its data changed",
    "a task's size in this tier": "the task's settings changed",
    "a task's budget": "the task's budget changed",
    "a task's version": "the task's version is 2, was 1",
}


BOTH = ("answers", "numbers")
EVERY = (*BOTH, "offsets")

EDITS = (
    Edit("the code of `half`", HALF_FILE, "scaled(p", "1 * scaled(p", HALF),
    Edit("a helper that it imports", HELPER, "part(total)", "1 * part(total)", HALF),
    Edit("a helper two imports away", CONSTANTS, "total * FACTOR", "FACTOR * total", HALF),
    Edit("a constant in that helper", CONSTANTS, "FACTOR = 0.5", "FACTOR = 0.25", HALF),
    Edit("a comment in that helper", CONSTANTS, "# a comment", "# another comment", set()),
    Edit("a docstring in that helper", CONSTANTS, "That part of", "This part of", set()),
    Edit("blank lines in that helper", CONSTANTS, "FACTOR = 0.5\n", "FACTOR = 0.5\n\n\n", set()),
    Edit("the title of `half`", HALF_FILE, 'title="half"', 'title="A half"', HALF),
    Edit("the code of `noisy`", NOISY_FILE, "scale * torch", "2 * scale * torch", NOISY),
    Edit("a default of `noisy`", NOISY_FILE, '{"scale": 0.5}', '{"scale": 0.4}', NOISY),
    Edit("the reference's code", REFERENCES, "numbers.sum()", "numbers.sum(0)", TRUTH),
    Edit("the scorer", "suites/toy/scoring.py", "guess - truth", "truth - guess", ALL),
    Edit("the harness", "suites/toy/harness.py", '{"guess": guess}', '{"guess": 1 * guess}', ALL),
    Edit("the data (its digest)", "suites/toy/data.py", '"a" * 64', '"b" * 64', ALL, ("answers",)),
    Edit("a builder, the same bytes", BUILDER, "torch.randn(", "1 * torch.randn(", set(), BOTH),
    Edit("a builder, other bytes", BUILDER, "torch.randn(", "2 * torch.randn(", ALL, BOTH),
    Edit("a task's size in this tier", DEFINITION, '{"count": 8}', '{"count": 9}', ALL, BOTH),
    Edit("a task's budget", DEFINITION, '"flops": 2e4', '"flops": 3e4', ALL),
    Edit("a task's version", DEFINITION, "version=1", "version=2", ALL),
    Edit("a task's question", DEFINITION, "What is the sum of", "What's the sum of", set()),
    Edit("the meter", METER, "return 3 * n * (n - 1)", "return 5 * n * (n - 1)", ALL),
    Edit("the command line's words", "commands/summary.py", "runs made", "runs done", set()),
)  # fmt: skip


def assets_in(checkout):
    """The asset folders that are there."""
    return {folder.name for folder in checkout.home.glob("assets/*")}


def planned(checkout):
    """The runs that are to be made, those that wait for their assets, the assets, and why."""
    chosen = [part for name in ("half", "noisy", "truth") for part in ("--method", name)]
    done = checkout.bench("plan", "--tier", "smoke", "--seeds", "1", "--json", *chosen)
    plan = json.loads(done.stdout)
    assert len(plan["runs"]) + len(plan["served"]) == len(ALL)
    made, waiting = (
        {(run["method"], run["variant"]) for run in plan["runs"] if run["waits"] == waits}
        for waits in (False, True)
    )
    assets = tuple(sorted(asset["name"] for asset in plan["assets"]))
    return made, waiting, assets, {why for run in plan["runs"] for why in run["why"]}


def run_again(checkout):
    """Run the table's methods; which were not served, and which assets were built."""
    before = assets_in(checkout)
    records = checkout.run("half", "noisy", "truth", options=("--seeds", "1"))
    made = {(r["method"], r["variant"]) for r in records if not r["served"]}
    assert {(r["method"], r["variant"]) for r in records} == ALL
    built = assets_in(checkout) - before
    return made, tuple(sorted(name.rpartition("-")[0] for name in built))


def finish(folder):
    """Make a checkout in which the table's methods have run."""
    checkout = make(folder)
    assert run_again(checkout) == (ALL, EVERY)
    assert run_again(checkout) == (set(), ())


@pytest.fixture
def finished(build_once, tmp_path):
    """A copy of such a checkout, to edit."""
    return Checkout(build_once("edited", finish)).copy_to(tmp_path / "checkout")


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.words)
def test_an_edit_reruns_what_depends_on_it_and_nothing_else(finished, edit):
    finished.edit(edit.file, edit.old, edit.new)
    made, waiting, assets, reasons = planned(finished)
    if edit.file == BUILDER:  # what it gives is known when it has been built
        assert (made, waiting) == (set(), ALL)
    else:
        assert (made, waiting) == (edit.reruns, set())
    assert assets == edit.rebuilds
    assert reasons == ({edit.why} if made or waiting else set())


MADE = (
    *("the code of `half`", "the reference's code", "a docstring in that helper"),
    *("a builder, the same bytes", "a task's size in this tier"),
)
UNDONE = ("the harness", "a builder, other bytes")
"""Edits that the usual tests make, or make and undo; `-m endurance` does so with all."""


def usual(words):
    """All edits as parameters, those but for `words` left to `-m endurance`."""
    marks = [() if edit.words in words else pytest.mark.endurance for edit in EDITS]
    return [pytest.param(e, marks=m, id=e.words) for e, m in zip(EDITS, marks, strict=True)]


@pytest.mark.parametrize("edit", usual(MADE))
def test_what_is_planned_after_an_edit_is_what_runs(finished, edit):
    finished.edit(edit.file, edit.old, edit.new)
    assert run_again(finished) == (edit.reruns, edit.rebuilds)


@pytest.mark.parametrize("edit", usual(UNDONE))
def test_undoing_an_edit_serves_the_old_records(finished, edit):
    finished.edit(edit.file, edit.old, edit.new)
    assert run_again(finished) == (edit.reruns, edit.rebuilds)
    finished.edit(edit.file, edit.new, edit.old)
    assert run_again(finished) == (set(), ())


def test_a_new_method_reruns_nobody_else(finished):
    source = (finished.root / "methods/toy/half.py").read_text()
    new = finished.root / "methods/toy/newcomer.py"
    new.write_text(source.replace('"half"', '"newcomer"').replace("def half", "def newcomer"))
    assert run_again(finished) == (set(), ())


def test_a_grid_s_edit_reruns_its_method(finished):
    """The grid stands in the method's file, so its default variant runs again too."""
    finished.edit(NOISY_FILE, "[0.1, 0.5]", "[0.1, 0.6]")
    assert run_again(finished) == (NOISY, ())


def test_a_changed_helper_gives_a_changed_figure(finished):
    def error():
        options = ("--method", "half", "--seeds", "1", "--json")
        done = finished.bench("run", "--tier", "smoke", *options)
        return json.loads(done.stdout)["records"][0]["metrics"]["error"]

    first = error()
    finished.edit(CONSTANTS, "FACTOR = 0.5", "FACTOR = 1.0")
    assert error() < 1e-5 < first
    finished.edit(CONSTANTS, "FACTOR = 1.0", "FACTOR = 0.5")
    assert error() == first


def as_markdown():
    """The table as docs/what-reruns.md shows it."""
    head = ["edit", *COLUMNS.values(), "assets"]
    rows = [
        [
            edit.words,
            *("runs again" if column in edit.reruns else "served" for column in COLUMNS),
            f"{', '.join(edit.rebuilds)} built again" if edit.rebuilds else "kept",
        ]
        for edit in EDITS
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *rows])


def test_the_page_shows_this_table():
    page = PAGE.read_text()
    assert as_markdown() in page, f"docs/what-reruns.md should hold:\n{as_markdown()}"
