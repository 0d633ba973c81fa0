"""What the suite says of itself: claims of papers and of its makers, each with a figure found here.

A statement names a figure of a task, or a difference of two rows' figures, and the words around it;
its number and verdict come from `found.csv`, which `python -m suites.selection.findings --write`
makes from the published records. So no sentence of a task's notes is written by hand after a
number. Here: plain data, read without torch. Not here: computing figures and their intervals
(suites.selection.findings).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from suites.common import found as kept
from suites.common.found import Found

FOUND = Path(__file__).parent / "found.csv"
COLUMNS = ("task", "metric", "first", "second")
"""What tells a statement from all others, as `found.csv` names it."""

WORDS = {
    "area": "area",
    "accuracy_1": "accuracy",
    "accuracy_10": "accuracy",
    "accuracy_30": "accuracy",
    "auroc": "AUROC",
    "fixing": "accuracy while fixing",
    "accuracy": "accuracy",
    "others": "accuracy of the other evaluators",
    "accuracy_mlp": "accuracy of an MLP",
    "target_share": "share of the target",
    "cross_entropy": "nats a word",
}
"""A metric in words."""


@dataclass(frozen=True)
class Statement:
    """A figure of one row, or of how far it is above another's.

    Attributes:
        task, metric: whose figure.
        first, second: methods or references; without a second the figure itself.
        says: what is measured, in words; or with `source`, what a paper claims.
        source: authors and year of a published claim that first is above second; "" for none.
    """

    task: str
    metric: str
    first: str
    second: str = ""
    says: str = ""
    source: str = ""

    @property
    def rows(self) -> list[str]:
        """Those whose runs it reads."""
        return [name for name in (self.first, self.second) if name]

    @property
    def where(self) -> tuple[str, ...]:
        """What tells it from all others, and is its row of `found.csv`."""
        return (self.task, self.metric, self.first, self.second)


CLEAN, NOISE, CLOTHES = "coreset-clean", "coreset-noise", "coreset-fashion"
DIGITS_1, CLOTHES_1, CLOTHES_10 = "distill-mnist-1", "distill-fashion-1", "distill-fashion-10"

STATEMENTS = (
    Statement(CLEAN, "accuracy_1", "el2n", "random", "Hardest first at 1%: EL2N against random"),
    Statement(
        CLEAN,
        "accuracy_30",
        "el2n",
        "random",
        "At 30% the hardest examples are no worse than random ones",
        "Paul et al. 2021",
    ),
    Statement(CLEAN, "accuracy_1", "herding", "random", "Herding against random at 1%"),
    Statement(
        CLEAN, "accuracy_1", "facility_location", "random", "Facility location against random at 1%"
    ),
    Statement(
        CLEAN,
        "area",
        "ccs",
        "aum",
        "Coverage over strata is better than the hardest alone",
        "Zheng et al. 2023",
    ),
    Statement(
        NOISE, "area", "el2n", "random", "Hardest first under wrong labels: EL2N against random"
    ),
    Statement(
        NOISE, "area", "moderate", "random", "Moderate is better than random", "Xia et al. 2023"
    ),
    Statement(CLOTHES, "accuracy_30", "el2n", "random", "Hardest first on clothes at 30%"),
    Statement("debug-mnist", "auroc", "el2n", says="Wrong labels by EL2N"),
    Statement("debug-mnist", "auroc", "aum", says="Wrong labels by AUM"),
    Statement("debug-mnist", "auroc", "loss_reference", says="Wrong labels by a clean network"),
    Statement("debug-mnist", "auroc", "entropy", says="Wrong labels without looking at them"),
    Statement("debug-fashion", "auroc", "aum", "el2n", "AUM against EL2N where flips are pairs"),
    Statement("targeted-text", "target_share", "dsir", "random", "DSIR against random"),
    Statement("targeted-text", "cross_entropy", "dsir", "random", "DSIR against random"),
    Statement("targeted-text", "cross_entropy", "oracle", "random", "What there is to be gained"),
    Statement(
        "targeted-text", "cross_entropy", "dsir_smoothed", "dsir", "Counts smoothed by 1, or not"
    ),
    Statement("targeted-image", "target_share", "dsir", "random", "DSIR against random"),
    Statement(
        DIGITS_1,
        "accuracy",
        "dc",
        "random",
        "Matching gradients is better than real images",
        "Zhao et al. 2021",
    ),
    Statement(
        CLOTHES_1,
        "accuracy",
        "dm",
        "herding_of_real",
        "Matching means is better than herding",
        "Zhao and Bilen 2023",
    ),
    Statement(CLOTHES_1, "accuracy_mlp", "class_mean", "dm", "On an MLP, class means against DM"),
    Statement(CLOTHES_1, "others", "dm", "class_mean", "On other networks, DM against class means"),
    Statement(
        CLOTHES_1,
        "accuracy",
        "frepo",
        "mtt",
        "Regression on features is better than matching trajectories",
        "Zhou et al. 2022",
    ),
    Statement(
        CLOTHES_10,
        "accuracy",
        "mtt",
        "dm",
        "Matching trajectories is better than matching means",
        "Cazenavette et al. 2022",
    ),
    Statement(
        CLOTHES_10,
        "accuracy",
        "datm",
        "mtt",
        "Aligned difficulty is better than MTT",
        "Guo et al. 2024",
    ),
    Statement(
        CLOTHES_10,
        "accuracy",
        "dsa",
        "dc",
        "Augmenting while matching is better than not",
        "Zhao and Bilen 2021",
    ),
    Statement(
        CLOTHES_10,
        "accuracy",
        "sre2l",
        "random_soft",
        "SRe2L against real images that have the teacher's labels, too",
    ),
    Statement(
        CLOTHES_10,
        "accuracy",
        "cda",
        "sre2l",
        "A curriculum of crops is better than SRe2L",
        "Yin and Shen 2024",
    ),
    Statement(
        CLOTHES_10,
        "accuracy",
        "dwa",
        "sre2l",
        "Directed weights are better than SRe2L",
        "Du et al. 2024",
    ),
    Statement(
        CLOTHES_10,
        "accuracy",
        "rded",
        "sre2l",
        "Crops of real images are better than SRe2L",
        "Sun et al. 2024",
    ),
)


def read(path: Path = FOUND) -> dict[tuple[str, ...], Found]:
    """What was found of each statement, by its `where`; nothing where the file isn't there yet."""
    return kept.read(path, COLUMNS)


def sentence(statement: Statement, found: Found) -> str:
    """A statement with its figure and what it shows."""
    return kept.sentence(statement, WORDS[statement.metric], found)


def notes(task: str, found: Mapping[tuple[str, ...], Found]) -> tuple[str, ...]:
    """The sentences of a task, of which something was found."""
    return kept.notes(STATEMENTS, task, found, sentence)
