"""Runs supernet methods and scores their rankings.

Here: `solve`, in the method's process, and `score`, in the scorer's (bench.contract.job says what
they are). A run calls the method once for each budget, takes the scorer that it returns, and asks
it for all architectures, and for some of them again in another order: a scorer that learns from
being asked, or answers by what else is asked, is found by that. What asking costs is metered apart.
Not here: what a method is given (suites.supernet.problem), figures (suites.supernet.scoring).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from bench.contract.inputs import Inputs
from bench.contract.job import (
    Assets,
    ContractError,
    Diverged,
    Job,
    Outcome,
    Output,
    Run,
    ScoringJob,
    score_each,
)
from bench.metering.compiler import load_compiler
from bench.metering.meter import Meter
from suites.supernet.given import Given, unpack
from suites.supernet.problem import Scorer
from suites.supernet.scoring import score_run
from suites.supernet.spaces.space import Rows

load_compiler()

FORWARDS = 1.5
"""What a scorer may take for each architecture, in passes over all validation images."""

AGAIN, AT_LEAST = 0.125, 16
"""The share of the architectures that is asked for again, and how many of them at least."""

ALIKE = 1e-6
"""How far an answer may be from the first, as a share of the answers' spread: sums of numbers may
be rounded otherwise when other architectures are asked beside."""

BY_BUDGET = {"budget", "labels"}
"""Needs of methods whose answers depend on what they may spend; others are called once."""


def solve(job: Job) -> list[Output]:
    """Each run's predictions: one tensor a budget."""
    return [
        _solve(run, unpack(run, assets), assets, meter, job.call)
        for run, assets, meter in zip(job.runs, job.assets, job.meters, strict=True)
    ]


def _solve(
    run: Run, given: Given, assets: Assets, meter: Meter, call: Callable[..., Any]
) -> Output:
    if run.kind == "reference":
        return _solve_reference(run, given, meter, call)
    inputs = Inputs(lambda: handed(assets))
    output = Output()
    for passes in given.budgets if BY_BUDGET & set(run.needs) else given.budgets[-1:]:
        generator = run.generator(f"method/{passes}")
        scores = solve_once(run, given, meter, call, passes, generator, inputs)
        output.tensors[str(passes)] = torch.from_numpy(scores)
    meter.spend("passes", meter.flops / given.pass_flops, "the run")
    return output


def solve_once(
    run: Run,
    given: Given,
    meter: Meter,
    call: Callable[..., Any],
    passes: int,
    generator: Generator,
    inputs: Inputs,
) -> NDArray[np.float64]:
    """What a method predicts of each architecture with one budget, shape (n,).

    Raises:
        ContractError: it returned no scorer, or one whose answers can't be used.
        Diverged: an answer is NaN.
    """
    problem = given.problem(meter, passes, generator, run.needs)
    with torch.random.fork_rng(devices=[]):
        # A method that draws from torch's own generator depends on its run alone all the same.
        torch.manual_seed(run.generator(f"torch/{passes}").initial_seed())
        with meter, meter.within("flops", passes * given.pass_flops):
            scorer = call(problem, **run.params)
            inputs.check()
        if not callable(scorer):
            raise ContractError(
                f"the method returned {type(scorer).__name__}; it should return a scorer: a "
                "function from architectures to scores"
            )
        some = again_of(len(given.ranked), run.generator(f"asked/{passes}"))
        asked = 1 + len(some) / len(given.ranked)
        limits = {"flops": FORWARDS * asked * given.forward_flops}
        with meter, meter.apart(f"ranking at {passes:,} passes", limits):
            scores = ask(scorer, problem.architectures)
            again = ask(scorer, problem.architectures[some])
        inputs.check()
    check_alike(scores, again, some)
    return scores


def ask(scorer: Scorer, architectures: Rows) -> NDArray[np.float64]:
    """A scorer's answers, held against their form.

    Raises:
        ContractError: they aren't one number an architecture.
        Diverged: one of them is NaN.
    """
    answers = scorer(architectures.copy())
    if isinstance(answers, Tensor):
        answers = answers.detach().cpu().numpy()
    try:
        scores = np.array(answers, dtype=np.float64)
    except (TypeError, ValueError):
        raise ContractError(
            f"the scorer gave {type(answers).__name__}; it should give one number an architecture"
        ) from None
    if scores.shape != (len(architectures),):
        raise ContractError(
            f"the scorer gave shape {scores.shape} for {len(architectures)} architectures; it "
            f"should give ({len(architectures)},)"
        )
    if np.isnan(scores).any():
        number = int(np.isnan(scores).sum())
        raise Diverged(f"the scorer gave NaN for {number} of {len(scores)} architectures")
    return scores


def check_alike(
    scores: NDArray[np.float64], again: NDArray[np.float64], some: NDArray[np.int64]
) -> None:
    """Raise ContractError where answers that were asked for again aren't the first ones.

    Args:
        scores: the answers to all architectures.
        again: those to some of them, in another order.
        some: the numbers of these.
    """
    first = scores[some]
    finite = scores[np.isfinite(scores)]
    tolerance = ALIKE * float(np.ptp(finite)) if len(finite) else 0.0
    with np.errstate(invalid="ignore"):
        same = (first == again) | (np.abs(first - again) <= tolerance)
    if not same.all():
        raise ContractError(
            f"asked again for {len(some)} of the architectures in another order, the scorer gave "
            f"{int((~same).sum())} other answers. A scorer may not learn from being asked, nor "
            "answer by what else is asked: fix all that it draws or trains before it is returned."
        )


def again_of(count: int, generator: Generator) -> NDArray[np.int64]:
    """The numbers of the architectures that are asked for again, in the order of asking."""
    some = min(count, max(AT_LEAST, round(AGAIN * count)))
    order: NDArray[np.int64] = torch.randperm(count, generator=generator)[:some].numpy()
    return order


def _solve_reference(run: Run, given: Given, meter: Meter, call: Callable[..., Any]) -> Output:
    passes = given.budgets[-1]
    problem = given.problem(meter, passes, run.generator("method"), given.offers)
    answer = call(problem)
    if isinstance(answer, str):  # what no process that solves may know
        return Output(data={"from_truth": answer})
    return Output({str(passes): torch.from_numpy(np.asarray(answer, dtype=np.float64))})


def handed(assets: Assets) -> dict[str, Tensor]:
    """All that a method and its scorer may get at, by name."""
    return {
        f"{name}.{part}": tensor
        for name, asset in assets.items()
        for part, tensor in asset.tensors.items()
    }


def score(job: ScoringJob) -> list[Outcome]:
    """Score each run for itself; see suites.supernet.scoring."""
    return score_each(job, score_run)
