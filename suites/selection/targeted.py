"""What a choice for a target is worth, in the scorer's process.

Here: the two tasks with a target, of prose and of images, and their references. Not here: the word
model (suites.selection.text.words), styles and words of images (suites.selection.target_images).
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import fmean

import torch
from torch import Tensor

from bench.contract.job import Assets, ContractError, Output, Run, Scores
from suites.common.draws import generator
from suites.selection import pictures
from suites.selection.checking import checked
from suites.selection.choices import DRAWS
from suites.selection.evaluation import accuracy
from suites.selection.passes import Passes
from suites.selection.text import scoring as prose
from suites.selection.training import Examples

Figures = dict[str, float]


def score_target_text(run: Run, output: Output, assets: Assets, passes: Passes) -> Scores:
    """Cross-entropy of a word model on held-out text of the target, and the target's share."""
    texts, answers = assets["pool"].data["tokens"], assets["answers"]

    def figures(numbers: Tensor) -> Figures:
        return prose.figures(numbers, answers, texts)

    return _scored(run, output, answers.tensors["domain"], figures)


def score_target_images(run: Run, output: Output, assets: Assets, passes: Passes) -> Scores:
    """Accuracy on the target's test images, and the target's share."""
    pool, answers = assets["pool"].tensors, assets["answers"].tensors
    examples = Examples(pool["images"], pool["labels"])
    test = Examples(answers["test_images"], answers["test_labels"])
    seed = run.settings["first_seed"] + run.seed

    def figures(numbers: Tensor) -> Figures:
        return {
            "accuracy": accuracy(run.settings, seed, examples.rows(numbers), test, passes),
            "target_share": float(answers["domain"][numbers].double().mean()),
        }

    scores = _scored(run, output, answers["domain"], figures)
    if run.seed == 0 and "rule" not in output.data:
        (size,) = run.settings["sizes"]
        numbers = output.tensors[f"numbers/{size}"]
        classes = run.settings["classes"]
        scores.artefacts["chosen.png"] = pictures.by_class(
            pool["images"], pool["labels"], numbers, classes
        )
    return scores


def _scored(
    run: Run, output: Output, domain: Tensor, figures: Callable[[Tensor], Figures]
) -> Scores:
    """A choice's figures; a rule's are the mean of some draws."""
    (size,) = run.settings["sizes"]
    if "rule" in output.data:
        seed = run.settings["first_seed"] + run.seed
        drawn = [_drawn(output.data["rule"], domain, size, seed, n) for n in range(DRAWS)]
        found = [figures(numbers) for numbers in drawn]
        return Scores({name: fmean(each[name] for each in found) for name in found[0]})
    choice = checked(output, len(domain), run.settings["sizes"])
    numbers = choice.numbers[size]
    files = {"chosen.npy": pictures.masks(len(domain), [numbers])}
    return Scores(figures(numbers), artefacts=files)


def _drawn(rule: str, domain: Tensor, size: int, seed: int, number: int) -> Tensor:
    """A draw of a reference, int64 (size,): of the target's domain first, where it knows it."""
    draws = generator(seed, f"selection/{rule}/{size}/{number}")
    order = torch.randperm(len(domain), generator=draws)
    if rule == "random":
        return order[:size]
    if rule == "oracle":
        own = domain[order]
        return torch.cat([order[own], order[~own]])[:size]
    raise ContractError(f"there is no rule {rule!r} on this task")
