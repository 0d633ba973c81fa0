"""What the engine hands to a suite's harness, and what it takes back.

A harness is a module (named by `Suite.harness`) with two functions:

    solve(job: Job) -> list[Output]            in the method's process; one output a run, in order
    score(run: Run, output: Output, assets: Assets) -> Scores      in a process of its own

`solve` builds each run's problem from its assets, calls `job.call` (the method) under the run's
meter, and returns plain data. `score` checks that data against the contract and measures it.
Here: the data classes that cross, and the errors by which a suite names an outcome. Not here:
processes (bench.running.worker), counting (bench.metering.meter).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from bench.metering.budget import Budget

if TYPE_CHECKING:
    import torch

    from bench.contract.suite import Task
    from bench.metering.meter import Meter


class ContractError(Exception):
    """The method broke its suite's contract; the message says what was expected and received."""


class Diverged(Exception):
    """The method's output holds NaN or infinite values; the message says where."""


@dataclass
class Output:
    """Plain data: tensors by name, and JSON values."""

    tensors: dict[str, torch.Tensor] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)


Assets = Mapping[str, Output]
"""A run's assets, loaded: name -> tensors and data."""


@dataclass
class Scores:
    """What scoring found: the task's metrics, details for the run's page, more kinds of cost."""

    metrics: dict[str, float]
    details: dict[str, Any] = field(default_factory=dict)
    cost: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """One cell repeat: what a child process needs to know of it."""

    key: str
    suite: str
    task: Task
    tier: str
    method: str
    variant: str
    params: Mapping[str, Any]
    space: Mapping[str, list[Any]]
    needs: tuple[str, ...]
    track: str
    seed: int
    settings: Mapping[str, Any]
    budget: Budget

    def generator(self, purpose: str) -> torch.Generator:
        """A generator seeded by the run's key and the purpose: the only source of its draws."""
        import torch

        digest = sha256(f"{self.key}/{purpose}".encode()).digest()
        return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)


@dataclass
class Job:
    """The runs that one child process makes, with their assets and meters, in the same order."""

    runs: list[Run]
    assets: list[Assets]
    meters: list[Meter]
    call: Callable[..., Any]
