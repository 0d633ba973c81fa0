"""What a choice is worth, in the scorer's process, which alone has the test and the right labels.

Here: the tasks that choose, kind by kind, and the references that name a rule instead of choosing,
because what they need is an answer. Not here: single figures (suites.selection.figures), training
the evaluator (suites.selection.evaluation), the other track (suites.selection.distill.scoring).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import torch
from torch import Tensor

from bench.contract.job import Assets, ContractError, Output, Run, Scores
from suites.selection import figures, pictures
from suites.selection.checking import Choice, checked
from suites.selection.choices import CHOICES, DRAWS, LONG_EPOCHS, chosen
from suites.selection.evaluation import accuracy
from suites.selection.passes import Passes
from suites.selection.scores import ranked
from suites.selection.training import Examples

MIDDLE = 1
"""Of the sizes that are asked for the one whose choice is described, from 0: 10%."""

NEVER = 0.01
"""How far below training on the whole pool a choice may be and still be said to pay."""

Figures = dict[str, float]


@dataclass(frozen=True)
class Pool:
    """What scoring knows of a run's pool, and how it trains on it.

    Attributes:
        settings: the task's.
        seed: of the task's draws.
        names: of the classes.
        truth, original, wrong: the right labels, of what each is a copy, and which labels are
            wrong; shape (n,).
    """

    settings: Mapping[str, Any]
    seed: int
    names: Sequence[str]
    examples: Examples
    truth: Tensor
    original: Tensor
    test: Examples
    passes: Passes

    @property
    def wrong(self) -> Tensor:
        """Which labels are wrong, shape (n,)."""
        return self.examples.targets != self.truth

    def accuracy(self, examples: Examples, of_passes: float | None = None) -> float:
        """Of the evaluator trained on examples."""
        return accuracy(self.settings, self.seed, examples, self.test, self.passes, of_passes)

    def after(self, order: Tensor, percent: int) -> float:
        """Accuracy after that share of the pool, the first of an order, was set right."""
        labels = self.examples.targets.clone()
        first = order[: round(len(order) * percent / 100)]
        labels[first] = self.truth[first]
        return self.accuracy(Examples(self.examples.images, labels))


def pool_of(run: Run, assets: Assets, passes: Passes) -> Pool:
    """What scoring knows of a run's pool."""
    pool, answers = assets["pool"].tensors, assets["answers"].tensors
    return Pool(
        settings=run.settings,
        seed=run.settings["first_seed"] + run.seed,
        names=assets["pool"].data["classes"],
        examples=Examples(pool["images"], pool["labels"]),
        truth=answers["truth"],
        original=answers["original"],
        test=Examples(answers["test_images"], answers["test_labels"]),
        passes=passes,
    )


def score_coreset(run: Run, output: Output, assets: Assets, passes: Passes) -> Scores:
    """Accuracy at each size, and what the choice is made of.

    Raises:
        ContractError, Diverged: as of suites.selection.checking.checked.
    """
    pool, baselines = pool_of(run, assets, passes), assets["baselines"]
    if "rule" in output.data:
        return Scores(_coreset_rule(output.data["rule"], pool, baselines))
    choice = checked(output, len(pool.examples), run.settings["sizes"])
    accuracies = [pool.accuracy(_subset(pool, choice, size)) for size in choice.numbers]
    found = {
        **_along_sizes(accuracies, pool, baselines),
        **described(list(choice.numbers.values())[MIDDLE], pool),
    }
    largest = max(choice.numbers)
    found["padded"] = choice.padded.get(largest, 0) / largest
    found |= _break_even(accuracies[-1], output.data["flops"], pool, baselines)
    details = {"filled at random": {str(size): n for size, n in choice.padded.items() if n}}
    return Scores(found, details, artefacts=kept(run, choice, pool))


def _subset(pool: Pool, choice: Choice, size: int) -> Examples:
    rows = pool.examples.rows(choice.numbers[size])
    return Examples(rows.images, rows.targets, choice.weights.get(size))


def _along_sizes(accuracies: list[float], pool: Pool, baselines: Output) -> Figures:
    """The area and its points, and the area above random choice's."""
    sizes, percents = pool.settings["sizes"], pool.settings["percents"]
    area = figures.area_over_log(sizes, accuracies)
    by_random = [figures.area_over_log(sizes, row) for row in baselines.tensors["random"].tolist()]
    points = {f"accuracy_{p}": value for p, value in zip(percents, accuracies, strict=True)}
    return {"area": area, "gain": area - fmean(by_random), **points}


def _break_even(at_largest: float, flops: float, pool: Pool, baselines: Output) -> Figures:
    """Trainings after which choosing has paid; nothing where it never does.

    That is where a training on the choice is too bad, or no cheaper than what it saves from.
    """
    settings = pool.settings
    saved = (LONG_EPOCHS * len(pool.examples) - settings["passes"]) * settings["pass_flops"]
    if saved <= 0 or at_largest < baselines.data["full_long"] - NEVER:
        return {}
    return {"break_even": flops / saved}


def described(numbers: Tensor, pool: Pool) -> Figures:
    """What a choice is made of, without training."""
    images = pool.examples.images[numbers].flatten(1)
    found = {
        "vendi": figures.vendi_score(images),
        "log_det": figures.log_det_distance(images),
        "rarest": figures.recall_of_rarest(numbers, pool.truth),
    }
    if pool.wrong.any():
        found["wrong"] = figures.noise_rate(numbers, pool.wrong)
    if (pool.original != torch.arange(len(pool.original))).any():
        found["duplicates"] = figures.copies_an_original(numbers, pool.original)
    return found


def _coreset_rule(rule: str, pool: Pool, baselines: Output) -> Figures:
    """A reference's figures: of draws the means, of the whole pool what one training gives."""
    sizes, labels = pool.settings["sizes"], pool.examples.targets
    if rule == "chance":
        return _along_sizes([1 / pool.settings["classes"]] * len(sizes), pool, baselines)
    if rule in CHOICES:
        found = []
        for number in range(DRAWS):
            drawn = [chosen(rule, labels, pool.truth, k, pool.seed, number) for k in sizes]
            if rule == "random":
                accuracies = baselines.tensors["random"][number].tolist()
            else:
                accuracies = [pool.accuracy(pool.examples.rows(rows)) for rows in drawn]
            along = _along_sizes(accuracies, pool, baselines)
            found.append({**along, **described(drawn[MIDDLE], pool)})
        return {name: fmean(each[name] for each in found) for name in found[0]}
    return _along_sizes([_whole(rule, pool, baselines)] * len(sizes), pool, baselines)


def _whole(rule: str, pool: Pool, baselines: Output | None) -> float:
    """Accuracy of training on the whole pool."""
    right = Examples(pool.examples.images, pool.truth)
    if rule == "full":
        return pool.accuracy(right)
    if rule == "full_as_given":
        return pool.accuracy(pool.examples)
    if rule == "full_long" and baselines is not None:
        return float(baselines.data["full_long"])
    raise ContractError(f"there is no rule {rule!r} on this task")


def score_debug(run: Run, output: Output, assets: Assets, passes: Passes) -> Scores:
    """Accuracy while the most suspect are set right, and how well wrong labels are ranked.

    Raises:
        ContractError: there are no scores, or as of suites.selection.checking.checked.
    """
    pool, percents = pool_of(run, assets, passes), run.settings["percents"]
    if output.data.get("rule") == "random":
        found = []
        for number in range(DRAWS):
            order = chosen("random", pool.truth, pool.truth, len(pool.truth), pool.seed, number)
            found.append(_fixed({p: pool.after(order, p) for p in percents}))
        means = {name: fmean(each[name] for each in found) for name in found[0]}
        return Scores(
            {**means, "auroc": 0.5, "average_precision": float(pool.wrong.double().mean())}
        )
    if "rule" in output.data:
        always = _whole(output.data["rule"], pool, None)
        return Scores(_fixed(dict.fromkeys(percents, always)))
    choice = checked(output, len(pool.examples), run.settings["sizes"])
    if choice.scores is None:
        raise ContractError(
            "the method gave no scores, which this task reads; return Chosen(subsets, scores), or "
            "add 'subset_only' to needs in its @method line"
        )
    order = ranked(choice.scores)
    metrics = {
        **_fixed({percent: pool.after(order, percent) for percent in percents}),
        "auroc": figures.auroc(choice.scores, pool.wrong),
        "average_precision": figures.average_precision(choice.scores, pool.wrong),
    }
    return Scores(metrics, artefacts=kept(run, choice, pool))


def _fixed(accuracies: Mapping[int, float]) -> Figures:
    points = {f"fixed_{percent}": value for percent, value in accuracies.items()}
    return {"fixing": fmean(accuracies.values()), **points}


def kept(run: Run, choice: Choice, pool: Pool) -> dict[str, bytes]:
    """What a run leaves: which were chosen; of the first seed scores, pictures and the map too."""
    count = len(pool.examples)
    files = {"chosen.npy": pictures.masks(count, list(choice.numbers.values()))}
    if run.seed:
        return files
    labels, classes = pool.examples.targets, run.settings["classes"]
    chosen_of = list(choice.numbers.values())
    files["chosen.png"] = pictures.by_class(pool.examples.images, labels, chosen_of[0], classes)
    middle = chosen_of[min(MIDDLE, len(chosen_of) - 1)]
    files["map.json"] = pictures.score_map(labels, choice.scores, middle, pool.names)
    if choice.scores is not None:
        files["scores.npy"] = pictures.quantiles(choice.scores)
        files["extremes.png"] = pictures.extremes(pool.examples.images, choice.scores)
    return files


Scorer = Callable[[Run, Output, Assets, Passes], Scores]
