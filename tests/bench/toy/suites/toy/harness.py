"""Runs and scores the toy suite."""

import json
from math import isfinite

from bench.contract.inputs import Inputs
from bench.contract.job import ContractError, Output, Scores, score_each
from suites.toy.scoring import distance


class Problem:
    """What a method gets: the numbers, the meter, a generator."""

    def __init__(self, run, assets, meter):
        self.numbers = assets["numbers"].tensors["numbers"]
        self.assets = assets
        self.meter = meter.handle()
        self.generator = run.generator("method")


def solve(job):
    """Each run's guess."""
    outputs = []
    for run, assets, meter in zip(job.runs, job.assets, job.meters, strict=True):
        problem = Problem(run, assets, meter)
        inputs = Inputs(lambda: {"numbers": problem.numbers})
        with meter:
            guess = job.call(problem, **run.params)
        inputs.check()
        outputs.append(Output({"guess": guess}))
    return outputs


def score(job):
    """Each run's distance."""
    return score_each(job, score_one)


def score_one(run, output, assets):
    """How far the guess is from the sum."""
    guess = output.tensors["guess"]
    if guess.shape != ():
        raise ContractError(f"a guess has shape (), got {tuple(guess.shape)}")
    if not guess.is_floating_point():
        raise ContractError(f"a guess is a real number, got {guess.dtype}")
    error = distance(float(guess), assets["answers"].data["sum"])
    kept = json.dumps({"guess": float(guess)}).encode()
    return Scores({"error": error}, artefacts={"guess.json": kept} if isfinite(error) else {})
