"""Names that aren't there, and names that have no run in common: one sentence each."""

from __future__ import annotations

import shutil

import pytest

from tests.bench.conftest import rename_toy

SOLE = """
from dataclasses import replace

_SOLE = Track(name="sole", title="Sole", meaning="Nobody yet.")
_TASK = replace(SUITE.tasks[0], name="toy-sole", tracks=("sole",))
SUITE = replace(SUITE, tracks=(*SUITE.tracks, _SOLE), tasks=(*SUITE.tasks, _TASK))
"""


@pytest.fixture(scope="module")
def two_suites(tmp_path_factory, make_checkout):
    """A checkout with a second suite, `other`, whose task is `other-add` and whose method `own`."""
    made = make_checkout(tmp_path_factory.mktemp("two") / "checkout")
    shutil.copytree(made.root / "suites/toy", made.root / "suites/other")
    rename_toy(made.root / "suites/other", "suites.other", "other")
    with (made.root / "suites/toy/definition.py").open("a") as file:
        file.write(SOLE)
    folder = made.root / "methods/other"
    folder.mkdir()
    half = (made.root / "methods/toy/half.py").read_text()
    (folder / "own.py").write_text(half.replace('"half"', '"own"').replace("def half", "def own"))
    return made


SENTENCES = {
    "--suite other --method half": "--method half: there is a method 'half', but of suite 'toy', "
    "so it has no run with --suite other. Drop one of the two.",
    "--suite toy --task other-add": "--task other-add: there is a task 'other-add', but of suite "
    "'other', so it has no run with --suite toy. Drop one of the two.",
    "--task other-add --method half": "--task other-add: there is a task 'other-add', but of suite "
    "'other', so it has no run with --method half, which is of suite 'toy'. Drop one of the two.",
    "--suite toy --suite other --task add --method own": "--task add: there is a task 'add', but "
    "of suite 'toy', so it has no run with --method own, which is of suite 'other'. Drop one of "
    "the two.",
    "--task toy-sole --method half": "--method half: its track 'single' doesn't enter task "
    "'toy-sole', which has sole. Drop one of the two.",
    "--method half --variant tuned": "--variant tuned: 'half' declares no space, so there is "
    "nothing to tune. Drop --variant, or the method.",
    "--suite tay": "--suite tay: there is no such suite. Did you mean 'toy'? There are: other, "
    "toy.",
    "--task ad": "--task ad: there is no such task. Did you mean 'add'? There are: add, "
    "other-add, toy-sole.",
}


@pytest.mark.parametrize(("options", "sentence"), SENTENCES.items(), ids=SENTENCES)
def test_a_pair_that_has_no_run_is_named(two_suites, options, sentence):
    done = two_suites.bench("plan", "--tier", "smoke", *options.split())
    assert (done.returncode, done.stderr) == (2, f"error: {sentence}\n")


@pytest.mark.parametrize(
    "options",
    [
        "--method half --method own",
        "--suite other --suite toy --method half",
        "--task add --task other-add --method half --method own",
        "--suite other --method truth",
        "--method half --method noisy --variant tuned",
    ],
)
def test_names_that_have_runs_in_common_are_planned(two_suites, options):
    done = two_suites.bench("plan", "--tier", "smoke", *options.split())
    assert done.returncode == 0, done.stderr
