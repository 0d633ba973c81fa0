"""Merges in processes of their own: stopped, out of room, and how much memory they take."""

from __future__ import annotations

import json
import os
import resource
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

HEAD = '''"""Slow: the average, with time to be stopped in."""

import time

from bench import method
from suites.merging.vectors import average


@method(name="slow", title="Slow", paper=("On haste", 2026, "https://example.org"))
def slow(problem):
    """Average the experts, and wait."""
    mean = average(problem.experts)
'''
WAITING = """    for _ in range(100):
        try:
            time.sleep(0.003)
        except KeyboardInterrupt:  # as a C library might swallow it
            pass
"""
METHODS = {
    "some rows": HEAD + WAITING + "    return mean\n",
    "one tensor": HEAD
    + WAITING
    + "    return {name: tensor / (1 + tensor.norm()) for name, tensor in mean.items()}\n",
    "all": HEAD
    + WAITING
    + "    largest = max(float(tensor.max()) for tensor in mean.values())\n"
    + "    return {name: tensor / largest for name, tensor in mean.items()}\n",
}
"""How much of a checkpoint a method needs at a time -> its file."""


def start(tmp_path: Path, source: str) -> subprocess.Popen[str]:
    """A merge by a method `slow` of that source, where an earlier one has been written."""
    paths = [tmp_path / "one.safetensors", tmp_path / "two.safetensors"]
    for path in paths:
        save_file({f"{number}": torch.rand(8, 2) for number in range(40)}, path)
    (tmp_path / "methods/merging").mkdir(parents=True)
    (tmp_path / "methods/merging/slow.py").write_text(source)
    out = tmp_path / "merged.safetensors"
    out.write_text("an earlier one")
    return subprocess.Popen(
        [*COMMAND, "slow", *paths, "--out", out, "--methods-dir", tmp_path / "methods"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


STOPPED = [
    *((signal.SIGINT, portion) for portion in METHODS),
    *((signal.SIGTERM, "all"), (signal.SIGKILL, "some rows"), (signal.SIGKILL, "all")),
]


@pytest.mark.parametrize(("how", "portion"), STOPPED)
def test_a_merge_that_is_stopped_leaves_what_was_there(how, portion, tmp_path) -> None:
    process = start(tmp_path, METHODS[portion])
    while not list(tmp_path.glob("*~merged.safetensors.tmp")) and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(how)
    _, said = process.communicate()
    assert (tmp_path / "merged.safetensors").read_text() == "an earlier one"
    if how == signal.SIGKILL:
        assert process.returncode == -how
    else:
        assert process.returncode == 130, said
        assert said.endswith("Stopped; nothing was written.\n")
        assert not list(tmp_path.glob("*.tmp"))


def test_a_merge_that_isnt_stopped_takes_the_earlier_ones_place(tmp_path) -> None:
    process = start(tmp_path, METHODS["all"])
    printed, said = process.communicate()
    assert process.returncode == 0, said
    assert "all of each checkpoint in memory at a time" in printed
    assert len(load_file(tmp_path / "merged.safetensors")) == 40


def test_a_disk_that_fills_meanwhile_is_told_and_leaves_what_was_there(tmp_path) -> None:
    paths = [tmp_path / "one.safetensors", tmp_path / "two.safetensors"]
    for path in paths:
        save_file({f"{number}": torch.rand(100, 100) for number in range(10)}, path)
    out = tmp_path / "merged.safetensors"
    out.write_text("an earlier one")
    home = tmp_path / "home"  # its digests are small enough to be written

    def no_file_above_half() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    done = subprocess.run(
        [*COMMAND, "average", *paths, "--out", out],
        cwd=ROOT,
        env={**os.environ, "WEIGHHOUSE_HOME": str(home)},
        preexec_fn=no_file_above_half,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    sentence = f"error: --out {out}: it can't be written (File too large); what was there is as it"
    assert done.stderr.splitlines()[-1].startswith(sentence)
    assert out.read_text() == "an earlier one"
    assert not list(tmp_path.glob("*.tmp"))


def sparse(path: Path, rows: int) -> Path:
    """A checkpoint of a matrix of so many rows of 4 KB: zeros that take no room on the disk."""
    head = {"a": {"dtype": "BF16", "shape": [rows, 2048], "data_offsets": [0, 4096 * rows]}}
    written = json.dumps(head).encode()
    written += b" " * (-len(written) % 8)
    with path.open("wb") as file:
        file.write(len(written).to_bytes(8, "little") + written)
        file.truncate(8 + len(written) + 4096 * rows)
    return path


def test_memory_doesnt_grow_with_the_checkpoints(tmp_path) -> None:
    def peak(rows: int) -> int:
        paths = [sparse(tmp_path / f"{number}.safetensors", rows) for number in range(5)]
        out = tmp_path / "merged.safetensors"
        arguments = [*paths[1:], "--pretrained", paths[0], "--out", out, "--json"]
        done = subprocess.run(
            [*COMMAND, "task_arithmetic", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        return int(json.loads(done.stdout)["peak_memory"])

    # five checkpoints of 8 MB, and of 164 MB, which as float32 are 1.6 GB together
    assert peak(40_000) < peak(2_000) + 100e6
