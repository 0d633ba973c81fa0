"""`bench apply`: one's own checkpoints merged from the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from bench.catalogue.registry import ROOT

COMMAND = (sys.executable, "-m", "bench", "apply")


def applied(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> list[Path]:
    """A pretrained state of zeros, and experts of ones and of threes."""
    folder = tmp_path_factory.mktemp("checkpoints")
    paths = [folder / f"{name}.safetensors" for name in ("base", "one", "three")]
    for path, value in zip(paths, (0.0, 1.0, 3.0), strict=True):
        save_file({"a": torch.full((2, 2), value), "b": torch.full((3,), value)}, path)
    return paths


def test_a_merge_with_a_hyperparameter_and_what_is_said_of_it(files, tmp_path) -> None:
    base, *experts = files
    out = tmp_path / "merged.safetensors"
    done = applied(
        *("task_arithmetic", *experts, "--pretrained", base),
        *("--param", "scale=0.5", "--out", out, "--json"),
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["params"] == {"scale": 0.5}
    assert document["files"] == [str(out)]
    assert (document["tensors"], document["weights"]) == (2, 7)
    # 0 + .5 (1 + 3)
    assert {name: tensor.unique().tolist() for name, tensor in load_file(out).items()} == {
        "a": [2.0],
        "b": [2.0],
    }


def test_explain_tells_where_the_method_stands(files) -> None:
    done = applied("ties", "--explain")
    assert done.returncode == 0, done.stderr
    assert "https://arxiv.org/abs/2306.01708" in done.stdout
    assert "hyperparameters: keep=0.2, scale=1.0" in done.stdout
    lines = done.stdout.splitlines()
    assert any(line.startswith("all ranked tasks  ") for line in lines)
    assert any(line.startswith("compose near  ") for line in lines)


WRONG = {
    "no such method": (("tis",), "There is no method 'tis'. Did you mean 'ties'?"),
    "a reference": (
        ("multitask",),
        "'multitask' is a reference of the tables, no method. Name a method.",
    ),
    "no such hyperparameter": (
        ("ties", "--param", "scal=3"),
        "--param scal=3: ties has no 'scal'. It has: keep=0.2, scale=1.0. Did you mean 'scale'?",
    ),
    "no value of it": (
        ("ties", "--param", "scale=much"),
        "--param scale=much: scale takes a value like 1.0, of type float.",
    ),
    "several values": (
        ("ties", "--param", "scale=.3,.5"),
        "--param scale=.3,.5: give one value; each merge is a command of its own.",
    ),
    "no such file": (
        ("average", "no.pt", "neither.pt", "--out", "/tmp/m.safetensors"),
        "no.pt: there is no such file. Name a checkpoint that is there.",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_usage_is_one_sentence_and_exit_code_2(what) -> None:
    arguments, sentence = WRONG[what]
    done = applied(*arguments)
    assert done.returncode == 2
    assert done.stderr == f"error: {sentence}\n"


SLOW = '''"""Slow: the average, with time to be stopped in."""

import time

from bench import method
from suites.merging.vectors import average


@method(name="slow", title="Slow", paper=("On haste", 2026, "https://example.org"))
def slow(problem):
    """Average the experts, and wait."""
    time.sleep(0.2)
    return average(problem.experts)
'''


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_merge_that_is_stopped_leaves_nothing_under_its_name(how, tmp_path) -> None:
    done = stopped(how, SLOW, tmp_path)
    assert done.returncode == (-how if how == signal.SIGKILL else 130), done.stderr
    assert not (tmp_path / "merged.safetensors").exists()
    if how != signal.SIGKILL:
        assert not list(tmp_path.glob("*~merged.safetensors.tmp"))
        assert "Stopped; nothing was written." in done.stderr


def stopped(how, source, tmp_path) -> subprocess.CompletedProcess[str]:
    """A merge by a method `slow` of that source, which a signal reaches while it writes."""
    paths = [tmp_path / "one.safetensors", tmp_path / "two.safetensors"]
    for path in paths:
        save_file({f"{number}": torch.rand(8) for number in range(200)}, path)
    (tmp_path / "methods/merging").mkdir(parents=True)
    (tmp_path / "methods/merging/slow.py").write_text(source)
    out = tmp_path / "merged.safetensors"
    process = subprocess.Popen(
        [*COMMAND, "slow", *paths, "--out", out, "--methods-dir", tmp_path / "methods"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not list(tmp_path.glob("*~merged.safetensors.tmp")) and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(how)
    said = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, *said)


SWALLOWED = SLOW.replace(
    "    time.sleep(0.2)",
    """    for _ in range(100):
        try:
            time.sleep(0.002)
        except KeyboardInterrupt:
            OUTCOME""",
)
"""A method in which a signal comes out as a C library might let it."""


@pytest.mark.parametrize("outcome", ["pass", 'raise ValueError("no shape of object") from None'])
def test_a_signal_stops_whatever_a_library_makes_of_it(outcome, tmp_path) -> None:
    done = stopped(signal.SIGINT, SWALLOWED.replace("OUTCOME", outcome), tmp_path)
    assert done.returncode == 130
    assert not list(tmp_path.glob("*merged.safetensors*"))
    assert done.stderr.endswith("Stopped; nothing was written.\n")


def test_the_next_merge_clears_what_a_killed_one_left(files, tmp_path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    machine = os.uname()[1]
    left = tmp_path / f"{machine}~{gone.pid}~merged.safetensors.tmp"
    at_work = tmp_path / f"{machine}~{os.getpid()}~merged.safetensors.tmp"
    left.touch()
    at_work.touch()
    done = applied("average", *files[1:], "--out", tmp_path / "merged.safetensors")
    assert done.returncode == 0, done.stderr
    assert not left.exists()
    assert at_work.exists()
