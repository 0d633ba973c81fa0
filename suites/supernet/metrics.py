"""What a list of architectures is measured by, as plain data without torch.

A task has one list or several; each metric's name and title end with the list's, e.g. `tau_free`,
`Tau, free`, or with nothing where the task has one alone. Names without it are those of
suites.supernet.figures, in the same order. Here: columns of a list, its curve over budgets, its
matrix of ranks. Not here: computing them (suites.supernet.measures), which a task takes
(suites.supernet.tasks).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf

from bench.contract.metric import Entry, Metric, Point


def _correlation(name: str, title: str, meaning: str) -> Metric:
    return Metric(
        name=name, title=title, unit="", better="high", meaning=meaning, range=(-1.0, 1.0)
    )


def _share(name: str, title: str, meaning: str) -> Metric:
    return Metric(name=name, title=title, unit="fraction", better="high", meaning=meaning)


def _points(name: str, title: str, meaning: str) -> Metric:
    return Metric(
        name=name, title=title, unit="points", better="low", meaning=meaning, range=(0.0, 100.0)
    )


FIGURES = (
    _correlation(
        "tau",
        "Tau",
        "Kendall's tau-b of predicted and true ranks over all pairs; it can't tell knowledge of "
        "architectures from counting their parameters.",
    ),
    _correlation(
        "tau_equal_parameters",
        "Tau, equal size",
        "Tau over pairs of equal parameters, 0 for whatever counts them; it can't tell how sizes "
        "are ranked against each other, nor training from reading the structure.",
    ),
    _correlation(
        "tau_equal_chain",
        "Tau, equal size and chain",
        "Tau over pairs of equal parameters and equally many convolutions on one path, where "
        "structure says little; it is over fewer pairs, so it is noisier.",
    ),
    _correlation(
        "tau_sparse",
        "Sparse tau",
        "Tau where differences within a bin as wide as the truth's standard error are ties; values "
        "beside a bin's edge count as different still.",
    ),
    _correlation(
        "spearman",
        "Spearman",
        "Correlation of predicted and true ranks; ranking good above bad gives much of it, so it "
        "can't tell whether the best are told apart.",
    ),
    _correlation(
        "tau_top25",
        "Tau, top 25%",
        "Tau among the truth's best quarter; it can't be read without its ceiling, as noise is a "
        "large part of the differences there.",
    ),
    _correlation(
        "tau_top10",
        "Tau, top 10%",
        "Tau among the truth's best tenth; it can't be read without its ceiling, as noise is most "
        "of the differences there.",
    ),
    _correlation(
        "tau_top25_by_loss",
        "Tau, top 25% by loss",
        "Tau among the quarter with the lowest true loss, ranked by loss, which is less noisy; it "
        "can't tell who predicts accuracy.",
    ),
    _share(
        "precision5",
        "Precision at 5%",
        "Share of the predicted best 5% that are among the true best 5%, .05 by chance; it can't "
        "tell a near miss from a far one.",
    ),
    _share(
        "precision10",
        "Precision at 10%",
        "Share of the predicted best 10% that are among the true best 10%, .1 by chance; it can't "
        "tell a near miss from a far one.",
    ),
    Metric(
        name="best_rank10",
        title="Best rank of 10",
        unit="",
        better="low",
        meaning="The best true rank among the predicted ten best, 1 at best; it can't tell how "
        "much worse in accuracy that is, and it grows with the list.",
        range=(1.0, inf),
    ),
    _points(
        "regret1",
        "Regret at 1",
        "Points of accuracy between the best architecture and the predicted best; one architecture "
        "decides it, so it varies much from seed to seed.",
    ),
    _points(
        "regret10",
        "Regret at 10",
        "Points of accuracy between the best architecture and the best of the predicted ten best; "
        "it can't tell who found that one among the ten.",
    ),
    Metric(
        name="infinities",
        title="Infinities",
        unit="",
        better="low",
        meaning="How many architectures had an infinite score, which ranks them last; it can't "
        "tell whether that was meant.",
        range=(0.0, inf),
    ),
)
"""In the order of columns; of which the lists without a chain or losses have none."""

CURVES = ("tau", "tau_equal_parameters", "regret10")
"""Figures that are also shown over budgets."""

RANK_BINS = 5
"""Into how many parts the predicted and the true ranking are cut for a list's matrix."""


def list_metrics(name: str, title: str, *, chain: bool, loss: bool = False) -> tuple[Metric, ...]:
    """The columns of a list, as they are at the largest budget.

    Args:
        name, title: of the list, e.g. `free` and `free`; both "" where the task has one alone.
        chain: whether it has pairs of equal chain.
        loss: whether its top is also ranked by loss.
    """
    return tuple(_of_list(metric, name, title) for metric in FIGURES if _has(metric, chain, loss))


def curve_metrics(
    name: str, title: str, budgets: Sequence[int], *, chain: bool, axis: str = "passes"
) -> tuple[Point, ...]:
    """The figures in CURVES of a list at each budget, e.g. `tau_free_2000`.

    Args:
        budgets: of what the axis says, in ascending order.
    """
    return tuple(
        Point(
            name=f"{metric.name}_{budget}",
            title=f"{metric.title}, {budget:,} {axis}",
            unit=metric.unit,
            better=metric.better,
            meaning=metric.meaning,
            range=metric.range,
            curve=metric.title,
            axis=axis,
            x=budget,
        )
        for metric in list_metrics(name, title, chain=chain)
        if metric.name in {_joined(figure, name) for figure in CURVES}
        for budget in budgets
    )


def rank_metrics(name: str, title: str, bins: int) -> tuple[Entry, ...]:
    """The matrix of a list: shares of its architectures by predicted and true rank.

    Entry `ranks_free_1_2` is of those predicted among the best part of `bins` and truly in the
    second; as suites.supernet.measures.joint_ranks has them.
    """
    heading = f"Ranks, {title}" if title else "Ranks"
    return tuple(
        Entry(
            name=f"{_joined('ranks', name)}_{row}_{column}",
            title=f"{heading}: predicted {row} of {bins}, true {column}",
            unit="fraction",
            better="high",
            meaning="Share of the architectures by parts of the predicted and of the true ranking, "
            "the best first; it can't tell ranks within a part.",
            matrix=heading,
            row=row,
            column=column,
            row_axis="predicted fifth",
            column_axis="true fifth",
        )
        for row in range(1, bins + 1)
        for column in range(1, bins + 1)
    )


def _has(metric: Metric, chain: bool, loss: bool) -> bool:
    return (chain or metric.name != "tau_equal_chain") and (
        loss or metric.name != "tau_top25_by_loss"
    )


def _of_list(metric: Metric, name: str, title: str) -> Metric:
    return replace(
        metric,
        name=_joined(metric.name, name),
        title=f"{metric.title}, {title}" if title else metric.title,
    )


def _joined(figure: str, name: str) -> str:
    return f"{figure}_{name}" if name else figure
