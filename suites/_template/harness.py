"""Runs a method of my suite on its problems, and scores what it returned.

The engine calls `solve` in the method's own process and `score` in another one, which alone is
handed the answers. Between them only plain tensors pass. Not here: what the problem holds
(problem.py).
"""

from __future__ import annotations

from bench.contract.job import (
    Assets,
    ContractError,
    Diverged,
    Job,
    Outcome,
    Output,
    Run,
    Scores,
    ScoringJob,
    score_each,
)
from bench.metering.compiler import load_compiler

from .problem import CLASSES, PIXELS, Classifier, Problem

load_compiler()  # torch does so at the first gradient: once here, and not in each run


def solve(job: Job) -> list[Output]:
    """Each run's classifier, in the order of the runs."""
    outputs = []
    for run, assets, meter in zip(job.runs, job.assets, job.meters, strict=True):
        labelled, everything = assets["labelled"].tensors, assets.get("everything")
        problem = Problem(
            images=labelled["images"],
            classes=labelled["classes"],
            generator=run.generator("method"),
            _meter=meter,
            _unlabelled=(
                assets["unlabelled"].tensors["images"] if "unlabelled" in run.needs else None
            ),
            _everything=(
                (everything.tensors["images"], everything.tensors["classes"])
                if everything and run.kind == "reference"
                else None
            ),
        )
        with meter:
            classifier = job.call(problem, **run.params)
        outputs.append(to_output(classifier))
    return outputs


def to_output(classifier: Classifier) -> Output:
    """What a method returned, as plain data. Raises ContractError where it is something else."""
    try:
        weights, bias = classifier
        return Output({"weights": weights.detach(), "bias": bias.detach()})
    except (TypeError, ValueError, AttributeError):
        raise ContractError(
            f"a method returns (weights, bias), got {type(classifier).__name__}"
        ) from None


def score(job: ScoringJob) -> list[Outcome]:
    """Each run's scores, or what is wrong with what its method returned."""
    return score_each(job, score_one)


def score_one(run: Run, output: Output, assets: Assets) -> Scores:
    """The task's metrics of one run."""
    classifier = checked(output)
    answers = assets["answers"].tensors
    scores = answers["images"] @ classifier.weights.T + classifier.bias
    right = (scores.argmax(1) == answers["classes"]).double().mean()
    return Scores({"accuracy": float(right)})


def checked(output: Output) -> Classifier:
    """The classifier, if it has the shapes and finite values that the contract asks for.

    Raises:
        ContractError: it hasn't the shapes.
        Diverged: it holds NaN or infinite values.
    """
    for name, shape in (("weights", (CLASSES, PIXELS)), ("bias", (CLASSES,))):
        tensor = output.tensors[name]
        if tensor.shape != shape or not tensor.is_floating_point():
            raise ContractError(
                f"{name} is a floating-point tensor of shape {shape}, got {tensor.dtype} of shape "
                f"{tuple(tensor.shape)}"
            )
        if not tensor.isfinite().all():
            raise Diverged(f"{name} isn't finite")
    return Classifier(output.tensors["weights"].float(), output.tensors["bias"].float())
