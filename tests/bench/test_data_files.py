"""Which data files count as part of a source file, and which calls no digest can hold."""

from __future__ import annotations

import ast
import json

import pytest

from bench.planning.data_files import named_files
from bench.planning.source import SourceIndex
from bench.planning.unseen import unfollowed

NAMED = {
    # how a source names a file -> the files that count
    'TABLE = Path(__file__).with_name("table.csv")': {"table.csv"},
    'open(os.path.join(HERE, "table.csv"))': {"table.csv"},
    'HERE / "deep" / "first.bin"': {"deep/first.bin"},
    'os.path.join(HERE, "deep", "first.bin")': {"deep/first.bin"},
    'HERE / "deep/second.bin"': {"deep/second.bin"},
    'NAME = "deep/second.bin"': {"deep/second.bin"},
    'HERE / "deep"': {"deep/first.bin", "deep/second.bin"},
    'Path("deep").glob("*.bin")': {"deep/first.bin", "deep/second.bin"},
    "Path(__file__).with_suffix('.npz')": {"start.npz"},
    'open(f"table-{number}.csv")': {"table-1.csv", "table-2.csv"},
    'files(__package__) / "table.csv"': {"table.csv"},
    'needs = ["deep"]': set(),
    'print("deep", "no file")': set(),
    'open("../outside.csv")': set(),
    'open("/etc/passwd")': set(),
    'import helper; open("helper.py")': set(),
    "open(f'{a}{b}')": set(),
    "x = ''": set(),
    "x = '.'": set(),
}


@pytest.fixture
def folder(tmp_path):
    """A source file's folder with data in it, below it and beside it."""
    inside = tmp_path / "inside"
    for name in (
        *("table.csv", "table-1.csv", "table-2.csv", "start.npz", "helper.py", ".hidden"),
        *("deep/first.bin", "deep/second.bin", "deep/__pycache__/first.pyc", "../outside.csv"),
    ):
        file = inside / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return inside


@pytest.mark.parametrize(("source", "expected"), NAMED.items(), ids=NAMED)
def test_a_file_beside_counts_where_the_source_names_it(folder, source, expected):
    (folder / "start.py").write_text(source)
    found = named_files(folder / "start.py")
    assert {file.relative_to(folder).as_posix() for file in found} == expected


def test_a_change_of_a_named_file_changes_the_closure_s_digest(folder):
    (folder / "start.py").write_text("from helper import TABLE")
    (folder / "helper.py").write_text('TABLE = open("table.csv").read()')

    def digest():
        return SourceIndex().files(folder / "start.py", [folder])

    before = digest()
    (folder / "table-1.csv").write_text("nobody names this one")
    assert digest() == before
    (folder / "table.csv").write_text("other content")
    assert digest() != before


SEEN = (
    'open("table.csv")',
    'open(Path(__file__).with_name("table.csv"))',
    'TABLE = HERE / "table.csv"\nopen(TABLE)',
    'open(name, "w")',
    'open(name, mode="ab")',
    "model.eval()",
    "import re\nre.compile('x')",
    "problem.open(1)",
    'import numpy as np\nnp.load(HERE / "x.npy")',
)

UNSEEN = {
    # code -> (the line, how the sentence starts)
    "import importlib\nimportlib.import_module(name)": (2, "importlib.import_module() brings in"),
    "from importlib import import_module as load\nload(name)": (2, "importlib.import_module()"),
    "\n__import__('x')": (2, "__import__() brings in"),
    "exec(text)": (1, "exec() brings in"),
    "def f():\n    return eval('1 + 1')": (2, "eval() brings in"),
    "import runpy\nrunpy.run_path('x.py')": (2, "runpy.run_path() brings in"),
    "open(name)": (1, "open() reads a file whose name isn't written out here"),
    "import numpy as np\nnp.load(name)": (2, "numpy.load() reads a file whose name isn't written"),
    "from torch import load\nload(f=name)": (2, "torch.load() reads a file"),
    "import urllib.request\nurllib.request.urlopen('https://x')": (2, "urllib.request.urlopen()"),
    "import requests as r\nr.get('https://x')": (2, "requests.get() brings in"),
    "import subprocess\nsubprocess.run(['ls'])": (2, "subprocess.run() brings in"),
}


@pytest.mark.parametrize("source", SEEN)
def test_what_can_be_followed_gets_no_warning(source):
    assert unfollowed(ast.parse(source)) == []


@pytest.mark.parametrize(("source", "expected"), UNSEEN.items(), ids=UNSEEN)
def test_what_can_t_be_followed_gets_its_line_and_a_sentence(source, expected):
    [(line, sentence)] = unfollowed(ast.parse(source))
    assert line == expected[0]
    assert sentence.startswith(expected[1])
    assert "goes unnoticed" in sentence


METHOD = '''"""Mine."""

from pathlib import Path

import torch

from bench import method

SHARE = Path(__file__).with_name("share.txt")


@method(name="mine", title="Mine", paper=("Mine", 2026, "https://example.org"))
def mine(problem):
    return eval("1.0") * float(SHARE.read_text()) * problem.numbers.sum()
'''


@pytest.fixture
def contributed(checkout):
    """A contributor's folder: a method that reads a file beside it, and evaluates a text."""
    checkout.keep_methods("half")
    folder = checkout.root / "contributed" / "toy"
    folder.mkdir(parents=True)
    (folder / "mine.py").write_text(METHOD)
    (folder / "share.txt").write_text("0.5")
    return folder


def test_an_edit_of_a_method_s_data_file_runs_it_anew(checkout, contributed):
    options = ("--methods-dir", str(contributed.parent), "--seeds", "1")
    [first] = checkout.run("mine", options=options)
    assert (first["status"], first["served"]) == ("ok", False)
    assert checkout.run("mine", options=options)[0]["served"]
    (contributed / "share.txt").write_text("1.0")
    [edited] = checkout.run("mine", options=options)
    assert not edited["served"]
    assert edited["metrics"]["error"] < 1e-5 < first["metrics"]["error"]


def test_plan_run_and_try_warn_of_what_a_contributed_method_does_unseen(checkout, contributed):
    file = contributed / "mine.py"
    warning = f"warning: {file}:14: eval() brings in what no digest of this file can hold, so an "
    options = ("--methods-dir", str(contributed.parent), "--method", "mine", "--tier", "smoke")
    served = ("run", *options)  # again: a served record is the one that may be stale
    commands = [("plan", *options), ("run", *options), ("try", file, "--tier", "smoke"), served]
    for done in checkout.bench_each(commands):
        assert done.returncode == 0, done.stderr
        assert done.stderr.count(warning) == 1, done.stderr


def test_a_method_that_lies_alone_may_read_what_it_names_beside_it(checkout, tmp_path):
    """Behind its walls, too: its folder may be anybody's home, so nothing else in it is open."""
    checkout.keep_methods("half")
    (tmp_path / "mine.py").write_text(METHOD.replace('eval("1.0") * ', ""))
    (tmp_path / "share.txt").write_text("0.5")
    file = str(tmp_path / "mine.py")
    done = checkout.bench("try", file, "--suite", "toy", "--tier", "smoke", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert {r["status"] for r in document["records"]} == {"ok"}
