"""`--suites-dir`: a suite that lies elsewhere runs like this repository's own."""

from __future__ import annotations

import json
import shlex
import shutil

import pytest

from tests.bench.conftest import OWN_METHOD, Checkout, add_elsewhere, make


def of_mine(elsewhere, *options):
    """The options that choose its suite."""
    return ("--suites-dir", str(elsewhere), "--suite", "mine", *options)


def own_run(checkout, elsewhere, *options):
    """The records of its suite."""
    return checkout.run(options=of_mine(elsewhere, *options))


def stale(checkout, *options):
    """The methods of its suite that a plan would run."""
    chosen = of_mine(checkout.root / "elsewhere", *options)
    done = checkout.bench("plan", "--tier", "smoke", "--json", *chosen)
    assert done.returncode == 0, done.stderr
    return {run["method"] for run in json.loads(done.stdout)["runs"]}


def add_guest(checkout):
    """Add a folder of methods with one for its suite; the options that name it."""
    contributed = checkout.root / "contributed"
    (contributed / "mine").mkdir(parents=True)
    (contributed / "mine/guest.py").write_text(OWN_METHOD.format(name="guest"))
    return ("--methods-dir", str(contributed))


def finish(folder):
    """Make a checkout in which the suite from elsewhere has run, with a method from elsewhere."""
    checkout = make(folder)
    checkout.run_and_keep(options=of_mine(add_elsewhere(checkout), *add_guest(checkout)))


@pytest.fixture
def finished(build_once, tmp_path):
    """A copy of such a checkout, to edit."""
    return Checkout(build_once("elsewhere", finish)).copy_to(tmp_path / "finished")


def test_it_runs_with_its_references_and_the_methods_beside_it(finished):
    checkout, elsewhere = finished, finished.root / "elsewhere"
    records = checkout.kept
    assert not any(r["served"] for r in records)
    assert {(r["task"], r["method"], r["status"]) for r in records} == {
        ("mine-add", name, "ok") for name in ("zero", "truth", "own", "guest")
    }
    assert all(r["served"] for r in own_run(checkout, elsewhere))
    assert {p.name for p in (checkout.root / "suites").iterdir() if p.is_dir()} >= {"toy"}
    assert not (checkout.root / "suites" / "mine").exists()


@pytest.mark.parametrize(
    ("file", "old", "new", "anew"),
    [
        ("methods/own.py", "distance(1, 1)", "distance(2, 2)", {"own"}),
        ("scoring.py", "guess - truth", "truth - guess", {"own", "zero", "truth"}),
        ("references.py", "torch.tensor(0.0)", "torch.zeros(())", {"zero", "truth"}),
        ("data.py", '"a" * 64', '"b" * 64', {"own", "zero", "truth"}),
        ("scoring.py", "How far apart", "How far", set()),
    ],
)
def test_an_edit_makes_stale_what_depends_on_it(finished, file, old, new, anew):
    finished.edit(f"elsewhere/mine/{file}", old, new)
    assert stale(finished) == anew


def test_what_an_edit_made_stale_runs_anew_and_nothing_else(finished):
    finished.edit("elsewhere/mine/methods/own.py", "distance(1, 1)", "distance(2, 2)")
    records = own_run(finished, finished.root / "elsewhere", "--seeds", "1")
    assert {r["method"]: r["served"] for r in records} == {
        "own": False,
        "zero": True,
        "truth": True,
    }


def test_an_edit_makes_a_method_of_a_methods_dir_stale(finished):
    options = ("--methods-dir", str(finished.root / "contributed"), "--method", "guest")
    assert stale(finished, *options) == set()
    finished.edit("elsewhere/mine/scoring.py", "abs(guess - truth)", "abs(truth - guess)")
    assert stale(finished, *options) == {"guest"}


def test_its_methods_may_lie_in_a_methods_dir_of_the_same_name(checkout, elsewhere):
    """Both folders are called `mine`, and neither has an __init__.py."""
    (elsewhere / "mine/__init__.py").unlink()
    options = (*add_guest(checkout), "--method", "guest", "--seeds", "1")
    [record] = own_run(checkout, elsewhere, *options)
    assert record["status"] == "ok", record["log"]
    checkout.edit("elsewhere/mine/scoring.py", "abs(guess - truth)", "abs(truth - guess)")
    assert stale(checkout, *options) == {"guest"}


def test_the_command_that_makes_a_record_again_names_its_folder(finished):
    first = next(r for r in finished.kept if (r["method"], r["seed"]) == ("own", 0))
    shown = json.loads(finished.bench("show", first["key"], "--json").stdout)
    python, _, _, *arguments = shlex.split(shown["provenance"]["command"])
    assert python == "python"
    again = finished.bench(*arguments, "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["records"][0]["metrics"] == first["metrics"]


def test_list_plan_table_export_and_try_know_it(finished):
    checkout, elsewhere = finished, finished.root / "elsewhere"
    option = ("--suites-dir", str(elsewhere))
    listed, plan, table, export, tried = checkout.bench_each(
        [
            ("list", "suites", "--json", *option),
            ("plan", "--suite", "mine", "--tier", "smoke", *option),
            ("table", "--suite", "mine", "--tier", "smoke", *option),
            ("export", "--suite", "mine", "--tier", "smoke", "--out", "published", *option),
            ("try", elsewhere / "mine/methods/own.py", "--tier", "smoke", *option),
        ]
    )
    assert [row["name"] for row in json.loads(listed.stdout)] == ["toy", "mine"]
    assert plan.returncode == 0, plan.stderr
    assert "Own" in table.stdout, table.stderr
    assert export.returncode == 0, export.stderr
    assert (checkout.root / "published/mine/own.jsonl").is_file()
    assert tried.returncode == 0, tried.stderr


def broken(elsewhere, file, old, new):
    path = elsewhere / "mine" / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def rename(elsewhere, name):
    (elsewhere / "mine").rename(elsewhere / name)
    for file in (elsewhere / name).glob("*.py"):
        file.write_text(file.read_text().replace("mine", name))


MISTAKES = {
    # what is wrong: (how it comes about, what is given, what the sentence says)
    "no folder": (lambda e: shutil.rmtree(e), "{e}", "{e}: no folder. --suites-dir names a folder"),
    "an empty folder": (
        lambda e: shutil.rmtree(e / "mine"),
        "{e}",
        "{e}: there is no definition.py in a folder of it. --suites-dir names a folder",
    ),
    "the suite's own folder": (lambda e: None, "{e}/mine", "write --suites-dir {e}."),
    "a definition that fails": (
        lambda e: broken(e, "definition.py", 'some numbers."""', 'some numbers."""\n1 / 0'),
        "{e}",
        "{e}/mine/definition.py:2: importing the suite fails: ZeroDivisionError: division by",
    ),
    "no SUITE": (
        lambda e: broken(e, "definition.py", "SUITE = ", "SUIT = "),
        "{e}",
        "{e}/mine/definition.py:1: importing the suite fails: AttributeError: module 'mine.defini",
    ),
    "a SUITE that is none": (
        lambda e: broken(e, "definition.py", "SUITE = ", "SUITE = 3\nX = "),
        "{e}",
        "{e}/mine/definition.py: SUITE is a int. Make it a bench.contract.suite.Suite.",
    ),
    "another name": (
        lambda e: broken(e, "definition.py", 'name="mine"', 'name="other"'),
        "{e}",
        "SUITE is called 'other', but its folder or entry point 'mine'. Give them one name.",
    ),
    "no harness": (
        lambda e: (e / "mine/harness.py").unlink(),
        "{e}",
        "{e}/mine/definition.py: harness='mine.harness' of the suite is no module. Write that",
    ),
    "a name of this repository's": (
        lambda e: rename(e, "toy"),
        "{e}",
        "the name 'toy' is taken by the suite of ",
    ),
    "a name of Python's": (
        lambda e: rename(e, "json"),
        "{e}",
        "{e}/json: Python means something else by the name 'json'",
    ),
    "a name that is no package's": (
        lambda e: rename(e, "my-suite"),
        "{e}",
        "{e}/my-suite: Python means something else by the name 'my-suite', or can't import it",
    ),
}


@pytest.mark.parametrize(("happens", "given", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_what_can_t_be_used_is_said_in_one_sentence(checkout, elsewhere, happens, given, sentence):
    happens(elsewhere)
    done = checkout.bench("list", "suites", "--suites-dir", given.format(e=elsewhere))
    assert done.returncode == 2, done.stdout
    assert done.stderr.startswith("error: ")
    assert sentence.format(e=elsewhere) in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_harness_that_fails_at_import_is_a_row_and_ends_no_bench(checkout, elsewhere):
    broken(elsewhere, "harness.py", "class Problem", "1 / 0\nclass Problem")
    done = checkout.bench(
        *("run", *of_mine(elsewhere, "--method", "own")),
        *("--tier", "smoke", "--json"),
        PYTHONPATH=str(elsewhere),
    )
    assert done.returncode == 1, done.stderr
    assert {r["status"] for r in json.loads(done.stdout)["records"]} == {"crashed"}


METHODS_DIRS = {
    "nowhere": "{e}/nowhere: no such folder. --methods-dir names a folder laid out like methods/",
    "empty": "{e}/empty: no SUITE/METHOD.py is in it. --methods-dir names a folder laid out like",
    "methods/toy": "{e}/methods/toy: this is the folder of one suite, 'toy'. --methods-dir names a "
    "folder laid out like methods/: one folder a suite, one file a method, with suites toy: write "
    "--methods-dir {e}/methods.",
    "suites": "{e}/suites: this is a folder of suites. --methods-dir names a folder laid out like "
    "methods/: one folder a suite, one file a method, with suites toy; for suites there is "
    "--suites-dir.",
    "bench": "there is no suite 'catalogue'. Put the file in a folder named for one of: toy.",
}


def test_a_misplaced_methods_dir_is_said_with_what_was_looked_for(checkout):
    (checkout.root / "empty").mkdir()
    asked = checkout.bench_each(("list", "methods", "--methods-dir", d) for d in METHODS_DIRS)
    for done, sentence in zip(asked, METHODS_DIRS.values(), strict=True):
        assert done.returncode == 2, done.stdout
        assert sentence.format(e=checkout.root) in done.stderr
        assert done.stderr.count("\n") == 1


def test_this_repository_s_own_folders_may_be_named_and_others_twice(checkout, elsewhere):
    twice = ("--suites-dir", str(elsewhere)) * 2
    own = ("--methods-dir", "methods", "--suites-dir", "suites")
    done = checkout.bench("list", "methods", *own, *twice)
    assert done.returncode == 0, done.stderr
