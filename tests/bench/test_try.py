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

HARNESS = '    harness="suites.toy.harness",'
DECLARED = (HARNESS, HARNESS + '\n    checks="suites.toy.checks:check",')
"""The edit of the suite's definition by which its checks are found."""

CHECKS = '''"""The toy suite's contract."""


def check(call, entry):
    """A method's file may not be called mine."""
    return [f"{entry.path}:{entry.line}: it is called {name}." for name in (entry.name,)]
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


def test_seeds_and_the_tuned_variant_are_as_asked_for(toy):
    document = tried(toy, "--tuned", "--seeds", "3")
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


def test_without_tasks_it_tries_those_whose_assets_are_built(toy):
    with (toy.root / "suites/toy/definition.py").open("a") as file:
        file.write(
            "\nfrom dataclasses import replace\n\n"
            'MORE = replace(SUITE.tasks[0], name="more", settings={"small": {"count": 9}})\n'
            "SUITE = replace(SUITE, tasks=(*SUITE.tasks, MORE))\n"
        )
    both = ("--task", "add", "--task", "more")
    commands = [(), both, ()]
    cold, warmed, warm = toy.bench_each(("try", FILE, "--json", *options) for options in commands)
    assert json.loads(cold.stdout)["tasks"] == ["add"]
    assert "left out: more, whose 11 assets aren't built" in cold.stderr
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
    with (toy.root / "suites/toy/definition.py").open("a") as file:
        file.write(BARE)
    toy.edit(FILE, 'title="Mine"', 'title="Mine",\n    needs=["numbers"]')
    done = toy.bench("try", FILE, "--json", "--tier", "smoke")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["tasks"] == ["add"]
    assert len(document["variants"][0]["baselines"]) == 2
    assert "not entered: task 'bare' doesn't offer: numbers" in done.stderr.splitlines()


FAILING = {
    # what is wrong: (the text that is replaced, what by, options)
    "needs what no task has": (
        'title="Mine"',
        'title="Mine",\n    needs=["oracle"]',
        "--tier=smoke",
    ),
    "crashes": (
        "    return",
        '    print("so far")\n    raise RuntimeError("no sum today")\n    return',
    ),
    "spends too much": (
        "    return",
        "    for _ in range(30_000):\n        share = problem.numbers[0] + 1\n    return",
        "--json",
    ),
    "imports what isn't there": (
        "from bench import method",
        "from math import sine\n\nfrom bench import method",
    ),
}


@pytest.fixture(scope="module")
def failing(make_checkout, tmp_path_factory):
    """What is wrong -> the method's file, and what trying it gives; the checkout."""
    toy = with_mine(make_checkout(tmp_path_factory.mktemp("failing") / "checkout"))
    (toy.root / FILE).unlink()
    files = {}
    for number, (what, (old, new, *_)) in enumerate(FAILING.items()):
        assert MINE.count(old) == 1
        files[what] = toy.root / f"failing-{number}" / "toy" / "mine.py"
        files[what].parent.mkdir(parents=True)
        files[what].write_text(MINE.replace(old, new))
    commands = [("try", files[what], *options) for what, (_, _, *options) in FAILING.items()]
    tries = zip(files.values(), toy.bench_each(commands), strict=True)
    return dict(zip(files, tries, strict=True)), toy


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


def test_a_task_whose_data_aren_t_here_is_left_out_and_said(toy):
    with (toy.root / "suites/toy/definition.py").open("a") as file:
        file.write(MOONLIT)
    done = toy.bench("try", FILE, "--json", "--seeds", "1")
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


def test_a_broken_contract_is_told_and_nothing_is_run(toy):
    (toy.root / "suites/toy/checks.py").write_text(CHECKS)
    toy.edit("suites/toy/definition.py", *DECLARED)
    done = toy.bench("try", FILE)
    assert done.returncode == 1
    assert done.stdout == (
        "mine breaks the suite's contract in 1 way, found on a tiny problem:\n"
        f"  {toy.root / FILE}:13: it is called mine.\n"
    )
    assert not errors(toy, "mine")


def test_a_check_that_the_method_crashes_tells_where(toy):
    text = CHECKS.replace("return [", "call(None, share=1)\n    return [")
    (toy.root / "suites/toy/checks.py").write_text(text)
    toy.edit("suites/toy/definition.py", *DECLARED)
    done, as_text = toy.bench_each([("try", FILE, "--json"), ("try", FILE)])
    contract = json.loads(done.stdout)["contract"]
    assert (done.returncode, contract["status"]) == (1, "crashed")
    assert "AttributeError" in contract["reason"]
    assert f"{toy.root / FILE}:14: return share" in as_text.stdout


@pytest.mark.parametrize("command", [("try", FILE), ("run",), ("list", "methods")])
def test_a_mistake_gets_the_same_sentence_from_every_command(toy, command):
    toy.edit(FILE, '    paper=("On mine", 2026, "https://example.org"),\n', "")
    done = toy.bench(*command)
    said = f"error: {toy.root / FILE}:6: @method lacks paper. Add paper=... to it.\n"
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


def test_a_file_that_lies_anywhere_is_tried_with_its_suite_named(toy, tmp_path):
    file = tmp_path / "idea.py"
    file.write_text(MINE.replace("mine", "idea"))
    done = toy.bench("try", str(file))
    assert done.returncode == 2
    assert "names no suite. Say which it is for with --suite NAME, one of: toy; " in done.stderr
    document = tried(toy, "--suite", "toy", file=str(file))
    assert {r["status"] for r in document["records"]} == {"ok"}
    assert {b["method"] for b in document["variants"][0]["baselines"]} == {"half", "noisy", "mine"}


@pytest.mark.parametrize(
    ("place", "variant"),
    [
        ("toy/idea.py", "default"),
        ("idea.py", "tuned"),
        pytest.param("toy/idea.py", "tuned", marks=pytest.mark.endurance),
        pytest.param("idea.py", "default", marks=pytest.mark.endurance),
    ],
)
def test_the_command_of_a_record_makes_it_again(toy, tmp_path, place, variant):
    """Whether the file lies in a folder named for its suite or not."""
    file = tmp_path / "my methods" / place
    file.parent.mkdir(parents=True)
    file.write_text(MINE.replace("mine", "idea"))
    options = ("--suite", "toy", "--tier", "smoke", "--tuned")
    records = tried(toy, *options, file=str(file))["records"]
    first = next(r for r in records if (r["variant"], r["seed"]) == (variant, 1))
    python, _, _, *arguments = shlex.split(first["provenance"]["command"])
    assert python == "python"
    done = toy.bench(*arguments, "--json")
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
