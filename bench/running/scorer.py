"""What the scorer's process does: it measures a job's outputs, and keeps what the suite keeps.

Here: loading outputs and assets, calling the suite's `score` under a meter without a limit, and
telling each run's outcome as plain JSON. A suite's scorer is trusted: a wrong name or size of what
it keeps is its own bug, told as a `fault`, and never charged to the method. Not here: the process
itself (bench.running.worker), what becomes of the records (bench.running.scoring).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.contract.job import ContractError, Diverged, Output, Run, Scores, ScoringJob
from bench.metering.budget import Budget
from bench.records.assets import Damaged, load, stored_content
from bench.records.kept import KeptError, keep


@dataclass(frozen=True)
class StoredAsset:
    """Where an asset lies, and the digest that its content must have; "" where that isn't known."""

    folder: str
    content: str = ""


@dataclass(frozen=True)
class ScoreRequest:
    """Score the outputs of a job's runs, which lie in `folder`/<index>.

    Attributes:
        kept, artefact_bytes: where a run's small files go, and how much of them it may leave.
    """

    harness: str
    runs: tuple[Run, ...]
    assets: tuple[dict[str, StoredAsset], ...]
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
    shared = {asset: asset.folder for stored in request.assets for asset in stored.values()}
    loaded = {folder: load(Path(folder), asset.content) for asset, folder in shared.items()}
    returned = [_returned(Path(request.folder) / str(i)) for i in range(len(request.runs))]
    whole = [i for i, output in enumerate(returned) if isinstance(output, Output)]
    job = ScoringJob(
        runs=[request.runs[i] for i in whole],
        assets=[{n: loaded[a.folder] for n, a in request.assets[i].items()} for i in whole],
        outputs=[output for output in returned if isinstance(output, Output)],
        meter=Meter(Budget()),
    )
    with job.meter, job.meter.stated(0, "scoring"):  # what has no formula costs nothing here
        outcomes = harness.score(job) if whole else []
    if len(outcomes) != len(job.runs):
        raise RuntimeError(
            f"{request.harness}.score gave {len(outcomes)} outcomes for {len(job.runs)} runs"
        )
    scored = dict(zip(whole, outcomes, strict=True))
    scores = [_told(scored.get(i, output), request) for i, output in enumerate(returned)]
    return {"scores": scores, "scoring_flops": float(job.meter.flops)}


def _returned(folder: Path) -> Output | Damaged:
    """What a run's method left, or what is wrong with it: the others are scored all the same."""
    try:
        return load(folder, stored_content(folder), unshared=True)
    except Damaged as error:
        return error


def load_all(stored: Mapping[str, StoredAsset]) -> dict[str, Output]:
    """Assets in memory, by name. Raises Damaged: one isn't what it should be."""
    return {name: load(Path(asset.folder), asset.content) for name, asset in stored.items()}


def _told(outcome: Any, request: ScoreRequest) -> dict[str, Any]:
    if isinstance(outcome, ContractError | Diverged):
        return {"error": {"type": type(outcome).__name__, "message": str(outcome)}}
    if isinstance(outcome, Exception):  # made by what the method returned: the row is its own
        kind = f"Unscored ({type(outcome).__name__})"
        return {"error": {"type": kind, "message": str(outcome)}}
    if not isinstance(outcome, Scores):
        raise RuntimeError(
            f"{request.harness}.score gave {type(outcome).__name__} for a run; expected Scores "
            "or an error"
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
