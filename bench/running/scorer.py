"""What the scorer's process does: it measures a job's outputs, and keeps what the suite keeps.

Here: loading outputs and assets, calling the suite's `score` under a meter without a limit, and
telling each run's outcome as plain JSON. A suite's scorer is trusted: a wrong name or size of what
it keeps is its own bug, told as a `fault`, and never charged to the method. Not here: the process
itself (bench.running.worker), what becomes of the records (bench.running.scoring).
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.contract.job import ContractError, Diverged, Output, Run, Scores, ScoringJob
from bench.metering.budget import Budget
from bench.records.assets import load
from bench.records.kept import KeptError, keep


@dataclass(frozen=True)
class ScoreRequest:
    """Score the outputs of a job's runs, which lie in `folder`/<index>.

    Attributes:
        kept, artefact_bytes: where a run's small files go, and how much of them it may leave.
    """

    harness: str
    runs: tuple[Run, ...]
    assets: tuple[dict[str, str], ...]
    folder: str
    kept: str
    artefact_bytes: int


def score_runs(request: ScoreRequest) -> dict[str, Any]:
    """Each run's outcome, in order, and the FLOPs of all.

    Raises:
        RuntimeError: the suite gave another number of outcomes, or something else.
    """
    from bench.metering.meter import Meter

    harness = import_module(request.harness)
    loaded: dict[str, Output] = {}
    for folder in dict.fromkeys(f for folders in request.assets for f in folders.values()):
        loaded[folder] = load(Path(folder))
    job = ScoringJob(
        runs=list(request.runs),
        assets=[{n: loaded[f] for n, f in folders.items()} for folders in request.assets],
        outputs=[load(Path(request.folder) / str(i)) for i in range(len(request.runs))],
        meter=Meter(Budget()),
    )
    with job.meter, job.meter.stated(0, "scoring"):  # what has no formula costs nothing here
        outcomes = harness.score(job)
    if len(outcomes) != len(job.runs):
        raise RuntimeError(
            f"{request.harness}.score gave {len(outcomes)} outcomes for {len(job.runs)} runs"
        )
    scores = [_told(outcome, request) for outcome in outcomes]
    return {"scores": scores, "scoring_flops": float(job.meter.flops)}


def _told(outcome: Any, request: ScoreRequest) -> dict[str, Any]:
    if isinstance(outcome, ContractError | Diverged):
        return {"error": {"type": type(outcome).__name__, "message": str(outcome)}}
    if not isinstance(outcome, Scores):
        raise RuntimeError(
            f"{request.harness}.score gave {type(outcome).__name__} for a run; expected Scores, "
            "ContractError or Diverged"
        )
    try:
        artefacts = keep(outcome.artefacts, Path(request.kept), request.artefact_bytes)
    except KeptError as error:
        return {"fault": str(error)}
    return {
        "metrics": outcome.metrics,
        "details": outcome.details,
        "cost": outcome.cost,
        "artefacts": artefacts,
    }
