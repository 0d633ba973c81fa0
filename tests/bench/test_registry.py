"""What the registry reads from files; tests/bench/test_mistakes.py has what it refuses."""

from __future__ import annotations

import json

GOOD = '''"""My method, in a sentence.

More about it.
"""

from bench import method


@method(name="mine", title="Mine", paper=("On mine", 2026, "https://example.org"),
        needs=["numbers"], params={"scale": 0.5, "keep": 3}, space={"scale": [0.1, 1.0]})
def mine(problem, *, scale, keep):
    return scale
'''


def written(checkout, text, name="mine.py", suite="toy"):
    """Put a contributor's file into a methods folder of its own; the folder."""
    folder = checkout.root / "contributed"
    (folder / suite).mkdir(parents=True, exist_ok=True)
    (folder / suite / name).write_text(text)
    return str(folder)


def listed(checkout, folder):
    done = checkout.bench("list", "methods", "--json", "--methods-dir", folder)
    assert done.returncode == 0, done.stderr
    return {row["name"]: row for row in json.loads(done.stdout)}


def refused(checkout, text, name="mine.py", suite="toy"):
    """The one sentence that `list` says about a wrong file."""
    folder = written(checkout, text, name, suite)
    done = checkout.bench("list", "methods", "--methods-dir", folder)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_a_method_is_what_its_file_declares(checkout):
    row = listed(checkout, written(checkout, GOOD))["mine"]
    assert row["suite"] == "toy"
    assert row["title"] == "Mine"
    assert row["track"] == "single"
    assert row["needs"] == ["numbers"]
    assert row["params"] == {"scale": 0.5, "keep": 3}
    assert row["space"] == {"scale": [0.1, 1.0]}
    assert row["paper"] == {"title": "On mine", "year": 2026, "link": "https://example.org"}


def test_listing_runs_no_method_s_file(checkout):
    bomb = GOOD + '\nraise SystemExit("this file was run")\n'
    assert "mine" in listed(checkout, written(checkout, bomb))


def test_a_contributed_method_runs_and_its_relative_helper_counts(checkout):
    text = GOOD.replace("from bench import method", "from bench import method\nfrom ._aid import f")
    text = text.replace("return scale", "return f(problem)")
    folder = written(checkout, text)
    helper = "def f(problem):\n    return problem.numbers.sum()\n"
    written(checkout, helper, "_aid.py")
    first = checkout.run("mine", options=("--methods-dir", folder))
    assert {r["status"] for r in first} == {"ok"}, first[0]["log"]
    again = checkout.run("mine", options=("--methods-dir", folder))
    assert all(r["served"] for r in again)
    written(checkout, helper.replace("sum()", "mean()"), "_aid.py")
    changed = checkout.run("mine", options=("--methods-dir", folder))
    assert not any(r["served"] for r in changed)


def test_an_unknown_suite_folder_lists_the_suites(checkout):
    assert "there is no suite 'tay'" in refused(checkout, GOOD, suite="tay")


def test_a_missing_methods_dir_is_said(checkout):
    done = checkout.bench("list", "methods", "--methods-dir", "nowhere")
    assert done.returncode == 2
    assert "nowhere: no such folder" in done.stderr
