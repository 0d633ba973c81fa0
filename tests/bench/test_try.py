"""`python -m bench try`: one method's file, from a mistake in it to a verdict on it."""

from __future__ import annotations

import json
import re
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

HARNESS = '    harness="suites.toy.harness",'
DECLARED = (HARNESS, HARNESS + '\n    checks="suites.toy.checks:check",')
"""The edit of the suite's definition by which its checks are found."""

CHECKS = '''"""The toy suite's contract."""


def check(call, entry):
    """A method may not be called anonymous, and not mind that its problem is None."""
    if entry.name == "mute":
        call(None, share=1)
    if entry.name != "anonymous":
        return []
    return [f"{entry.path}:{entry.line}: it is called {entry.name}."]
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
    """Try the method in a checkout made as above, and keep what is printed, then as JSON."""
    checkout = with_mine(make(folder))
    first, again = checkout.bench("try", FILE), checkout.bench("try", FILE, "--json")
    assert first.returncode == again.returncode == 0, first.stderr + again.stderr
    (folder / "first.out").write_text(first.stdout)
    (folder / "first.err").write_text(first.stderr)
    (folder / "again.json").write_text(again.stdout)


@pytest.fixture
def after_trial(build_once, tmp_path):
    """A copy of a checkout in which the method was tried, and that served once more."""
    return Checkout(build_once("tried", try_twice)).copy_to(tmp_path / "tried")


def again(checkout):
    """What the second of these two printed."""
    return json.loads((checkout.root / "again.json").read_text())


def tried(checkout, *options, file=FILE, code=0):
    """What `try --json` gives."""
    done = checkout.bench("try", file, "--json", *options)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def errors(checkout, method):
    """The metric of each seed, from the store."""
    with sqlite3.connect(checkout.root / ".weighhouse/records.sqlite") as connection:
        query = "SELECT record FROM records WHERE method = ? AND variant = 'default' ORDER BY seed"
        rows = connection.execute(query, (method,)).fetchall()
    return [json.loads(row[0])["metrics"]["error"] for row in rows]


def test_it_prints_the_difference_to_every_baseline_a_verdict_and_the_cost(after_trial):
    lines = (after_trial.root / "first.out").read_text().splitlines()
    assert lines[0] == "Mine against 2 baselines on 1 task (add), tier small, 5 seeds"
    rows = {line.split()[0]: line for line in lines[4:7]}
    assert set(rows) == {"Mine", "half", "noisy"}
    assert "better" in rows["half"]
    assert "FLOP" in rows["Mine"]
    assert lines[-2].startswith("Mine: better than ")
    assert "more seeds of each task would tell Mine from noisy" in lines[-1]


def test_the_difference_is_that_of_the_scores_over_the_seeds(after_trial):
    toy, document = after_trial, again(after_trial)
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
    assert "5/5 runs" in (toy.root / "first.err").read_text()
    assert all(r["served"] for r in again(toy)["records"])
    toy.edit(FILE, "share * problem", "share * 1.0 * problem")
    done = toy.bench("try", FILE)
    assert "5 runs to make" in done.stderr
    assert "baselines: 20 runs served\n" in done.stderr


def test_seeds_and_the_tuned_variant_are_as_asked_for(after_trial):
    document = tried(after_trial, "--tuned", "--seeds", "3")
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


def test_what_must_be_built_and_how_long_it_takes_is_said_before_it_starts(after_trial):
    before = (after_trial.root / "first.err").read_text().split("0/5 runs")[0]
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
    commands = [(), both, ()]
    before, warmed, warm = toy.bench_each(("try", FILE, "--json", *options) for options in commands)
    assert json.loads(before.stdout)["tasks"] == ["add"]
    assert "left out: more, whose 10 assets aren't built" in before.stderr
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
    done = toy.bench("try", FILE, "--json", "--tier", "smoke")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["tasks"] == ["add"]
    assert len(document["variants"][0]["baselines"]) == 2
    assert "not entered: task 'bare' doesn't offer: numbers" in done.stderr.splitlines()
    assert "left out: more, whose 5 assets aren't built" in done.stderr


FAILING = {
    # what is wrong: (the text that is replaced, what by, options of each trial)
    "needs what no task has": (
        'title="Mine"',
        'title="Mine",\n    needs=["oracle"]',
        ["--tier=smoke"],
    ),
    "crashes": (
        "    return",
        '    print("so far")\n    raise RuntimeError("no sum today")\n    return',
        [],
    ),
    "spends too much": (
        "    return",
        "    for _ in range(30_000):\n        share = problem.numbers[0] + 1\n    return",
        ["--json"],
    ),
    "imports what isn't there": (
        "from bench import method",
        "from math import sine\n\nfrom bench import method",
        [],
    ),
    "breaks the contract": ('name="mine"', 'name="anonymous"', []),
    "crashes the check": ('name="mine"', 'name="mute"', ["--json"], []),
}


@pytest.fixture(scope="module")
def failing(make_checkout, tmp_path_factory):
    """What is wrong -> the method's file, and what each trial of it gives; the checkout."""
    toy = with_mine(make_checkout(tmp_path_factory.mktemp("failing") / "checkout"))
    (toy.root / FILE).unlink()
    (toy.root / "suites/toy/checks.py").write_text(CHECKS)
    toy.edit("suites/toy/definition.py", *DECLARED)
    trials = []
    for number, (what, (old, new, *trials_of_it)) in enumerate(FAILING.items()):
        assert MINE.count(old) == 1
        text = MINE.replace(old, new)
        name = re.findall(r'name="(\w+)"', text)[0]
        file = toy.root / f"failing-{number}" / "toy" / f"{name}.py"
        file.parent.mkdir(parents=True)
        file.write_text(text)
        trials += [(what, file, options) for options in trials_of_it]
    given = toy.bench_each(("try", file, *options) for _what, file, options in trials)
    told = {}
    for (what, file, _options), done in zip(trials, given, strict=True):
        told.setdefault(what, (file,))
        told[what] += (done,)
    return told, toy


def test_a_method_that_no_task_can_feed_is_told_so(failing):
    _file, done = failing[0]["needs what no task has"]
    assert done.returncode == 1
    assert done.stdout == (
        "mine can't be tried: it enters no task of suite toy at tier smoke: task 'add' doesn't "
        "offer: an oracle. Take out of needs= in its @method line what it can do without.\n"
    )


def test_where_the_task_has_no_scale_there_is_no_verdict_and_that_is_said(toy):
    toy.edit("suites/toy/references.py", "numbers.sum()", "numbers.sum() + 1000")
    done = toy.bench("try", FILE, "--tier", "smoke")
    assert done.returncode == 1
    assert done.stdout.startswith(
        "mine (default) gets no verdict. Task add has no score: on error, the ceiling (1000) isn't "
        "beyond the floor ("
    )
    assert "Traceback" not in done.stderr


def test_a_task_whose_data_aren_t_here_is_left_out_and_said(after_trial):
    add_to_definition(after_trial, MOONLIT)
    done = after_trial.bench("try", FILE, "--json", "--seeds", "1")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["tasks"] == ["add"]
    assert SENTENCE in done.stderr.splitlines()


def test_a_crash_tells_status_reason_line_and_log(failing):
    (file, done), toy = failing[0]["crashes"], failing[1]
    assert done.returncode == 1
    assert "crashed: add (default), seeds 0, 1, 2, 3, 4: RuntimeError: no sum today" in done.stdout
    line = '15: raise RuntimeError("no sum today")'
    assert f"  at {file}:{line}\n" in done.stdout
    assert "    so far\n" in done.stdout
    assert "20 runs to make" in done.stderr  # said before, but not done: it is of no use any more
    assert not errors(toy, "half")


def test_a_run_over_its_budget_tells_the_line_that_would_have_crossed_it(failing):
    file, done = failing[0]["spends too much"]
    assert done.returncode == 1
    failure = json.loads(done.stdout)["failures"][0]
    assert failure["status"] == "over_budget"
    assert failure["place"] == f"{file}:15: share = problem.numbers[0] + 1"


def test_a_broken_contract_is_told_and_nothing_is_run(failing):
    (file, done), toy = failing[0]["breaks the contract"], failing[1]
    assert done.returncode == 1
    assert done.stdout == (
        "anonymous breaks the suite's contract in 1 way, found on a tiny problem:\n"
        f"  {file}:13: it is called anonymous.\n"
    )
    assert not errors(toy, "anonymous")


def test_a_check_that_the_method_crashes_tells_where(failing):
    file, done, as_text = failing[0]["crashes the check"]
    contract = json.loads(done.stdout)["contract"]
    assert (done.returncode, contract["status"]) == (1, "crashed")
    assert "AttributeError" in contract["reason"]
    assert f"{file}:14: return share" in as_text.stdout


def test_a_mistake_gets_the_same_sentence_from_every_command(toy):
    toy.edit(FILE, '    paper=("On mine", 2026, "https://example.org"),\n', "")
    said = f"error: {toy.root / FILE}:6: @method lacks paper. Add paper=... to it.\n"
    for done in toy.bench_each([("try", FILE), ("run",), ("list", "methods")]):
        assert (done.returncode, done.stdout, done.stderr) == (2, "", said)


def test_an_import_that_fails_gets_one_sentence(failing):
    file, done = failing[0]["imports what isn't there"]
    assert done.returncode == 2
    said = done.stderr.splitlines()[-1]
    assert said.startswith(
        f"error: {file}:3: importing the file fails: ImportError: cannot import name "
        "'sine' from 'math' ("
    )
    assert said.endswith("). Mend it there.")


def test_a_file_that_lies_anywhere_is_tried_with_its_suite_named(after_trial, tmp_path):
    file = tmp_path / "idea.py"
    file.write_text(MINE.replace("mine", "idea"))
    trial = ("try", file, "--json")
    refused, done = after_trial.bench_each([trial, (*trial, "--suite", "toy")])
    assert refused.returncode == 2
    assert "names no suite. Say which it is for with --suite NAME, one of: toy; " in refused.stderr
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert {r["status"] for r in document["records"]} == {"ok"}
    assert {b["method"] for b in document["variants"][0]["baselines"]} == {"half", "noisy", "mine"}


PLACES = ("toy/idea.py", "notion.py")
"""A file in a folder that is named for its suite, and one that isn't."""


@pytest.fixture(scope="module")
def made_again(make_checkout, tmp_path_factory):
    """(place, variant) -> a record of a trial there, and what its command prints, as JSON.

    The trials are made in one process, and the records again in another.
    """
    folder = tmp_path_factory.mktemp("made again")
    toy, trials = with_mine(make_checkout(folder / "checkout")), []
    for place in PLACES:
        file = folder / "my methods" / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(MINE.replace("mine", file.stem))
        trials.append(("try", file, "--json", "--suite", "toy", "--tier", "smoke", "--tuned"))
    records = {}
    for place, done in zip(PLACES, toy.bench_each(trials), strict=True):
        assert done.returncode == 0, done.stderr
        for record in json.loads(done.stdout)["records"]:
            if record["seed"] == 1:
                records[place, record["variant"]] = record
    words = [shlex.split(record["provenance"]["command"]) for record in records.values()]
    assert {tuple(start) for *start, _rest in (w[:4] for w in words)} == {("python", "-m", "bench")}
    again = toy.bench_each((*arguments, "--json") for _python, _m, _bench, *arguments in words)
    return dict(zip(records, zip(records.values(), again, strict=True), strict=True))


@pytest.mark.parametrize("variant", ["default", "tuned"])
@pytest.mark.parametrize("place", PLACES)
def test_the_command_of_a_record_makes_it_again(made_again, place, variant):
    """Whether the file lies in a folder named for its suite or not."""
    first, done = made_again[place, variant]
    assert done.returncode == 0, done.stderr
    again = [r for r in json.loads(done.stdout)["records"] if r["variant"] == variant]
    assert [(r["seed"], r["key"], r["metrics"], r["served"]) for r in again] == [
        (1, first["key"], first["metrics"], False)
    ]


REFUSED = {
    ("methods/toy/nothing.py",): "methods/toy/nothing.py: no such file. Name a method's file",
    (FILE, "--task", "ad"): "--task ad: there is no such task. Did you mean 'add'?",
    (FILE, "--tier", "tiny"): "--tier tiny: choose one of smoke, small, full.",
    (FILE, "--tier", "full"): "Nothing to run",
}


def test_wrong_usage_is_refused(toy):
    asked = toy.bench_each(("try", *arguments) for arguments in REFUSED)
    for done, said in zip(asked, REFUSED.values(), strict=True):
        assert done.returncode == 2
        assert said in " ".join(done.stderr.split())
        assert "Traceback" not in done.stderr


def test_wrong_usage_ends_the_process_with_exit_code_2(toy):
    assert toy.bench("try", FILE, "--tier", "tiny").returncode == 2
