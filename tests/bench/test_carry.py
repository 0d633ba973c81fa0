"""`python -m bench carry`: a refactor is proved on a sample, and old records stand.

Each test edits a small checkout that is under git, commits, and carries from the commit before.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from contextlib import closing

import pytest

from tests.bench.conftest import Checkout, make

HARNESS, SCORING = "suites/toy/harness.py", "suites/toy/scoring.py"
BUILDER, DEFINITION = "suites/toy/building.py", "suites/toy/definition.py"
HALF, NOISY = "methods/toy/half.py", "methods/toy/noisy.py"


def git(checkout, *arguments):
    identity = ("-c", "user.name=a developer", "-c", "user.email=d@example.org")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=checkout.root, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def finish(folder):
    """Make a checkout under git in which two honest methods and the references have run."""
    checkout = make(folder)
    checkout.keep_methods("half", "noisy")
    (checkout.root / ".gitignore").write_text(".weighhouse/\n__pycache__/\n")
    git(checkout, "init", "-q")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "before")
    checkout.run()


@pytest.fixture
def versioned(build_once, tmp_path):
    """A copy of such a checkout, to edit."""
    shutil.copytree(build_once("versioned", finish), tmp_path / "checkout")
    return Checkout(tmp_path / "checkout")


def edit(checkout, file, old, new):
    checkout.edit(file, old, new)
    git(checkout, "commit", "-qam", f"edit {file}")


def carry(checkout, *options, code=0):
    done = checkout.bench("carry", "--from", "HEAD~1", "--tier", "smoke", *options)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def plan(checkout):
    """How many runs would be made, and how many are served."""
    done = checkout.bench("plan", "--tier", "smoke", "--json")
    found = json.loads(done.stdout)
    return len(found["runs"]), len(found["served"])


def links(checkout):
    folder = checkout.root / "reports/published/carried"
    return [json.loads(file.read_text()) for file in sorted(folder.glob("*.json"))]


@pytest.fixture
def carried(build_once, tmp_path):
    """A copy of it in which the harness was edited, to the same digits, and carried."""
    base = Checkout(build_once("versioned", finish))

    def carry_the_harness(folder):
        checkout = base.copy_to(folder)
        stored = listed(checkout)
        edit(checkout, HARNESS, 'Output({"guess": guess})', "Output(dict(guess=guess))")
        made, _ = plan(checkout)
        said = {"stored": stored, "made": made, "text": carry(checkout)}
        (checkout.home / "carried.json").write_text(json.dumps(said))

    return Checkout(build_once("carried", carry_the_harness)).copy_to(tmp_path / "carried")


def listed(checkout):
    """The records in its store."""
    return json.loads(checkout.bench("list", "records", "--json").stdout)


def test_a_harness_that_answers_as_before_carries_every_record(carried):
    said = json.loads((carried.home / "carried.json").read_text())
    stored = said["stored"]
    assert said["made"] > 0
    assert "alike to the last digit" in said["text"]
    assert plan(carried) == (0, len(stored))
    assert listed(carried) == stored, "as they were"
    (link,) = links(carried)
    assert {(part["part"], part["of"]) for part in link["parts"]} == {("harness", "toy")}
    drawn, of = link["strata"]["toy"]
    assert link["alike"]["toy"] == drawn == len(link["sampled"]) < of
    assert link["functions"] == {"changed": 1, "executed": 1, "named": []}


def test_links_lead_over_several_commits(carried):
    versioned = carried
    git(versioned, "add", "-A")
    git(versioned, "commit", "-qm", "a proof")
    edit(versioned, SCORING, "abs(guess - truth)", "abs(truth - guess)")
    carry(versioned)
    assert plan(versioned)[0] == 0
    assert len(links(versioned)) == 2


def test_a_harness_that_answers_otherwise_carries_nothing(versioned):
    edit(versioned, HARNESS, 'Output({"guess": guess})', 'Output({"guess": guess * 1.0000001})')
    text = carry(versioned, code=1)
    assert "different: toy add half default" in text
    assert "output is" in text
    assert not links(versioned)


def test_a_difference_in_one_method_carries_the_others(versioned):
    versioned.edit(HALF, "problem.numbers.sum()", "torch.sum(problem.numbers)")
    edit(versioned, NOISY, "scale * torch", "1.001 * scale * torch")
    text = carry(versioned, code=1)
    assert "different: toy add noisy" in text
    (link,) = links(versioned)
    assert [part["of"] for part in link["parts"]] == ["toy/half"]


def test_a_builder_of_the_same_bytes_carries_its_assets_too(versioned):
    edit(versioned, BUILDER, "torch.randn(", "1 * torch.randn(")
    carry(versioned)
    done = versioned.bench("plan", "--tier", "smoke", "--fresh", "--json")
    assert json.loads(done.stdout)["assets"] == [], "what the old code built is used"


def test_a_builder_that_an_earlier_try_was_seen_to_run_need_not_run_again(versioned):
    edit(versioned, BUILDER, "torch.randn(", "1 * torch.randn(")
    path = versioned.root / SCORING
    path.write_text(path.read_text() + "\n\ndef unused(x):\n    return x\n")
    git(versioned, "commit", "-qam", "a function that nobody calls")
    first = versioned.bench("carry", "--from", "HEAD~2", "--tier", "smoke")
    assert "1 changed functions were run by no run" in first.stdout
    path.write_text(path.read_text().replace("def unused(x):\n    return x\n", ""))
    git(versioned, "commit", "-qam", "without it")
    again = versioned.bench("carry", "--from", "HEAD~3", "--tier", "smoke")
    assert "Carried: " in again.stdout, again.stdout + again.stderr


def test_a_changed_function_that_no_run_executes_blocks_unless_it_is_named(versioned):
    unused = "\n\ndef unused(x):\n    return x\n"
    path = versioned.root / SCORING
    path.write_text(path.read_text() + unused)
    git(versioned, "commit", "-qam", "a function that nobody calls")
    name = f"{SCORING}:unused"
    assert f"never run: {name}" in carry(versioned, code=1)
    assert not links(versioned)
    carry(versioned, "--unexecuted", name)
    assert links(versioned)[0]["functions"]["named"] == [name]


def test_functions_of_a_file_that_moved_differ_only_where_their_code_does(versioned):
    git(versioned, "mv", SCORING, "suites/toy/points.py")
    edit(versioned, HARNESS, "from suites.toy.scoring import", "from suites.toy.points import")
    text = carry(versioned)
    assert "Carried: " in text
    assert links(versioned)[0]["functions"]["changed"] == 1
    assert links(versioned)[0]["functions"]["executed"] == 1


def test_what_is_asked_otherwise_is_refused(versioned):
    edit(versioned, DEFINITION, "seconds=5", "seconds=6")
    text = carry(versioned, code=2)
    assert "budget differ, so the two states aren't asked the same" in text


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--from", "nowhere"), "--from nowhere: there is no such commit here."),
        (("--from", "HEAD"), "methods/toy/half.py: isn't committed (1 files)."),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_sentence(versioned, options, sentence):
    if "HEAD" in options:
        versioned.edit(HALF, "return scaled(p", "return 1 * scaled(p")
    done = versioned.bench("carry", *options)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_comment_needs_no_proof(versioned):
    edit(versioned, HARNESS, '"""Each run\'s guess."""', '"""The guess of each run."""')
    assert "nothing that records depend on differs" in carry(versioned)


def made_when(checkout, side):
    """When each run of the sample was made, by the store of one side."""
    (store,) = (checkout.root / ".weighhouse/carry").glob(f"*/{side}.sqlite")
    with closing(sqlite3.connect(store)) as database:
        rows = database.execute("SELECT key, record FROM records").fetchall()
    return {key: json.loads(record)["provenance"]["created"] for key, record in rows}


def test_another_try_asks_for_the_same_runs_and_makes_none_again(versioned):
    path = versioned.root / SCORING
    path.write_text(path.read_text() + "\n\ndef unused(x):\n    return x\n")
    git(versioned, "commit", "-qam", "a function that nobody calls")
    carry(versioned, code=1)
    first = {side: made_when(versioned, side) for side in ("old", "new")}
    path = versioned.root / "README.md"
    path.write_text("another commit\n")
    git(versioned, "add", "-A")
    git(versioned, "commit", "-qm", "another commit")
    done = versioned.bench(
        "carry", "--from", "HEAD~2", "--tier", "smoke", "--unexecuted", f"{SCORING}:unused"
    )
    assert "Carried: " in done.stdout, done.stdout + done.stderr
    assert {side: made_when(versioned, side) for side in ("old", "new")} == first


def test_told_to_stop_it_stops_what_it_started_and_the_same_command_goes_on(versioned):
    edit(versioned, HALF, "problem.numbers.sum()", "torch.sum(problem.numbers)")
    done = versioned.terminated_underway("carry", "--from", "HEAD~1", "--tier", "smoke")
    assert done.returncode == 130
    assert "the same command goes on" in done.stderr
    assert versioned.left_behind() == []
    assert "Carried: " in carry(versioned)
