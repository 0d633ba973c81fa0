"""`python -m bench try`: one method's file, from a mistake in it to a verdict on it."""

from __future__ import annotations

import json
import shlex
import sqlite3
from contextlib import closing
from pathlib import Path
from statistics import fmean

import pytest

from tests.bench.conftest import Checkout, make
from tests.bench.test_left_out import MOONLIT, SENTENCE

REPOSITORY = Path(__file__).resolve().parents[2]

MINE = '''"""A share of the sum."""

from bench import method


@method(
    name="mine",
    title="Mine",
    paper=("On mine", 2026, "https://example.org"),
    params={"share": 0.75},
    space={"share": [0.75, 1.0]},
)
def mine(problem, *, share):
    return share * problem.numbers.sum()
'''


def with_mine(checkout):
    """Keep two honest methods, and add a third one to try."""
    checkout.keep_methods("half", "noisy")
    (checkout.root / "methods/toy/mine.py").write_text(MINE)
    return checkout


@pytest.fixture
def toy(checkout):
    """A checkout with tables, two honest methods, and a third one to try."""
    return with_mine(checkout)


FILE = "methods/toy/mine.py"


def try_twice(folder):
    """Try the method twice in a checkout made as above."""
    checkout = with_mine(make(folder))
    checkout.bench_each_and_keep({"first": ("try", FILE), "again": ("try", FILE, "--json")})
    for done in checkout.told.values():
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def trial(build_once):
    """A checkout in which the method was tried, and that served once more. Copy it to change it."""
    return Checkout(build_once("tried", try_twice))


@pytest.fixture
def after_trial(trial, tmp_path):
    """A copy of it."""
    return trial.copy_to(tmp_path / "tried")


def again(checkout):
    """What the second of these two printed."""
    return json.loads(checkout.told["again"].stdout)


def errors(checkout, method):
    """The metric of each seed, from the store."""
    with sqlite3.connect(checkout.root / ".weighhouse/records.sqlite") as connection:
        query = "SELECT record FROM records WHERE method = ? AND variant = 'default' ORDER BY seed"
        rows = connection.execute(query, (method,)).fetchall()
    return [json.loads(row[0])["metrics"]["error"] for row in rows]


def test_it_prints_the_difference_to_every_baseline_a_verdict_and_the_cost(trial):
    lines = trial.told["first"].stdout.splitlines()
    assert lines[0] == "Mine against 2 baselines on 1 task (add), tier small, 5 seeds"
    rows = {line.split()[0]: line for line in lines[4:7]}
    assert set(rows) == {"Mine", "half", "noisy"}
    assert "better" in rows["half"]
    assert "FLOP" in rows["Mine"]
    assert lines[-2].startswith("Mine: better than ")
    assert "more seeds of each task would tell Mine from noisy" in lines[-1]


def test_the_difference_is_that_of_the_scores_over_the_seeds(trial):
    toy, document = trial, again(trial)
    assert document["tasks"] == ["add"]
    baselines = {b["method"]: b for b in document["variants"][0]["baselines"]}
    # an error e scores 1 - e / z with z the mean error of `zero`; `truth` errs by 0
    scale = fmean(errors(toy, "zero"))
    pairs = zip(errors(toy, "mine"), errors(toy, "half"), strict=True)
    expected = fmean(half - mine for mine, half in pairs) / scale
    assert baselines["half"]["difference"] == pytest.approx(expected)
    assert baselines["half"]["low"] < expected < baselines["half"]["high"]


def test_trying_again_serves_everything_and_an_edit_runs_the_method_alone(after_trial):
    toy = after_trial
    assert "5/5 runs" in toy.told["first"].stderr
    assert all(r["served"] for r in again(toy)["records"])
    toy.edit(FILE, "share * problem", "share * 1.0 * problem")
    done = toy.bench("try", FILE)
    assert "5 runs to make" in done.stderr
    assert "baselines: 20 runs served\n" in done.stderr


def try_further(trial, folder):
    """In a copy of it, with a task whose data aren't here, try what asks for more."""
    checkout = trial.copy_to(folder / "checkout")
    add_to_definition(checkout, MOONLIT)
    idea = folder / "idea.py"
    idea.write_text(MINE.replace("mine", "idea"))
    checkout.bench_each_and_keep(
        {
            "tuned": ("try", FILE, "--json", "--tuned", "--seeds", "3"),
            "moonlit": ("try", FILE, "--json", "--seeds", "1"),
            "of no suite": ("try", str(idea), "--json"),
            "anywhere": ("try", str(idea), "--json", "--suite", "toy"),
        }
    )


@pytest.fixture(scope="session")
def further(trial, build_once):
    """Which trial -> what it gave."""
    folder = build_once("further", lambda folder: try_further(trial, folder))
    return Checkout(folder / "checkout").told


def document_of(done):
    """What `try --json` gives."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_seeds_and_the_tuned_variant_are_as_asked_for(further):
    document = document_of(further["tuned"])
    assert [v["variant"] for v in document["variants"]] == ["default", "tuned"]
    assert document["variants"][0]["seeds"] == {"add": [0, 1, 2]}
    against = {b["method"]: b["variant"] for b in document["variants"][1]["baselines"]}
    assert against == {"half": "default", "noisy": "tuned"}


def test_published_records_serve_as_baselines_where_they_are_current(after_trial):
    toy = after_trial
    (toy.root / FILE).unlink()
    assert toy.bench("export", "--tier", "small", "--all").returncode == 0
    for file in (toy.root / ".weighhouse").glob("records.sqlite*"):
        file.unlink()
    (toy.root / FILE).write_text(MINE)
    done = toy.bench("try", FILE)
    assert "baselines: 20 runs served (20 from reports/published)\n" in done.stderr


def test_a_stale_published_record_is_made_anew_and_says_how_long_that_takes(after_trial):
    toy = after_trial
    record = {"suite": "toy", "task": "add", "task_version": 1, "tier": "small", "method": "half"}
    record |= {"key": "stale", "variant": "default", "seed": 0, "kind": "method", "params": {}}
    record |= {"track": "single", "status": "ok", "cost": {"seconds": 500}}
    (toy.root / "reports/published/toy").mkdir(parents=True)
    (toy.root / "reports/published/toy/half.jsonl").write_text(json.dumps(record) + "\n")
    with closing(sqlite3.connect(toy.home / "records.sqlite")) as connection, connection:
        connection.execute("DELETE FROM records WHERE method = 'half'")
    done = toy.bench("try", FILE, "--jobs", "2")
    # 5 seeds of 500 s, two at a time: 1250 s
    said = "baselines: 15 runs served; 5 runs to make, about 21 min with 2 at a time\n"
    assert said in done.stderr
    assert done.returncode == 0


def test_what_must_be_built_and_how_long_it_takes_is_said_before_it_starts(trial):
    before = trial.told["first"].stderr.split("0/5 runs")[0]
    assert "5 runs to make, 11 assets to build first, about" in before
    assert "20 runs to make" in before


def add_to_definition(checkout, text):
    with (checkout.root / "suites/toy/definition.py").open("a") as file:
        file.write(text)


MORE = """
from dataclasses import replace

MORE = replace(SUITE.tasks[0], name="more", settings={"smoke": {"count": 9}, "small": {"count": 9}})
SUITE = replace(SUITE, tasks=(*SUITE.tasks, MORE))
"""
"""A second task, after the one that there is."""


def test_without_tasks_it_tries_those_whose_assets_are_built(after_trial):
    toy = after_trial
    add_to_definition(toy, MORE)
    both = ("--task", "add", "--task", "more")
    trial = ("try", FILE, "--json", "--seeds", "2")
    before, warmed, warm = toy.bench_each([trial, (*trial, *both), trial])
    assert json.loads(before.stdout)["tasks"] == ["add"]
    assert "left out: more, whose 4 assets aren't built" in before.stderr
    compared = json.loads(warmed.stdout)["variants"][0]["baselines"][0]
    assert set(compared["tasks"]) == {"add", "more"}
    assert json.loads(warm.stdout)["tasks"] == ["add", "more"]


BARE = """
from dataclasses import replace

BARE = replace(SUITE.tasks[0], name="bare", offers=())
SUITE = replace(SUITE, tasks=(BARE, *SUITE.tasks))
"""
"""A task that offers nothing, before all others."""


def test_from_nothing_it_tries_the_first_task_that_the_method_can_enter(toy):
    add_to_definition(toy, MORE + BARE)
    toy.edit(FILE, 'title="Mine"', 'title="Mine",\n    needs=["numbers"]')
    done = toy.bench("try", FILE, "--json", "--seeds", "1")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["tasks"] == ["add"]
    assert len(document["variants"][0]["baselines"]) == 2
    assert "not entered: task 'bare' doesn't offer: numbers" in done.stderr.splitlines()
    assert "left out: more, whose 3 assets aren't built" in done.stderr


def test_where_the_task_has_no_scale_there_is_no_verdict_and_that_is_said(after_trial):
    after_trial.edit("suites/toy/references.py", "numbers.sum()", "numbers.sum() + 1000")
    done = after_trial.bench("try", FILE, "--seeds", "1")
    assert done.returncode == 1
    assert done.stdout.startswith(
        "mine (default) gets no verdict. Task add has no score: on error, the ceiling (1000) isn't "
        "beyond the floor ("
    )
    assert "Traceback" not in done.stderr


def test_a_task_whose_data_aren_t_here_is_left_out_and_said(further):
    assert document_of(further["moonlit"])["tasks"] == ["add"]
    assert SENTENCE in further["moonlit"].stderr.splitlines()


def test_a_file_that_lies_anywhere_is_tried_with_its_suite_named(further):
    refused = further["of no suite"]
    assert refused.returncode == 2
    assert "names no suite. Say which it is for with --suite NAME, one of: toy; " in refused.stderr
    document = document_of(further["anywhere"])
    assert {r["status"] for r in document["records"]} == {"ok"}
    assert {b["method"] for b in document["variants"][0]["baselines"]} == {"half", "noisy", "mine"}


PLACES = ("toy/idea.py", "notion.py")
"""A file in a folder that is named for its suite, and one that isn't."""


def make_again(folder):
    """Try such files in one process, and in another make their records of seed 1 again."""
    toy = with_mine(make(folder / "checkout"))
    trials = []
    for place in PLACES:
        file = folder / "my methods" / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(MINE.replace("mine", file.stem))
        trials.append(("try", file, "--json", "--suite", "toy", "--tier", "smoke", "--tuned"))
    commands = {}
    for done in toy.bench_each(trials):
        for record in document_of(done)["records"]:
            if record["seed"] == 1:
                python, _, _, *arguments = shlex.split(record["provenance"]["command"])
                assert python == "python"
                commands[json.dumps(record)] = (*arguments, "--json")
    toy.bench_each_and_keep(commands)


@pytest.fixture(scope="session")
def made_again(build_once):
    """(method, variant) -> a record of a trial, and what its command gives."""
    told = Checkout(build_once("made again", make_again) / "checkout").told
    pairs = [(json.loads(record), done) for record, done in told.items()]
    return {(record["method"], record["variant"]): (record, done) for record, done in pairs}


@pytest.mark.parametrize("variant", ["default", "tuned"])
@pytest.mark.parametrize("place", PLACES)
def test_the_command_of_a_record_makes_it_again(made_again, place, variant):
    """Whether the file lies in a folder named for its suite or not."""
    first, done = made_again[Path(place).stem, variant]
    assert done.returncode == 0, done.stderr
    again = [r for r in json.loads(done.stdout)["records"] if r["variant"] == variant]
    assert [(r["seed"], r["key"], r["metrics"], r["served"]) for r in again] == [
        (1, first["key"], first["metrics"], False)
    ]
