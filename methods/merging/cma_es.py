"""Evolutionary merging by CMA-ES: one scale a block of the summed changes, chosen by validation.

theta^b = theta_0^b + s_b sum_i t_i^b for every block b, t_i = theta_i - theta_0; what is in no
block has a scale too. CMA-ES draws scales from a normal distribution, validates each draw, and
moves the distribution towards the better half; what validated best is returned.
Source of the idea: Akiba et al., section 3.1, who let CMA-ES choose, by a task's own score, a
weight and a density for each expert in each layer of a DARE-TIES merge, and also which layer
follows which. Theirs are its deviation at the start, 1/6, its population, 4 + floor(3 ln(scales)),
and that the best of all draws is kept; they begin at .5 and have 1,000 draws (their optimisation
details). mergekit-evolve (mergekit, scripts/evolve.py and evo/genome.py), of their parameter space
alone, begins at a weight of 1/experts and has 100, with the same deviation and population; it takes
weights by size, so that none is negative. With 20 draws there are 2 or 3 generations, so there is
one scale a block here, of any sign, for the sum of all changes, and it begins at task arithmetic's
own default. Blocks: methods.merging.lines.
What torch's meter can't see is charged as: an eigendecomposition a generation, 9 n^3 for n scales,
and a draw's product and its share in the covariance, 4 n^2.
"""

from math import nan

import cma
import torch

from bench import method
from methods.merging.lines import block_of
from suites.merging.problem import MergingProblem
from suites.merging.task_vectors import sum_task_vectors
from suites.merging.vectors import State

DRAWS = 20
"""At most, where more validations are allowed."""


@method(
    name="cma_es",
    title="Evolutionary merging (CMA-ES, one scale a block, 20 draws)",
    paper=(
        "Evolutionary Optimization of Model Merging Recipes",
        2025,
        "https://arxiv.org/abs/2403.13187",
    ),
    needs=["pretrained", "validation"],
    params={"start": 0.3, "deviation": 0.167},
    traits=["random"],
)
def cma_es(problem: MergingProblem, *, start: float, deviation: float) -> State:
    """Validate as often as is allowed; return the best."""
    change = sum_task_vectors(problem)
    places = {name: block_of(name) for name in change}
    scaled = sorted(set(places.values()), key=lambda block: -1 if block is None else block)
    search = cma.CMAEvolutionStrategy(
        [start] * max(2, len(scaled)),  # it knows no search in one dimension: one more, unused
        deviation,
        {"randn": drawn_from(problem.generator), "seed": nan, "verbose": -10, "verb_log": 0},
    )
    best, merged = -1.0, dict(problem.pretrained)
    left = min(DRAWS, problem.trials_left)
    while left > 0:
        problem.meter.charge(generation_flops(search.N, search.popsize), "a generation of CMA-ES")
        points = search.ask()
        losses = []
        for point in points[:left]:
            scales = dict(zip(scaled, point.tolist(), strict=False))
            state = scale_blocks(
                problem.pretrained, change, {n: scales[p] for n, p in places.items()}
            )
            accuracy = problem.validate(state)
            losses.append(-accuracy)
            if accuracy > best:
                best, merged = accuracy, state
        left -= len(losses)
        if len(losses) == len(points):
            search.tell(points, losses)
    return {name: tensor.clone() for name, tensor in merged.items()}


def drawn_from(generator: torch.Generator) -> object:
    """Normal draws of any shape, as the package asks for them, from a generator."""
    return lambda *shape: torch.randn(shape, generator=generator, dtype=torch.float64).numpy()


def generation_flops(scales: int, population: int) -> float:
    """What a generation costs; see above."""
    return 9.0 * scales**3 + 4.0 * population * scales**2


def scale_blocks(start: State, change: State, scales: dict[str, float]) -> State:
    """theta_0 + scale * change, each tensor with a scale of its own; others as in theta_0."""
    return {
        name: tensor.add(change[name], alpha=scales[name]) if name in change else tensor.clone()
        for name, tensor in start.items()
    }
