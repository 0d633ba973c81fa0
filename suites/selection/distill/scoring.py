"""A run's figures from what it made, in the scorer's process, which alone has the answers.

Here: what a method returns as plain data and back, held against the contract; which evaluators
learn it and how; the figures. Not here: training (suites.selection.distill.evaluation), what the
figures mean (suites.selection.distill.metrics).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import e, exp, isfinite
from statistics import fmean
from typing import Any

import torch
from torch import Tensor

from bench.contract.job import Assets, ContractError, Diverged, Output, Run, Scores
from suites.selection import pictures
from suites.selection.distill.augmentations import augmenting
from suites.selection.distill.evaluation import Evaluation, Evaluator, evaluators
from suites.selection.distill.pools import Scale
from suites.selection.distill.problem import DistillProblem, Made
from suites.selection.passes import Passes
from suites.selection.training import Examples, Recipe

LOSSES = ("cross_entropy", "mse")

FULL, CHANCE = "full", "chance"
"""Rules of references that make nothing: the whole pool, on which scoring trains; guessing."""

TOLERANCE = 1e-4
"""How far a row of probabilities may be from a sum of 1."""

Accuracies = dict[str, list[float]]
"""Of each start, by what was trained how."""


def made_output(made: Any, problem: DistillProblem) -> Output:
    """What a method returned as plain data.

    Raises:
        ContractError, Diverged: it isn't a Made of tensors, or as of `checked`.
    """
    if not isinstance(made, Made):
        raise ContractError(
            f"the method returned {type(made).__name__}; it should return a Made(images, labels)"
        )
    for name in ("images", "labels"):
        value = getattr(made, name)
        if not isinstance(value, Tensor):
            raise ContractError(f"Made.{name} is {type(value).__name__}; it should be a tensor")
    try:
        rate = None if made.rate is None else float(made.rate)
    except (TypeError, ValueError):
        raise ContractError(f"Made.rate is {made.rate!r}; it should be a number or None") from None
    output = Output(
        {"images": made.images.detach().clone(), "labels": made.labels.detach().clone()},
        {"loss": made.loss, "rate": rate},
    )
    shape = (len(problem.made_labels), *problem.images.shape[1:])
    checked(output, shape, problem.classes)  # again when it is scored: this process isn't trusted
    return output


def checked(output: Output, shape: tuple[int, ...], classes: int) -> Made:
    """What a method made, held against its form.

    Args:
        shape: that its images must have, (n, channels, side, side).
        classes: how many there are.
    Raises:
        ContractError: it has another form.
        Diverged: a number is NaN or infinite.
    """
    if set(output.tensors) != {"images", "labels"}:
        raise ContractError(f"a run left {sorted(output.tensors)}; expected images and labels")
    images, labels = output.tensors["images"], output.tensors["labels"]
    if tuple(images.shape) != tuple(shape) or not images.is_floating_point():
        raise ContractError(
            f"the images have shape {tuple(images.shape)} and {images.dtype}; expected "
            f"{tuple(shape)} in floating point"
        )
    loss, rate = output.data.get("loss"), output.data.get("rate")
    if loss not in LOSSES:
        raise ContractError(f"the loss is {loss!r}; expected one of {', '.join(LOSSES)}")
    if rate is not None and not isfinite(rate):
        raise Diverged(f"the learnt rate is {rate}")
    if rate is not None and rate <= 0:
        raise ContractError(f"the learnt rate is {rate}; expected a positive one, or None")
    _check_finite(images, "images")
    _check_labels(labels, len(images), classes, loss)
    soft = labels.is_floating_point()
    return Made(images.float(), labels.float() if soft else labels, loss, rate)


def _check_labels(labels: Tensor, count: int, classes: int, loss: str) -> None:
    soft = labels.is_floating_point()
    expected = (count, classes) if soft else (count,)
    if not soft and labels.dtype != torch.int64:
        raise ContractError(f"the labels are {labels.dtype}; expected int64 or floating point")
    if tuple(labels.shape) != expected:
        raise ContractError(
            f"the labels have shape {tuple(labels.shape)} and {labels.dtype}; expected ({count},) "
            f"in int64, or ({count}, {classes}) in floating point"
        )
    if not soft:
        if loss == "mse":
            raise ContractError(
                f"the loss is mse, but the labels are classes; expected rows of shape {expected} "
                f"x {classes} in floating point"
            )
        if not bool(((labels >= 0) & (labels < classes)).all()):
            raise ContractError(
                f"the labels go from {int(labels.min())} to {int(labels.max())}; expected 0 to "
                f"{classes - 1}"
            )
        return
    _check_finite(labels, "labels")
    if loss == "cross_entropy":
        if float(labels.min()) < 0:
            raise ContractError(
                f"a label has the probability {float(labels.min()):.4g}; for cross_entropy none "
                "may be negative"
            )
        worst = float((labels.sum(1) - 1).abs().max())
        if worst > TOLERANCE:
            raise ContractError(
                f"a label's probabilities miss a sum of 1 by {worst:.4g}; for cross_entropy each "
                "row must sum to 1"
            )


def _check_finite(tensor: Tensor, what: str) -> None:
    wrong = int((~tensor.isfinite()).sum())
    if wrong:
        raise Diverged(f"{wrong} of {tensor.numel()} numbers of the {what} are NaN or infinite")


def score_made(run: Run, output: Output, assets: Assets, passes: Passes) -> Scores:
    """Score a run by training the task's evaluators on what it made.

    Args:
        run: its settings hold `classes`, `per_class`, `evaluators`, `evaluation_passes`,
            `full_passes`, `recipe`, `augment`.
        assets: `pool`, `answers`, and `baselines`.
        passes: charges the evaluators.
    Raises:
        ContractError, Diverged: as of `checked`.
    """
    settings, pool = run.settings, assets["pool"].tensors
    baselines, answers = assets["baselines"].data, assets["answers"].tensors
    rule = output.data.get("rule") if run.kind == "reference" else None
    if rule == CHANCE:
        names = [described["name"] for described in settings["evaluators"]]
        guessed = {name: [1 / settings["classes"]] for name in (*names, "augmented")}
        return Scores(_declared(run, figures(guessed, False, baselines)))
    if rule == FULL:
        made, amount = Made(pool["images"], pool["labels"]), settings["full_passes"]
    else:
        shape = (settings["classes"] * settings["per_class"], *pool["images"].shape[1:])
        made, amount = checked(output, shape, settings["classes"]), settings["evaluation_passes"]
    evaluation = Evaluation(
        Recipe.of(settings["recipe"]),
        passes,
        Examples(answers["test_images"], answers["test_labels"]),
        run.shared_generator,
    )
    by_name, soft = accuracies_of(made, evaluation, settings, amount), is_soft(made)
    kept = {}
    if run.seed == 0 and rule != FULL:
        kept["made.png"] = picture(made, Scale(**assets["pool"].data), settings["classes"])
    return Scores(
        metrics=_declared(run, figures(by_name, soft, baselines)),
        details={
            "labels": "soft" if soft else "hard",
            "loss": made.loss,
            "rate": made.rate,
            "accuracies": by_name,
        },
        artefacts=kept,
    )


def _declared(run: Run, found: Mapping[str, float]) -> dict[str, float]:
    names = [metric.name for metric in run.task.metrics]
    return {name: found[name] for name in names if name in found}


def accuracies_of(
    made: Made, evaluation: Evaluation, settings: Mapping[str, Any], amount: float
) -> Accuracies:
    """Accuracies of each evaluator by its name, and of the first one trained otherwise.

    These are `augmented`; `hard`, on the images' classes, where labels are soft; `own_rate`, by SGD
    at the learnt rate and with the recipe's other settings, where there is one.
    """
    examples, classes = Examples(made.images, made.labels), settings["classes"]
    first, *others = evaluators(settings["evaluators"], made.images, classes)

    def of(evaluator: Evaluator, learnt: Examples = examples, **more: Any) -> list[float]:
        return evaluation.accuracies(evaluator, learnt, amount, **{"loss": made.loss, **more})

    found = {evaluator.name: of(evaluator) for evaluator in (first, *others)}
    found["augmented"] = of(first, augment=augmenting(settings["augment"]))
    if is_soft(made):
        hard = Examples(made.images, classes_of(len(made.images), classes))
        found["hard"] = of(first, hard, loss="cross_entropy")
    if made.rate is not None:
        recipe = replace(evaluation.recipe, optimiser="sgd", rate=made.rate)
        found["own_rate"] = of(first, recipe=recipe)
    return found


def figures(found: Accuracies, soft: bool, baselines: Mapping[str, float]) -> dict[str, float]:
    """A run's metrics by name; see suites.selection.distill.metrics.

    Args:
        found: as of `accuracies_of`, the first evaluator's first.
        soft: whether its labels are, so that random sets with soft labels are what it is held to.
        baselines: as of suites.selection.distill.baselines.
    """
    means = {name: fmean(values) for name, values in found.items()}
    apart = ("augmented", "hard", "own_rate")
    first, *others = [name for name in means if name not in apart]
    random, augmented = (
        ("random_soft", "random_soft_augmented") if soft else ("random_hard", "random_augmented")
    )
    accuracy, hard = means[first], means.get("hard", means[first])
    ior = accuracy - baselines[random]
    metrics = {
        "accuracy": accuracy,
        "others": fmean(means[name] for name in others),
        **{f"accuracy_{name}": means[name] for name in others},
        "augmented": means["augmented"],
        "accuracy_hard": hard,
        "ior": ior,
        "lrs": label_robust_score(ior, baselines["full"] - hard),
        "ars": augmentation_robust_score(ior, means["augmented"] - baselines[augmented]),
    }
    if "own_rate" in means:
        metrics["own_rate"] = means["own_rate"]
    return metrics


def label_robust_score(over_random: float, under_full: float) -> float:
    """DD-Ranking's LRS as a fraction: of a in [-1, 1], (e^a - e^-1) / (e - e^-1).

    a is half of what a set is over random ones under the same labels, less half of what it is
    under the whole pool with hard ones. Source: Li et al., DD-Ranking (2025),
    https://arxiv.org/abs/2505.13300.

    Args:
        over_random: IOR, a difference of fractions.
        under_full: HLR, likewise.
    """
    return _between(0.5 * (over_random - under_full))


def augmentation_robust_score(plain: float, augmented: float) -> float:
    """DD-Ranking's ARS as a fraction: as LRS, of the mean IOR without and with augmentation."""
    return _between(0.5 * (plain + augmented))


def _between(a: float) -> float:
    return (exp(a) - 1 / e) / (e - 1 / e)


def is_soft(made: Made) -> bool:
    """Whether its labels are rows of numbers; classes are hard."""
    return made.labels.is_floating_point()


def classes_of(count: int, classes: int) -> Tensor:
    """What the images were made for, by their place: equally many of each class, in order."""
    return torch.arange(classes).repeat_interleave(count // classes)


def picture(made: Made, scale: Scale, classes: int) -> bytes:
    """The images as a PNG, a row a class: by their hard labels, else by their place."""
    labels = classes_of(len(made.images), classes) if is_soft(made) else made.labels
    pixels = scale.pixels(made.images)
    rows = [pixels[labels == label] for label in range(classes)]
    return pictures.grid(rows, columns=max(map(len, rows)))
