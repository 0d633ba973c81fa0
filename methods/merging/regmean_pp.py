"""RegMean++: RegMean, block by block, on the features that the merged blocks before it produce.

For each block in the order of the forward pass, with X_i the inputs of one of its linear layers
when expert i's block runs on what the merged blocks before it make of expert i's inputs, and
G_i = X_i^T X_i / n, its off-diagonal entries scaled by alpha: W = (sum_i G_i)^-1 sum_i G_i W_i;
every other parameter is averaged. RegMean takes X_i from expert i's own blocks throughout.
Source: Nguyen et al., section 3 and algorithm 1, and github.com/nthehai01/RegMean-plusplus
(fusion_bench/method/regmean_plusplus): a block is a transformer's layer; within it the features are
the expert's. Their patch embedding is a convolution, which is averaged; where it is a linear layer
it is a block by itself here (suites.merging.blocks). alpha is .95 there for CLIP; here it is
methods.merging.regmean's, and 256 unlabelled examples a task as there.
Costs two forward passes of each block an example, and the products X^T X.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from bench import method
from methods.merging.regmean import shrink, solve_layer
from suites.merging.blocks import Call, between, blocks, call_of, part_of, run_block
from suites.merging.evaluation import BATCH
from suites.merging.problem import MergingProblem
from suites.merging.statistics import grams_during
from suites.merging.vectors import State, average, linear_layers


@method(
    name="regmean_pp",
    title="RegMean++",
    paper=("RegMean++", 2025, "https://arxiv.org/abs/2508.03121"),
    needs=["unlabeled"],
    params={"alpha": 0.9, "examples": 256},
    space={"alpha": [0.5, 0.9, 0.97]},
)
def regmean_pp(problem: MergingProblem, *, alpha: float, examples: int) -> State:
    """Solve the blocks' linear layers one block after the other; average everything else."""
    inputs = [problem.unlabeled(i, examples).split(BATCH) for i in range(len(problem.experts))]
    merged = average(problem.experts)
    calls: list[list[Call]] = []
    before = ""
    with torch.no_grad():
        with problem.meter.phase("statistics"):
            names = blocks(problem.model, merged, inputs[0][0][:1])
        for name in names:
            with problem.meter.phase("statistics"):
                calls = list(advance(problem, merged, inputs, calls, before, name))
                grams = [
                    block_grams(problem.model, expert, name, own)
                    for expert, own in zip(problem.experts, calls, strict=True)
                ]
            for weight in grams[0]:
                merged[weight] = solve_layer(
                    [shrink(gram[weight], alpha) for gram in grams],
                    [expert[weight] for expert in problem.experts],
                )
            before = name
    return merged


def advance(
    problem: MergingProblem,
    merged: State,
    inputs: list[tuple[Tensor, ...]],
    calls: list[list[Call]],
    before: str,
    name: str,
) -> Iterator[list[Call]]:
    """What the merged network calls a block with, for each expert's inputs, batch by batch.

    Args:
        merged: solved up to the block before.
        inputs: each expert's, in batches.
        calls: what the block before was called with.
        before: its name; "" where there is none.
        name: of the block.
    """
    way = between(problem.model, before, name) if before else None
    for i, batches in enumerate(inputs):
        if way is None:
            yield [call_of(problem.model, merged, name, batch) for batch in batches]
        else:
            yield [follow(problem.model, merged, way, call) for call in calls[i]]


def follow(model: nn.Module, state: State, way: list[str], call: Call) -> Call:
    """What comes after some modules that hand on to each other."""
    for module in way:
        call = ((run_block(model, state, module, call),), {})
    return call


def block_grams(
    model: nn.Module, expert: State, block: str, calls: list[Call]
) -> dict[str, Tensor]:
    """X^T X / n for the inputs X of each linear layer in an expert's block.

    Args:
        calls: what the block is called with, batch by batch.
    Returns:
        Name of the layer's weight, as in the expert -> shape (inputs, inputs), symmetric.
    """
    module = model.get_submodule(block)
    prefix = f"{block}." if block else ""
    layers = {prefix + name: layer for name, layer in linear_layers(module, part_of(expert, block))}

    def passes() -> None:
        for call in calls:
            run_block(model, expert, block, call)

    return grams_during(layers, passes)
