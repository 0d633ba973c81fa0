"""What a child process does: build an asset, solve a job, or score it.

Here: all that a run's figures depend on: torch's set-up (one thread, deterministic algorithms),
loading the assets, calling the suite. A method's code is imported last, when the walls are up.
What it reports is a claim: the parent decides the status. Not here: the process around it
(bench.running.child), statuses (bench.running.outcome).
"""

from __future__ import annotations

import json
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.contract.asset import Asset
from bench.contract.job import ContractError, Job, Output, Run, seed_of
from bench.metering.budget import Counter
from bench.records.assets import save, shipped_file
from bench.running.scorer import ScoreRequest, StoredAsset, load_all, score_runs

MESSAGE = 1000
"""Characters of a meter's words that are reported."""


@dataclass(frozen=True)
class MethodSource:
    """Where a method's function stands, so that a child can import it.

    Attributes:
        path, root, function: its file, the folder from which imports are resolved, its name.
        readable: files and folders that it may read; see bench.running.walls.
    """

    path: str
    root: str
    function: str
    readable: tuple[str, ...] = ()


@dataclass(frozen=True)
class BuildRequest:
    """Build one asset into a folder, from its inputs by name.

    Attributes:
        root: the repository, where shipped assets lie.
        method: whose code the builder runs, so behind walls that leave it the folder around its
            own; None for a builder of ours.
    """

    asset: Asset
    inputs: dict[str, StoredAsset]
    folder: str
    root: str = ""
    method: MethodSource | None = None


@dataclass(frozen=True)
class SolveRequest:
    """Run a method on the runs of one job; outputs go to `folder`/<index>."""

    harness: str
    method: MethodSource
    counters: tuple[Counter, ...]
    runs: tuple[Run, ...]
    assets: tuple[dict[str, StoredAsset], ...]
    folder: str


Request = BuildRequest | SolveRequest | ScoreRequest

Close = Callable[[MethodSource, str], None]
"""Puts up the walls: called with the method, and the folder that it may write."""


def perform(request: Request, report: dict[str, Any], close: Close) -> dict[str, Any]:
    """Do what was asked.

    Args:
        report: gets what is known by then, if the work ends in an error.
        close: called before the code of a method is loaded, and after all else is.
    Returns:
        What to add to the report.
    """
    if isinstance(request, BuildRequest):
        return _build(request, close)
    if isinstance(request, SolveRequest):
        return _solve(request, report, close)
    return _score(request)


def _build(request: BuildRequest, close: Close) -> dict[str, Any]:
    asset = request.asset
    given: Any = load_all(request.inputs)
    if asset.shipped:
        given = shipped_file(asset.shipped, Path(request.root))
    build = _named(asset.builder)
    if request.method:
        close(request.method, str(Path(request.folder).parent))
    with _clock() as spent:
        output = build(asset.arguments, given)
    save(output, Path(request.folder))
    return spent


def _solve(request: SolveRequest, report: dict[str, Any], close: Close) -> dict[str, Any]:
    from bench.metering.meter import Meter

    harness = import_module(request.harness)
    meters = [Meter(run.budget, request.counters) for run in request.runs]
    assets = [load_all(stored) for stored in request.assets]
    os.chdir(request.folder)  # what a method writes beside itself goes with the run
    close(request.method, request.folder)
    call = import_method(request.method)
    job = Job(list(request.runs), list(assets), meters, call)
    spent: dict[str, Any] = {}
    try:
        with _clock() as spent:
            outputs = harness.solve(job)
    finally:
        report.update(spent)
        report["meters"] = [_spent(meter) for meter in meters]
    if len(outputs) != len(request.runs):
        raise RuntimeError(
            f"{request.harness}.solve gave {len(outputs)} outputs for {len(request.runs)} runs"
        )
    for index, output in enumerate(outputs):
        _check_plain(output)
        save(output, Path(request.folder) / str(index), durable=False)
    return {}


def _check_plain(output: Output) -> None:
    """Raise ContractError where something isn't a tensor with numbers of its own."""
    import torch

    for name, tensor in output.tensors.items():
        if type(tensor) not in (torch.Tensor, torch.nn.Parameter):
            kind = f"a {type(tensor).__name__}"
        elif tensor.is_meta:
            kind = "a meta tensor, which holds no numbers"
        elif tensor.layout is not torch.strided or tensor.is_quantized:
            kind = "a sparse or quantised tensor; return tensor.to_dense() or .dequantize()"
        else:
            continue
        raise ContractError(f"the result holds {name!r} as {kind}; a dense tensor is expected")


def _score(request: ScoreRequest) -> dict[str, Any]:
    with _clock() as spent:
        scored = score_runs(request)
    return scored | spent


def import_method(source: MethodSource) -> Callable[..., Any]:
    """Import a method's module by its place under its root."""
    path, root = Path(source.path), Path(source.root)
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    *packages, name = path.relative_to(root).with_suffix("").parts
    if packages:  # a suite from elsewhere may be a package of the same name, in another folder
        search = import_module(packages[0]).__path__
        if str(root / packages[0]) not in search:
            search.append(str(root / packages[0]))
    module = import_module(".".join([*packages, name]))
    function: Callable[..., Any] = getattr(module, source.function)
    return function


def _named(place: str) -> Callable[..., Output]:
    module, _, function = place.partition(":")
    found: Callable[..., Output] = getattr(import_module(module), function)
    return found


def _spent(meter: Any) -> dict[str, Any]:
    return {
        "counts": meter.spent,
        "flops_by": meter.flops_by,
        "uncharged": {name: spent["flops"] for name, spent in meter.uncharged.items()},
        "refused": meter.refused[:MESSAGE],
        "wrong": meter.wrong[:MESSAGE],
    }


@contextmanager
def _clock() -> Iterator[dict[str, Any]]:
    """Wall and CPU seconds of the block, the CPU time of its child processes included."""
    spent: dict[str, Any] = {}
    wall, cpu = time.perf_counter(), _cpu_seconds()
    try:
        yield spent
    finally:
        spent["seconds"] = time.perf_counter() - wall
        spent["cpu_seconds"] = _cpu_seconds() - cpu


def _cpu_seconds() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def set_up_torch(request: Request) -> None:
    """One thread, deterministic algorithms, and the global generators seeded.

    The suites draw from generators of their own; the global ones are seeded so that a method
    that forgets to is still repeatable.
    """
    import numpy
    import torch

    seed = _seed(request)
    torch.set_num_threads(1)
    use_deterministic_algorithms()
    torch.manual_seed(seed)
    numpy.random.seed(seed % 2**32)
    random.seed(seed)


def use_deterministic_algorithms() -> None:
    """Have torch refuse what may give other digits the next time.

    `torch.use_deterministic_algorithms` does the same, and imports torch's compiler for it.
    """
    import torch

    torch.set_deterministic_debug_mode("error")


def _seed(request: Request) -> int:
    """What the global generators start from: what is asked, never the source that answers."""
    if isinstance(request, BuildRequest):
        asset = request.asset
        return seed_of(asset.name, json.dumps(asset.arguments, sort_keys=True, default=str))
    run = request.runs[0]
    return seed_of(*run.place, run.method, run.variant)
