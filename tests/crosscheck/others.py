"""What mergekit and fusion-bench make of a merging problem of ours.

Here: how their functions are called, so that a test and the benchmark at size call them alike.
mergekit takes states; fusion-bench takes modules, which it may overwrite, so it is given copies.
Not here: what the results should be (the tests beside this file). Imports of the two packages
stay inside the functions: without them these tests fail, one by one, rather than being skipped.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Collection, Iterator
from typing import Any

import torch
from torch import nn

from suites.merging.problem import MergingProblem
from suites.merging.vectors import State, linear_layers

PRETRAINED = "pretrained"


def mergekit(
    problem: MergingProblem, method: str, *, base: bool = True, **parameters: Any
) -> State:
    """`mergekit.merge_methods.api.merge_state_dicts` on the experts.

    Args:
        problem: experts, and with `base` the pretrained state, which mergekit then starts from.
        method: mergekit's name.
        parameters: mergekit's own; a trailing underscore is dropped (`lambda_`).
    """
    from mergekit.merge_methods.api import merge_state_dicts

    states = {f"expert{i}": state for i, state in enumerate(problem.experts)}
    if base:
        states = {PRETRAINED: problem.pretrained, **states}
    named = {name.removesuffix("_"): value for name, value in parameters.items()}
    with torch.no_grad():
        return merge_state_dicts(
            states, method, parameters=named, base=PRETRAINED if base else None
        )


def fusion_bench_opcm(share: float) -> Any:
    """fusion-bench's OPCM, experts in their order.

    Its package also brings a task pool that looks for a class by a name which transformers 5 no
    longer has; any class under that name lets it be imported.
    """
    from transformers.models.clip import modeling_clip

    if not hasattr(modeling_clip, "CLIPVisionTransformer"):
        modeling_clip.CLIPVisionTransformer = modeling_clip.CLIPVisionModel
    from fusion_bench.method.opcm.opcm_general import OPCM

    return OPCM(alpha=share, shuffle_order=False, save_on_every_step=False)


def model_pool(problem: MergingProblem, *, copy: bool = True) -> Any:
    """fusion-bench's pool: a module for each expert and one for the pretrained state."""
    from fusion_bench import BaseModelPool

    layers = {name for name, _ in linear_layers(problem.model, problem.experts[0])}
    states = {"_pretrained_": problem.pretrained}
    states |= {f"expert{i}": state for i, state in enumerate(problem.experts)}
    return BaseModelPool(
        {name: as_module(_copy(state) if copy else state, layers) for name, state in states.items()}
    )


def fusion_bench(problem: MergingProblem, algorithm: Any, *, copy: bool = True) -> State:
    """The state of the model that one of fusion-bench's algorithms makes of the pool."""
    with quiet():
        return _state(algorithm.run(model_pool(problem, copy=copy)))


def as_module(state: State, layers: Collection[str]) -> nn.Module:
    """A module that holds the state's tensors (not copies) under the state's names.

    Args:
        state: floating-point tensors.
        layers: names in the state that are weights of `nn.Linear` layers; these become such.
    """
    root = nn.Module()
    for name, tensor in state.items():
        *path, leaf = name.split(".")
        owner = root
        for depth, part in enumerate(path):
            if not hasattr(owner, part):
                prefix = ".".join(path[: depth + 1])
                linear = f"{prefix}.weight" in layers
                owner.add_module(part, _linear(state, prefix) if linear else nn.Module())
            owner = getattr(owner, part)
        setattr(owner, leaf, nn.Parameter(tensor, requires_grad=True))
    return root


def _linear(state: State, prefix: str) -> nn.Linear:
    outputs, inputs = state[f"{prefix}.weight"].shape
    return nn.Linear(inputs, outputs, bias=f"{prefix}.bias" in state, device="meta")


def _copy(state: State) -> State:
    return {name: tensor.clone() for name, tensor in state.items()}


def _state(model: nn.Module) -> State:
    return {name: tensor.detach() for name, tensor in model.state_dict().items()}


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """fusion-bench prints a line a tensor, and logs; neither is wanted among results."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with (
            open(os.devnull, "w") as nowhere,
            contextlib.redirect_stdout(nowhere),
            contextlib.redirect_stderr(nowhere),
        ):
            yield
    finally:
        logging.disable(before)
