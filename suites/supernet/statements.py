"""What the suite says of itself: claims of papers and of its makers, each with a figure found here.

A statement names a figure, or a difference of two methods' figures, and the words around it; its
number and verdict come from `found.csv`, which `python -m suites.supernet.findings --write` makes
from the published records. So no sentence of a task's notes is written by hand after a number.
Here: plain data, read without torch. Not here: computing figures and their intervals
(suites.supernet.findings).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from suites.common import found as kept
from suites.common.found import Found

FOUND = Path(__file__).parent / "found.csv"
COLUMNS = ("task", "list", "figure", "first", "second")
"""What tells a statement from all others, as `found.csv` names it."""

PARAMS = "params"

PAIRS = {
    "tau": "tau",
    "tau_equal_parameters": "tau over pairs of equal size",
    "tau_equal_chain": "tau over pairs of equal size and chain",
}
"""A figure in words."""


@dataclass(frozen=True)
class Statement:
    """A figure of one method, or of how far it is above another's.

    Attributes:
        task, listed: whose architectures; "" for a task's only list.
        figure: a figure of suites.supernet.figures.
        first, second: methods, or the reference `params`; without a second the figure itself.
        says: what is measured, in words; or with `source`, what a paper claims.
        source: authors and year of a published claim that first is above second; "" for none.
    """

    task: str
    listed: str
    figure: str
    first: str
    second: str = ""
    says: str = ""
    source: str = ""

    @property
    def methods(self) -> list[str]:
        """Those whose runs it reads."""
        return [name for name in (self.first, self.second) if name]

    @property
    def metric(self) -> str:
        """The task's metric that the figure is."""
        return "_".join(part for part in (self.figure, self.listed) if part)

    @property
    def where(self) -> tuple[str, ...]:
        """What tells it from all others, and is its row of `found.csv`."""
        return (self.task, self.listed, self.figure, self.first, self.second)


_equal = partial(Statement, "micro201", "equal")
_free = partial(Statement, "micro201", "free")
_macro = partial(Statement, "macro", "free")
_band = partial(Statement, "macro", "band")
_pooling = partial(Statement, "pooling", "")
_nb201 = partial(Statement, "nb201")
_nbgraph = partial(Statement, "nbgraph", "")

SETS = {"cifar10": "CIFAR-10", "cifar100": "CIFAR-100", "imagenet": "ImageNet16-120"}
"""The data sets of NAS-Bench-201, which are its task's lists."""

STATEMENTS = (
    _equal("tau", "spos", says="A supernet ranks what a count of parameters can't: SPOS, `equal`"),
    _equal("tau", "fairnas", says="FairNAS, `equal`"),
    _equal("tau", "spos", "chain", says="SPOS against the longest chain of convolutions, `equal`"),
    _equal("tau", "spos", "synflow", says="SPOS against SynFlow, `equal`"),
    _equal(
        "tau_equal_chain",
        "spos",
        says="Training shows where both counts know nothing: SPOS, `equal`",
    ),
    _equal("tau_equal_chain", "spos", "synflow", says="SPOS against SynFlow, `equal`"),
    _free("tau", "spos", PARAMS, says="SPOS against a count of parameters, `free`"),
    _free("tau_equal_parameters", "spos", says="SPOS, `free`"),
    _equal(
        "tau",
        "fairnas",
        "spos",
        says="FairNAS ranks better than uniform paths",
        source="Chu et al. 2021",
    ),
    _equal(
        "tau", "sumnas", "fairnas", says="SumNAS ranks better than FairNAS", source="Ha et al. 2022"
    ),
    _equal(
        "tau",
        "panda",
        "spos",
        says="PA&DA ranks better than uniform paths",
        source="Lu et al. 2023",
    ),
    _equal(
        "tau",
        "fewshot",
        "spos",
        says="Few supernets rank better than one",
        source="Zhao et al. 2021",
    ),
    _equal(
        "tau",
        "gm_fewshot",
        "fewshot",
        says="Splitting by gradients ranks better than few-shot NAS",
        source="Hu et al. 2022",
    ),
    _equal(
        "tau",
        "mixture_supernet",
        "spos",
        says="Mixing experts by architecture ranks better than uniform paths",
        source="Jawahar et al. 2023",
    ),
    _macro("tau", PARAMS, says="Plain tau is size's own: parameters, `free`"),
    _macro("tau", "spos", PARAMS, says="SPOS against a count of parameters, `free`"),
    _band("tau", "spos", says="SPOS, `band`"),
    _band("tau", "spos", "depth3", says="SPOS against counting 3x3 kernels, `band`"),
    _band("tau", "sandwich", "spos", says="The sandwich rule against uniform paths, `band`"),
    _band(
        "tau",
        "spos_untangled",
        "spos",
        says="Weights of its own for each choice against shared ones, `band`",
    ),
    _pooling("tau", "spos", says="One supernet, by each batch's statistics"),
    _pooling(
        "tau",
        "spos_running",
        "spos",
        says="One supernet by running statistics that all paths share, against the batch's",
    ),
    _pooling(
        "tau",
        "balanced_mixture",
        "spos",
        says="A balanced mixture of supernets ranks better than one",
        source="Javan et al. 2023",
    ),
    _pooling(
        "tau",
        "balanced_mixture_running",
        "spos_running",
        says="Both by shared running statistics, a balanced mixture against one supernet",
    ),
    _pooling(
        "tau",
        "late_pooling",
        "spos",
        says="Reading how late maps are halved, without training, against one supernet",
    ),
    *(
        _nb201(name, "tau", PARAMS, says=f"A count of parameters, {title}")
        for name, title in SETS.items()
    ),
    *(
        _nb201(name, "tau_equal_parameters", "gbdt", says=f"LightGBM on labels, {title}")
        for name, title in SETS.items()
    ),
    _nbgraph("tau", PARAMS, says="A count of parameters"),
    _nbgraph("tau", "gbdt", PARAMS, says="LightGBM on labels against a count of parameters"),
)


def read(path: Path = FOUND) -> dict[tuple[str, ...], Found]:
    """What was found of each statement, by its `where`; nothing where the file isn't there yet."""
    return kept.read(path, COLUMNS)


def sentence(statement: Statement, found: Found) -> str:
    """A statement with its figure and what it shows."""
    return kept.sentence(statement, PAIRS[statement.figure], found, by="the largest budget and ")


def notes(task: str, found: Mapping[tuple[str, ...], Found]) -> tuple[str, ...]:
    """The sentences of a task, of which something was found."""
    return kept.notes(STATEMENTS, task, found, sentence)
