"""`python -m bench try` of a file with a mistake in it: what is said of it, and where it lies."""

from __future__ import annotations

import json
import re

import pytest

from tests.bench.conftest import Checkout, make
from tests.bench.test_try import FILE, MINE, errors, with_mine

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


@pytest.fixture
def toy(checkout):
    """A checkout with tables, two honest methods, and a third one to try."""
    return with_mine(checkout)


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


def failing_file(folder, what):
    """Where the method's file lies in which that is wrong."""
    text = MINE.replace(*FAILING[what][:2])
    [name] = re.findall(r'name="(\w+)"', text)
    return folder / "failing" / str(list(FAILING).index(what)) / "toy" / f"{name}.py", text


def try_failing(folder):
    """Try each of these methods, as often as it is said."""
    checkout = with_mine(make(folder))
    (folder / FILE).unlink()
    (folder / "suites/toy/checks.py").write_text(CHECKS)
    checkout.edit("suites/toy/definition.py", *DECLARED)
    commands = {}
    for what, (old, _new, *trials) in FAILING.items():
        assert MINE.count(old) == 1
        file, text = failing_file(folder, what)
        file.parent.mkdir(parents=True)
        file.write_text(text)
        for number, options in enumerate(trials):
            commands[f"{what} {number}"] = ("try", file, *options)
    checkout.bench_each_and_keep(commands)


@pytest.fixture(scope="session")
def failing(build_once):
    """What is wrong -> the method's file, and what each trial of it gives; the checkout."""
    toy = Checkout(build_once("failing", try_failing))
    told = {
        what: (
            failing_file(toy.root, what)[0],
            *(toy.told[f"{what} {number}"] for number, _options in enumerate(trials)),
        )
        for what, (_old, _new, *trials) in FAILING.items()
    }
    return told, toy


def test_a_method_that_no_task_can_feed_is_told_so(failing):
    _file, done = failing[0]["needs what no task has"]
    assert done.returncode == 1
    assert done.stdout == (
        "mine can't be tried: it enters no task of suite toy at tier smoke: task 'add' doesn't "
        "offer: an oracle. Take out of needs= in its @method line what it can do without.\n"
    )


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


def test_an_import_that_fails_gets_one_sentence(failing):
    file, done = failing[0]["imports what isn't there"]
    assert done.returncode == 2
    said = done.stderr.splitlines()[-1]
    assert said.startswith(
        f"error: {file}:3: importing the file fails: ImportError: cannot import name "
        "'sine' from 'math' ("
    )
    assert said.endswith("). Mend it there.")


def test_a_mistake_gets_the_same_sentence_from_every_command(toy):
    toy.edit(FILE, '    paper=("On mine", 2026, "https://example.org"),\n', "")
    said = f"error: {toy.root / FILE}:6: @method lacks paper. Add paper=... to it.\n"
    for done in toy.bench_each([("try", FILE), ("run",), ("list", "methods")]):
        assert (done.returncode, done.stdout, done.stderr) == (2, "", said)


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
