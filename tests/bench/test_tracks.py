"""Task.tracks: which rankings a task has, from the plan to the pages, in a checkout of its own."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bench.contract.suite import Suite
from bench.records.record import Record
from reports.board import boards
from reports.load import current
from tests.bench.conftest import Checkout
from tests.reports import invented

METHOD = '''"""The largest of the numbers."""

from bench import method


@method(name="largest", title="Largest", paper=("A note", 2020, "https://example.org"), track="one")
def largest(problem):
    return problem.numbers.max()
'''

PICKED = """

@reference(name="picked", title="Picked", role="scale", meaning="the first", tasks=["pi*"])
def picked(problem):
    \"\"\"The first of the numbers.\"\"\"
    return problem.numbers[0]
"""


@pytest.fixture(scope="module")
def tracked(make_checkout, tmp_path_factory) -> Checkout:
    """The toy suite with a second track, `one`, and a task, `pick`, that takes it alone.

    A reference, `picked`, stands on `pick` alone.
    """
    checkout = make_checkout(tmp_path_factory.mktemp("tracks") / "checkout")
    checkout.keep_methods("half", "noisy")
    definition = "suites/toy/definition.py"
    checkout.edit(
        definition,
        'tracks=(Track(name="single", title="Single", meaning="All of them."),),',
        'tracks=(Track(name="single", title="Single", meaning="All of them."),'
        ' Track(name="one", title="One", meaning="Only one of them.")),',
    )
    path = checkout.root / definition
    path.write_text(
        path.read_text()
        + "\nfrom dataclasses import replace\n"
        + 'PICK = replace(SUITE.tasks[0], name="pick", title="Pick", tracks=("one",))\n'
        + "SUITE = replace(SUITE, tasks=(*SUITE.tasks, PICK))\n"
    )
    (checkout.root / "methods/toy/largest.py").write_text(METHOD)
    references = checkout.root / "suites/toy/references.py"
    references.write_text(references.read_text() + PICKED)
    return checkout


def planned(checkout: Checkout, *options: str) -> set[tuple[str, str]]:
    """(task, method) of every run that is planned, skipped ones included."""
    done = checkout.bench("plan", "--tier", "smoke", "--json", *options)
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    assert plan["skipped"] == [] or "pick" not in json.dumps(plan["skipped"])
    return {(run["task"], run["method"]) for run in plan["runs"]}


def test_a_method_of_another_track_is_not_planned_on_a_task_and_not_skipped(tracked):
    chosen = planned(tracked, "--method", "half", "--method", "largest", "--method", "zero")
    assert chosen == {
        ("add", "half"),
        ("add", "largest"),  # `add` takes every track
        ("add", "zero"),
        ("pick", "largest"),
        ("pick", "zero"),  # a reference of no track enters every task
    }


def test_asking_for_a_pair_that_cannot_be_names_the_pair(tracked):
    asked = ("--tier", "smoke", "--task", "pick", "--method", "half")
    done = tracked.bench("run", *asked)
    assert done.returncode == 2
    assert "its track 'single' doesn't enter task 'pick', which has one." in done.stderr


def test_a_reference_that_names_tasks_is_planned_on_them_alone(tracked):
    assert planned(tracked, "--method", "picked") == {("pick", "picked")}


def test_asking_for_a_reference_where_it_does_not_stand_names_the_pair(tracked):
    done = tracked.bench("run", "--tier", "smoke", "--task", "add", "--method", "picked")
    assert done.returncode == 2
    assert "this reference stands on pi* only, not on task 'add'. Drop one" in done.stderr


def test_list_tells_on_which_tasks_a_reference_stands(tracked):
    rows = json.loads(tracked.bench("list", "methods", "--json").stdout)
    tasks = {row["name"]: row["tasks"] for row in rows}
    assert (tasks["picked"], tasks["zero"], tasks["half"]) == (["pick"], ["add", "pick"], ["add"])


def test_list_tells_which_tracks_enter_a_task(tracked):
    rows = json.loads(tracked.bench("list", "tasks", "--json").stdout)
    assert {row["name"]: row["tracks"] for row in rows} == {
        "add": ["single", "one"],
        "pick": ["one"],
    }


def test_the_generated_page_tells_which_tracks_enter_a_task(tracked, tmp_path):
    done = tracked.bench("docs", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "tasks.md").read_text()
    assert "Only for: One." in text.split("### Pick")[1]
    assert "Only for" not in text.split("### Pick")[0]


def test_the_generated_page_tells_on_which_tasks_a_reference_stands(tracked, tmp_path):
    done = tracked.bench("docs", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "| the first (on `pi*`) |" in (tmp_path / "methods.md").read_text()


def test_try_leaves_out_the_tasks_of_other_tracks(tracked):
    done = tracked.bench("try", "methods/toy/half.py", "--tier", "smoke", "--json")
    assert json.loads(done.stdout)["tasks"] == ["add"], done.stderr


def test_try_is_held_against_no_reference_of_another_task(tracked):
    done = tracked.bench("try", "methods/toy/half.py", "--tier", "smoke", "--task", "add")
    assert "half" in done.stdout, done.stderr
    assert "picked" not in done.stdout.lower()


def tasks_by_track(records: list[Record], suite: Suite) -> dict[str, list[str]]:
    made = boards(records, invented.catalogue(suite), suite.name, "small")
    return {board.track.name: [task.name for task in board.tasks] for board in made}


def test_a_record_of_a_track_that_a_task_no_longer_takes_has_no_row():
    suite = invented.suite()
    first, *others = suite.tasks
    narrowed = replace(suite, tasks=(replace(first, tracks=("many",)), *others))
    records = invented.records(suite)
    before, after = tasks_by_track(records, suite), tasks_by_track(records, narrowed)
    assert before["single"] == [first.name, *after["single"]]
    assert after["many"] == before["many"]


def test_a_record_of_a_reference_that_no_longer_stands_on_a_task_is_left_out():
    suite = invented.suite()
    known = invented.catalogue(suite)
    joint = invented.reference("bound", "scale", "a bound")
    records = [
        invented.record("bound", task, 0, {"held_in": 0.9}, kind="reference", track="")
        for task in ("near", "far")
    ]
    narrowed = {**known.methods[suite.name], "bound": replace(joint, tasks=("f*",))}
    assert [r.task for r in current(records, suite, "small", narrowed)] == ["far"]
    assert [r.task for r in current(records, suite, "small", {"bound": joint})] == ["near", "far"]


def test_a_task_of_an_unknown_track_is_refused_where_it_is_declared():
    suite = invented.suite()
    with pytest.raises(ValueError, match=r"names the track 'pairs', which suite 'invented' does"):
        replace(suite, tasks=(replace(suite.tasks[0], tracks=("pairs",)),))
