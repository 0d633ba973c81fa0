"""Each data-free method of ours as mergekit and fusion-bench would run it, at its defaults.

Here: for the benchmark at size (tests/perf/bench_merging_at_size.py), one call a method and
package, with parameters that give the same merge up to what docs/crosscheck.md names. What is
called may overwrite the problem's states, as fusion-bench does.
Not here: how a call is written (others.py), time and memory (the benchmark).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import torch

from bench.catalogue.registry import ROOT, Method
from suites.common.torchvision_shim import import_torchvision
from suites.merging.problem import GUARDED, MergingProblem
from suites.merging.vectors import State
from tests.crosscheck.others import fusion_bench, fusion_bench_opcm, mergekit, quiet

Call = Callable[[MergingProblem], object]


def needs_no_data(entry: Method) -> bool:
    """Whether a method gets by with weights alone."""
    return entry.kind == "method" and not set(entry.needs) & (GUARDED - {"pretrained"})


def ours(entry: Method) -> Call:
    """Our method at its defaults."""
    module = ".".join(entry.path.relative_to(ROOT).with_suffix("").parts)
    function = getattr(import_module(module), entry.function)
    return lambda problem: function(problem, **(entry.params or {}))


def theirs(method: str, package: str) -> Call:
    """The other package's function for that method."""
    if package == "fusion-bench":
        import_torchvision()  # it does so too, and would fail beside a CPU build of torch
    return THEIRS[method][package]


def _algorithm(module: str, name: str, **options: Any) -> Call:
    """A fusion-bench algorithm, imported when it is called."""

    def call(problem: MergingProblem) -> State:
        algorithm = getattr(import_module(f"fusion_bench.method.{module}"), name)(**options)
        return fusion_bench(problem, algorithm, copy=False)

    return call


def _mergekit(method: str, **parameters: Any) -> Call:
    base = method not in ("linear", "karcher")
    return lambda problem: mergekit(problem, method, base=base, **parameters)


def _in_turn(method: str, parameters: Callable[[int], dict[str, float]]) -> Call:
    """mergekit merges two; more are taken in turn, as we do.

    Args:
        parameters: mergekit's, of the merge with the m-th expert.
    """

    def call(problem: MergingProblem) -> State:
        result = problem.experts[0]
        for m, expert in enumerate(problem.experts[1:], start=2):
            pair = MergingProblem(problem.model, [expert], pretrained=result)
            result = mergekit(pair, method, **parameters(m))
        return result

    return call


def _warp(problem: MergingProblem) -> State:
    result = problem.experts[0]
    for m, expert in enumerate(problem.experts[1:], start=2):
        pair = MergingProblem(problem.model, [result, expert], pretrained=problem.pretrained)
        result = mergekit(pair, "nuslerp", weight={"expert0": m - 1.0, "expert1": 1.0})
    return result


def _tall_masks(problem: MergingProblem) -> list[State]:
    """fusion-bench's steps with its functions: its algorithm itself stops with a TypeError."""
    from fusion_bench.method.tall_mask.task_arithmetic import generate_task_masks
    from fusion_bench.utils import state_dict_arithmetic as arithmetic

    start = problem.pretrained
    zeros = {name: torch.zeros_like(tensor) for name, tensor in start.items()}
    vectors = [arithmetic.state_dict_sub(expert, start) for expert in problem.experts]
    total = arithmetic.state_dict_sum(vectors)
    with quiet():
        masks = [generate_task_masks(total, v, zeros, tall_mask_lambda=0.4) for v in vectors]
    through = [arithmetic.state_dict_hadamard_product(mask, total) for mask in masks]
    return [arithmetic.state_dict_add(start, vector) for vector in through]


def _emr(problem: MergingProblem) -> list[State]:
    """fusion-bench's merge, and the state of each expert that its modulators would make of it."""
    from fusion_bench.method.emr_merging.utils import emr_merge
    from fusion_bench.utils import state_dict_arithmetic as arithmetic

    start = problem.pretrained
    vectors = [arithmetic.state_dict_sub(expert, start) for expert in problem.experts]
    unified, masks, scales = emr_merge(vectors)
    return [
        {n: t + unified[n] * masks[n][i] * scales[i] for n, t in start.items()}
        for i in range(len(vectors))
    ]


TRIM = {"threshold": 0.2, "remove_keys": [], "merge_func": "mean"}
DROP = {"sparsity_ratio": 0.9, "only_on_linear_weights": False, "rescale": True}

THEIRS: dict[str, dict[str, Call]] = {
    "average": {
        "mergekit": _mergekit("linear", weight=1.0),
        "fusion-bench": _algorithm("simple_average", "SimpleAverageAlgorithm"),
    },
    "task_arithmetic": {
        "mergekit": _mergekit("task_arithmetic", weight=1.0, lambda_=0.3),
        "fusion-bench": _algorithm(
            "task_arithmetic", "TaskArithmeticAlgorithm", scaling_factor=0.3
        ),
    },
    "ties": {
        "mergekit": _mergekit("ties", weight=1.0, density=0.2),
        "fusion-bench": _algorithm(
            "ties_merging", "TiesMergingAlgorithm", scaling_factor=1.0, **TRIM
        ),
    },
    "dare": {
        "mergekit": _mergekit("dare_linear", weight=1.0, density=0.1, lambda_=0.3),
        "fusion-bench": _algorithm("dare", "DareTaskArithmetic", scaling_factor=0.3, **DROP),
    },
    "dare_ties": {
        "mergekit": _mergekit("dare_ties", weight=1.0, density=0.1, normalize=True),
        "fusion-bench": _algorithm("dare", "DareTiesMerging", scaling_factor=1.0, **DROP, **TRIM),
    },
    "breadcrumbs": {
        "mergekit": _mergekit("breadcrumbs", weight=1.0, density=0.2, gamma=0.1, lambda_=0.4)
    },
    "model_stock": {
        "mergekit": _mergekit("model_stock"),
        "fusion-bench": _algorithm("model_stock", "ModelStock"),
    },
    "breadcrumbs_ties": {
        "mergekit": _mergekit("breadcrumbs_ties", weight=1.0, density=0.2, gamma=0.1, lambda_=0.4)
    },
    "della": {"mergekit": _mergekit("della", weight=1.0, density=0.7, epsilon=0.07, lambda_=1.1)},
    "sce": {"mergekit": _mergekit("sce", select_topk=0.1)},
    "karcher": {"mergekit": _mergekit("karcher")},
    "multi_slerp": {"mergekit": _mergekit("multislerp", weight=1.0)},
    "nearswap": {"mergekit": _in_turn("nearswap", lambda _m: {"t": 1e-4})},
    "emr": {"fusion-bench": _emr},
    "wudi": {"fusion-bench": _algorithm("wudi", "WUDIMerging", iter_num=300)},
    "slerp": {"mergekit": _in_turn("slerp", lambda m: {"t": 1 / m})},
    "warp": {"mergekit": _warp},
    "tall_masks": {"fusion-bench": _tall_masks},
    "iso_c": {"fusion-bench": _algorithm("isotropic_merging", "ISO_C_Merge", scaling_factor=1.0)},
    "iso_cts": {
        "fusion-bench": _algorithm(
            "isotropic_merging", "ISO_CTS_Merge", scaling_factor=1.0, common_space_fraction=0.8
        )
    },
    "tsv_m": {
        "fusion-bench": _algorithm("task_singular_vector", "TaskSingularVectorMerging", alpha=1.0)
    },
    "opcm": {
        "fusion-bench": lambda problem: fusion_bench(problem, fusion_bench_opcm(0.5), copy=False)
    },
}
