"""Runs hypernet methods and scores what they reach.

Here: `solve`, in the method's process, and `score`, in the scorer's (bench.contract.job says what
they are). A job holds all seeds of a method, whose trainings run together; each run gets its own
output: the logits of every point of the grid on the test's inputs. Not here: training
(suites.hypernet.training), the figures (suites.hypernet.measures, suites.hypernet.scoring).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Generator, Tensor, nn

from bench.contract.inputs import Inputs
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
from bench.metering.meter import Meter
from suites.common.trainer import cross_entropy
from suites.hypernet.course import Part, decode
from suites.hypernet.measures import spikes, steps_to, variation
from suites.hypernet.objective import answer, losses_of
from suites.hypernet.problem import TOLERANCE, HypernetProblem, TooFewNumbers, fixed, trainable
from suites.hypernet.scoring import scores_of
from suites.hypernet.training import Fit, fit, grid

load_compiler()


def solve(job: Job) -> list[Output]:
    """Build each run's hypernetworks, train all of them together, and ask them the test."""
    courses = [decode(assets["course"]) for assets in job.assets]
    if job.runs[0].kind == "reference":
        return [
            output_of(job.call(parts, run.seed))
            for run, parts in zip(job.runs, courses, strict=True)
        ]
    outputs = [Output(data={"parts": []}) for _ in job.runs]
    inputs = [Inputs(partial(_handed, assets)) for assets in job.assets]
    for number in range(len(courses[0])):
        parts = [course[number] for course in courses]
        try:
            modules = [
                _build(run, part, job.call, meter)
                for run, part, meter in zip(job.runs, parts, job.meters, strict=True)
            ]
            _check_untouched(inputs)
        except TooFewNumbers as error:
            for output in outputs:
                output.data["parts"].append(_unmet(parts[0], str(error)))
            continue
        _check_alike(modules)
        noises = [run.generator(f"noise/{number}") for run in job.runs]
        settings = job.runs[0].settings
        told = [_tell(m, part) for m, part in zip(modules, parts, strict=True)]
        fits = fit(modules, parts, settings, job.meters, noises)
        _check_untouched(inputs)
        for output, part, found, one in zip(outputs, parts, fits, told, strict=True):
            output.tensors[f"{number}/test"] = torch.stack([f.test for f in found])
            output.data["parts"].append(
                one | {"points": [_point(f, part, settings) for f in found]}
            )
    if all("unmet" in told for told in outputs[0].data["parts"]):
        raise ContractError(f"no part could be met: {outputs[0].data['parts'][-1]['unmet']}")
    return outputs


def _handed(assets: Assets) -> Mapping[str, Tensor]:
    """All that a method and its module may get at: the teacher, batches, conditions, questions."""
    return assets["course"].tensors


def _check_untouched(inputs: Sequence[Inputs]) -> None:
    """Raise ContractError where a method or its module changed what it was given."""
    for one in inputs:
        one.check()


def output_of(answers: Sequence[Tensor]) -> Output:
    """A reference's answers as a run's output: one point, no grid.

    Args:
        answers: for each part, logits (m, examples, classes), or of each stage with that before it.
    """
    return Output(
        {
            f"{i}/test": logits[None] if logits.dim() == 4 else logits[None, None]
            for i, logits in enumerate(answers)
        },
        {"parts": [{"points": [{"validation": 0.0, "training": None}]} for _ in answers]},
    )


def _unmet(part: Part, reason: str) -> dict[str, Any]:
    """What is told of a part whose cap the method can't meet."""
    return {"name": part.name, "parameters": 0, "unmet": reason, "points": []}


def _build(run: Run, part: Part, call: Callable[..., nn.Module], meter: Meter) -> nn.Module:
    """The method's module for one seed, checked against its contract."""
    purpose = f"method/{part.name}" if part.name else "method"
    problem = problem_of(part, run.needs, run.generator(purpose))
    with torch.random.fork_rng(devices=[]), meter, meter.phase("build"):
        # A method that draws from torch's own generator depends on its run alone all the same.
        torch.manual_seed(run.generator("torch").initial_seed())
        module = call(problem, **run.params)
    check(module, part)
    return module


def problem_of(part: Part, needs: tuple[str, ...], generator: Generator) -> HypernetProblem:
    """What a method is given for a part."""
    return HypernetProblem(
        target=part.target,
        conditions=replace(part.conditions, mean_square=part.mean_square),
        hidden=part.hidden,
        cap=part.cap,
        generator=generator,
        stages=len(part.stages),
        needs=needs,
        _support=part.support,
        _teacher=part.teacher,
        _sizes=part.sizes,
    )


def check(module: object, part: Part) -> None:
    """Hold what a method returned against its contract.

    Raises:
        ContractError: it is no module, its numbers exceed the cap, or its forward gives other
            names or shapes than the target's.
        Diverged: its first output holds NaN or infinite values.
    """
    if not isinstance(module, nn.Module):
        raise ContractError(
            f"the method returned {type(module).__name__}; it should return an nn.Module whose "
            "forward maps conditions to the target's parameters"
        )
    count = numbers(module)
    if not count:
        raise ContractError("the method's module has no trainable parameter")
    if count > part.cap * (1 + TOLERANCE):
        raise ContractError(
            f"the method's module has {count} trainable numbers, more than the cap of {part.cap} "
            f"and the {TOLERANCE:.0%} that are tolerated. Make its layers smaller (problem.cap)."
        )
    parameters = trainable(module).items()
    other = [n for n, t in parameters if t.dtype != torch.float32]
    if other:
        raise ContractError(f"parameter {other[0]!r} isn't float32; make all of them float32")
    hollow = [n for n, t in parameters if t.layout is not torch.strided or t.is_meta]
    if hollow:
        raise ContractError(
            f"parameter {hollow[0]!r} is sparse or on the device 'meta'; make all of them dense"
        )
    questions = part.validation
    with torch.no_grad():
        module.eval()
        if not hasattr(module, "logits"):
            _check_parameters(module(questions.conditions[:2]), part, questions.conditions[:2])
        masks = None if questions.masks is None else questions.masks[:2]
        scores = answer(module, part.target, questions.conditions[:2], questions.inputs[:2], masks)
        module.train()
    if not torch.isfinite(scores).all():
        raise Diverged("the module's logits hold NaN or infinite values before any training")
    expected = (*questions.inputs[:2].shape[:2], part.target.widths[-1])
    if tuple(scores.shape) != expected:
        raise ContractError(
            f"the module's logits have shape {tuple(scores.shape)}; expected {expected} "
            "(conditions, examples, classes)"
        )


def _check_parameters(parameters: object, part: Part, conditions: Tensor) -> None:
    shapes = part.target.shapes
    if not isinstance(parameters, dict) or set(parameters) != set(shapes):
        found = sorted(parameters) if isinstance(parameters, dict) else type(parameters).__name__
        raise ContractError(
            f"the module's forward gave {found}; expected a dict with the target's parameters "
            f"{sorted(shapes)}"
        )
    for name, shape in shapes.items():
        expected = (len(conditions), *shape)
        if tuple(parameters[name].shape) != expected:
            raise ContractError(
                f"the module's forward gave {name!r} with shape {tuple(parameters[name].shape)}; "
                f"expected {expected}, a condition in the first dimension"
            )


def _check_alike(modules: Sequence[nn.Module]) -> None:
    """Seeds are stacked: their modules must have one structure."""
    forms = [{n: tuple(t.shape) for n, t in trainable(m).items()} for m in modules]
    if any(form != forms[0] for form in forms):
        raise ContractError(
            "the method's modules differ in their parameters' shapes from seed to seed; "
            "let shapes follow from the problem alone, not from its generator"
        )


def numbers(module: nn.Module) -> int:
    """Trainable numbers of a module: what is stored of it. What a seed gives again is not."""
    return sum(tensor.numel() for tensor in trainable(module).values())


def _tell(module: nn.Module, part: Part) -> dict[str, Any]:
    """What is told of a module before it is trained."""
    norms, gradients = at_start(module, part)
    return {
        "name": part.name,
        "parameters": numbers(module),
        "fixed": sum(tensor.numel() for tensor in fixed(module).values()),
        "theta_variation": variation(norms),
        "gradient_variation": variation(gradients),
    }


def at_start(module: nn.Module, part: Part) -> tuple[list[float], list[float]]:
    """Norms of the target's parameters and of the loss's gradient, for each validation condition.

    Norms of parameters are zeros where the module has logits of its own.
    """
    asked = part.validation
    assert asked.labels is not None
    norms, gradients = [], []
    parameters = [p for p in module.parameters() if p.requires_grad]
    module.eval()
    for i in range(len(asked.names)):
        conditions = asked.conditions[i : i + 1]
        masks = None if asked.masks is None else asked.masks[i : i + 1]
        scores = answer(module, part.target, conditions, asked.inputs[i : i + 1], masks)
        loss = cross_entropy(scores, asked.labels[i : i + 1])
        found = torch.autograd.grad(loss, parameters, allow_unused=True)
        squares = [g.double().square().sum() for g in found if g is not None]
        gradients.append(float(torch.stack(squares).sum().sqrt()))
        if hasattr(module, "logits"):
            norms.append(0.0)
            continue
        with torch.no_grad():
            theta = part.target.join(module(conditions))
        norms.append(float(theta.double().norm()))
    module.train()
    return norms, gradients


def _point(found: Fit, part: Part, settings: Any) -> dict[str, Any]:
    """What is told of one training: its validation, and how its losses went."""
    labels = part.validation.labels
    assert labels is not None
    losses = found.losses.tolist()
    tail = losses[-50:]
    return {
        "validation": _number(float(losses_of(found.validation[-1], labels).mean())),
        "training": _number(sum(tail) / len(tail)),
        "spikes": spikes(losses),
        "steps": steps_to(losses, settings["target_loss"]),
    }


def _number(value: float) -> float | None:
    """JSON knows no NaN: a loss that isn't finite is None."""
    return value if abs(value) < float("inf") else None


def score(job: ScoringJob) -> list[Outcome]:
    """Score each run for itself; see `score_run`."""
    return score_each(job, score_run)


def score_run(run: Run, output: Output, assets: Assets) -> Scores:
    """Score a run's logits against the test's labels.

    Raises:
        ContractError: the output lacks a part, or its shapes differ from the questions'.
    """
    parts = decode(assets["course"], assets["answers"])
    return scores_of(parts, output, grid(run.settings), run.settings)
