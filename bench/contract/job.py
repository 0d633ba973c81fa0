"""What the engine hands to a suite's harness, and what it takes back.

A harness is a module (named by `Suite.harness`) with two functions:

    solve(job: Job) -> list[Output]            in the method's process; one output a run, in order
    score(job: ScoringJob) -> list[Outcome]      in a process of its own; likewise

`solve` builds each run's problem from its assets, calls `job.call` (the method) under the run's
meter, and returns plain data. `score` checks that data against the contract and measures it; a run
whose data are wrong has its error for an outcome, and takes no other along. A suite that scores
each run for itself writes `return score_each(job, score_one)`.
Here: the data classes that cross, and the errors by which a suite names an outcome. Not here:
processes (bench.running.worker), counting (bench.metering.meter).
"""

from __future__ import annotations

import json
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
    """What scoring found of one run.

    Attributes:
        metrics: the task's.
        details: for the run's page.
        cost: more kinds of cost, e.g. `parameters`.
        artefacts: small files to keep, name -> content: chosen indices, scores, images. See
            bench.records.kept for the names that can be, Suite.artefact_bytes for their size.
    """

    metrics: dict[str, float]
    details: dict[str, Any] = field(default_factory=dict)
    cost: dict[str, Any] = field(default_factory=dict)
    artefacts: dict[str, bytes] = field(default_factory=dict)


Outcome = Scores | Exception
"""Of scoring one run: figures, ContractError, Diverged, or another error that what the method
returned led the scorer into."""


@dataclass(frozen=True)
class Run:
    """One cell repeat: what a child process needs to know of it.

    Attributes:
        identity: digest of what is asked; the same whatever code answers.
        kind: `method` or `reference`.
        params, space, needs, track: as declared; see bench.contract.decorators.
        settings, budget: of the task, at the run's tier.
    """

    identity: str
    suite: str
    task: Task
    tier: str
    method: str
    kind: str
    variant: str
    params: Mapping[str, Any]
    space: Mapping[str, list[Any]]
    needs: tuple[str, ...]
    track: str
    seed: int
    settings: Mapping[str, Any]
    budget: Budget

    def generator(self, purpose: str) -> torch.Generator:
        """A generator of this run's own, for one purpose: the only source of a method's draws.

        It is seeded by what is asked (suite, task and its version, tier, method, variant, seed),
        never by source: an edit that changes nothing leaves every draw as it was.
        """
        return _generator(*self.place, self.method, self.variant, purpose)

    def shared_generator(self, purpose: str) -> torch.Generator:
        """A generator that is equal for all methods of the task at this seed, for one purpose."""
        return _generator(*self.place, purpose)

    @property
    def place(self) -> tuple[str, ...]:
        """Suite, task, its version, tier and seed: what methods are paired on."""
        return (self.suite, self.task.name, str(self.task.version), self.tier, str(self.seed))


def _generator(*words: str) -> torch.Generator:
    import torch

    return torch.Generator().manual_seed(seed_of(*words))


def seed_of(*words: str) -> int:
    """A seed that depends on the words and on nothing else, below 2**63."""
    digest = sha256(json.dumps(words).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


@dataclass
class Job:
    """The runs that one child process makes, with their assets and meters, in the same order."""

    runs: list[Run]
    assets: list[Assets]
    meters: list[Meter]
    call: Callable[..., Any]


@dataclass
class ScoringJob:
    """The runs that one process scores, with their assets and outputs, in the same order.

    Attributes:
        assets: all of a run's, those that are for scoring included.
        outputs: what `solve` returned for it; from a process that isn't trusted.
        meter: counts what scoring costs, without a limit; a trusted loop may charge it.
    """

    runs: list[Run]
    assets: list[Assets]
    outputs: list[Output]
    meter: Meter


def score_each(
    job: ScoringJob, score_one: Callable[[Run, Output, Assets], Scores]
) -> list[Outcome]:
    """Score run by run: an error of `score_one` is that run's outcome, and no other's."""
    outcomes: list[Outcome] = []
    for run, output, assets in zip(job.runs, job.outputs, job.assets, strict=True):
        try:
            outcomes.append(score_one(run, output, assets))
        except Exception as error:
            outcomes.append(error)
    return outcomes
