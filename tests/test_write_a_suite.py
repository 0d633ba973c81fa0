"""docs/write-a-suite.md: its commands run, and its code is what they write."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from bench.catalogue.packages import METHODS, SUITES
from tests.bench.conftest import Checkout

REPOSITORY = Path(__file__).resolve().parents[1]
PAGE = (REPOSITORY / "docs/write-a-suite.md").read_text(encoding="utf-8")

COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]
EXCERPTS = re.findall(r"^<!-- (\S+) -->\n```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def run(folder, command):
    """What a command of the page prints, in that folder and with a home of its own."""
    python, *arguments = shlex.split(command)
    assert python == "python"
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=walker(folder).environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def walker(folder):
    """Where the page is walked: no checkout, but beside one."""
    home = str(folder / "home")
    return Checkout(folder, {"PYTHONPATH": str(REPOSITORY), "WEIGHHOUSE_HOME": home})


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """A folder in which every command of the page was run, and what each of them printed."""
    folder = tmp_path_factory.mktemp("walk")
    return folder, {command: run(folder, command) for command in COMMANDS}


def test_every_command_runs_and_the_table_has_a_scale(walked):
    folder, printed = walked
    table = next(text for command, text in printed.items() if " table " in command)
    assert re.search(r"ceiling +All labels +1\.000", table)
    assert re.search(r"floor +One class +0\.000", table)
    assert "Nearest mean" in table
    run_again = next(command for command in COMMANDS if " run " in command)
    records = json.loads(run(folder, f"{run_again} --json"))["records"]
    assert {r["status"] for r in records} == {"ok"}


def test_the_second_method_gets_a_verdict(walked):
    tried = next(text for command, text in walked[1].items() if " try " in command)
    assert re.search(r"Ridge: better than \d of 1 baseline", tried)


def test_code_on_the_page_is_the_code_that_is_written(walked):
    assert EXCERPTS
    for file, excerpt in EXCERPTS:
        text = (walked[0] / "suites-of-mine/little" / file).read_text()
        assert excerpt in text, f"{file} has no\n{excerpt}"


def test_every_python_block_says_which_file_it_is_from():
    assert len(EXCERPTS) == PAGE.count("```python")


def test_every_file_that_is_written_stands_in_the_page_s_table(walked):
    suite = walked[0] / "suites-of-mine/little"
    for file in suite.glob("*.py"):
        assert file.name == "__init__.py" or f"| `{file.name}` |" in PAGE
    assert "| `methods/` |" in PAGE


def test_the_entry_points_are_of_the_groups_that_are_read():
    [block] = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert set(tomllib.loads(block)["project"]["entry-points"]) == {METHODS, SUITES}


BREACHES = {
    # what a method returns -> what try says
    "Classifier(means[:3], means.sum(1))": "weights is a floating-point tensor of shape (10, 64)",
    "means.sum()": "a method returns (weights, bias), got Tensor",
    "Classifier(means / 0 * 0, means.sum(1))": "weights isn't finite",
    "Classifier(means, torch.rand(10))": "gives two answers to one problem. Draw from",
    "Classifier(problem.images.zero_()[:10], means[:, 0])": "changes problem.images. Work",
}


@pytest.fixture(scope="module")
def tried(walked):
    """What each breach's method returns -> its file, and what `try` printed of it."""
    folder = walked[0]
    own = (folder / "suites-of-mine/little/methods/nearest_mean.py").read_text()
    (folder / "breaches/little").mkdir(parents=True)
    files = {}
    for number, returned in enumerate(BREACHES):
        text = own.replace("nearest_mean", f"breach_{number}")
        text = text.replace("Classifier(means, -means.square().sum(1) / 2)", returned)
        assert returned in text
        files[returned] = folder / f"breaches/little/breach_{number}.py"
        files[returned].write_text(text)
    options = ("--suites-dir", "suites-of-mine", "--tier", "smoke")
    done = walker(folder).bench_each(("try", file, *options) for file in files.values())
    return dict(zip(files, zip(files.values(), done, strict=True), strict=True))


@pytest.mark.parametrize(("returned", "sentence"), BREACHES.items(), ids=BREACHES.values())
def test_the_suite_s_checks_name_each_breach(tried, returned, sentence):
    file, done = tried[returned]
    assert done.returncode == 1, done.stderr
    assert sentence in done.stdout
    assert f"{file}:" in done.stdout
