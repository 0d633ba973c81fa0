"""A machine on which torch sees a GPU: its benches compute on the CPU, to the same digits.

The GPU is made up: a device that torch is told of, for which autograd then has a thread. A process
that is forked afterwards can take no gradient.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

MADE_UP = """
import os

import torch


class Guard(torch._C._acc.DeviceGuard):
    def type_(self):
        return torch._C._autograd.DeviceType.PrivateUse1


if os.environ.get("CUDA_VISIBLE_DEVICES") != "":  # as CUDA's library looks for one
    guard = Guard()
    torch._C._acc.register_python_privateuseone_device_guard(guard)
"""
"""Python imports a module of the name `sitecustomize` before all else."""

FORK = """
import os

import torch

torch.func.grad(torch.sum)(torch.zeros(1))
if not os.fork():
    torch.func.grad(torch.sum)(torch.zeros(1))
    os._exit(0)
raise SystemExit(os.waitstatus_to_exitcode(os.wait()[1]))
"""

RUN = ["run", "--suite", "merging", "--tier", "smoke", "--task", "compose-near"]
METHODS = ["--method", "adamerging", "--method", "average", "--seeds", "1", "--fresh", "--json"]


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    asked = [sys.executable, *arguments]
    environment = os.environ | environment
    return subprocess.run(asked, cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.fixture
def with_gpu(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine that has one, which its user wants to be used."""
    (tmp_path / "sitecustomize.py").write_text(MADE_UP)
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    return {"PYTHONPATH": path, "CUDA_VISIBLE_DEVICES": "0"}


def test_beside_the_made_up_gpu_a_forked_process_can_take_no_gradient(with_gpu):
    assert python("-c", FORK).returncode == 0
    failed = python("-c", FORK, **with_gpu)
    assert "Autograd-and-Fork" in failed.stderr, failed.stderr


def test_beside_a_gpu_every_run_gives_the_digits_that_it_gives_without(tmp_path, with_gpu):
    def metrics(home: str, **environment: str) -> dict[tuple[str, str], object]:
        done = python(
            "-m", "bench", *RUN, *METHODS, WEIGHHOUSE_HOME=str(tmp_path / home), **environment
        )
        assert done.returncode == 0, done.stderr
        records = json.loads(done.stdout)["records"]
        return {(r["method"], r["variant"]): (r["status"], r["metrics"]) for r in records}

    usual = metrics("without")
    assert {status for status, _ in usual.values()} == {"ok"}
    assert metrics("with", **with_gpu) == usual
