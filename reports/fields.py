"""What the columns of CSV and JSON mean: names, types, units, one list for every suite.

Here: the list, and which of it the tables of a suite and of a task have. A column whose name holds
another's (`metric.accuracy`) is listed once with NAME for it; its unit is then the metric's, which
its task declares. Not here: the formats (reports.formats), the pages made of this list
(reports.schema), how the values come about (reports.tables).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reports import summaries

SUITE, TASK = "suite", "task"
"""The tables of `python -m bench table`: rows over a suite's tasks, rows of one task."""

THE_METRICS = "the metric's"


@dataclass(frozen=True, kw_only=True)
class Field:
    """One column, or those that differ in a metric's or a task's name.

    Attributes:
        name: as in the header; NAME stands for a metric's or a task's.
        type: `string`, `integer`, `number` or `boolean`.
        unit: `FLOP`, `s`, `B`, `score` (0 at the floor, 1 at the ceiling), …; "" for none.
        meaning: one sentence, with what its lack means where it may be missing.
        nullable: whether there may be no value: null in JSON, empty in CSV.
        tables: which of `SUITE` and `TASK` have it.
    """

    name: str
    type: str
    meaning: str
    unit: str = ""
    nullable: bool = False
    tables: tuple[str, ...] = (SUITE, TASK)

    @property
    def named(self) -> bool:
        """Whether its name holds a metric's or a task's."""
        return "NAME" in self.name

    @property
    def pattern(self) -> str:
        """A regular expression that all names of it match."""
        before, _, after = self.name.partition("NAME")
        return f"^{re.escape(before)}.+{re.escape(after)}$"


def _interval(name: str, unit: str, tables: tuple[str, ...], over: str) -> tuple[Field, ...]:
    """The ends of a value's interval."""
    return tuple(
        Field(
            name=f"{name}_{end}",
            type="number",
            unit=unit,
            nullable=True,
            tables=tables,
            meaning=f"The {which} end of the interval of `{name}`, {over}.",
        )
        for end, which in (("low", "lower"), ("high", "upper"))
    )


SEEDS = "95%, over new seeds on these tasks"
APART = "at the level of the ranks' tests: it leaves out 0 exactly where they tell the two apart"
BOTH = (SUITE, TASK)

FIELDS = (
    Field(name="suite", type="string", meaning="The suite's name."),
    Field(name="task", type="string", meaning="The task's name.", tables=(TASK,)),
    Field(name="tier", type="string", meaning="`smoke`, `small` or `full`."),
    Field(name="track", type="string", meaning="The ranking that the row belongs to."),
    Field(
        name="rank",
        type="integer",
        nullable=True,
        meaning="1 + the number of rows that are surely better; none of references and of rows "
        "that can't do every task of the track.",
    ),
    Field(
        name="tied",
        type="boolean",
        nullable=True,
        meaning="Whether the tests leave the row more than one rank.",
    ),
    Field(name="rank_low", type="integer", nullable=True, meaning="The best rank left to it."),
    Field(name="rank_high", type="integer", nullable=True, meaning="The last rank left to it."),
    Field(
        name="coverage",
        type="string",
        tables=(SUITE,),
        meaning="`4 of 5` for a row that can't do every task; empty for all others.",
    ),
    Field(name="method", type="string", meaning="The method's or reference's name."),
    Field(name="variant", type="string", meaning="`default` or `tuned`."),
    Field(name="title", type="string", meaning="What the method is called."),
    Field(name="label", type="string", meaning="The title with the variant, as tables show it."),
    Field(name="kind", type="string", meaning="`method` or `reference`."),
    Field(name="role", type="string", meaning="`floor`, `ceiling` or `scale`; empty of methods."),
    Field(
        name="score",
        type="number",
        unit="score",
        nullable=True,
        meaning="Mean over tasks of the mean over seeds; runs without a result count as the worst "
        "that they could be. None where nothing scales it.",
    ),
    *_interval("score", "score", BOTH, SEEDS),
    Field(
        name="behind",
        type="number",
        unit="score, or the unit of the metric that `behind_in` names",
        nullable=True,
        meaning="Paired difference to the lead, which is 0 behind itself.",
    ),
    *_interval("behind", "as `behind`", BOTH, APART),
    Field(
        name="behind_in",
        type="string",
        nullable=True,
        meaning="What `behind` is in: `score`, or a metric's title, with `n/a` for the share of "
        "runs that it isn't applicable to. Empty for the lead.",
    ),
    Field(
        name="mean_rank",
        type="number",
        unit="ranks",
        nullable=True,
        tables=(SUITE,),
        meaning="Mean over tasks and seeds of the rank there.",
    ),
    *_interval("new_tasks", "score", (SUITE,), "95%, of the score over new tasks of this kind"),
    Field(
        name="order.NAME",
        type="number",
        unit=THE_METRICS,
        nullable=True,
        meaning="Where rows are ranked by metrics: the mean of one, normalised like the score "
        "where it is part of it.",
    ),
    *_interval("order.NAME", THE_METRICS, BOTH, SEEDS),
    Field(
        name="order.NAME_absent",
        type="integer",
        unit="runs",
        nullable=True,
        meaning="To how many runs that metric wasn't applicable.",
    ),
    Field(
        name="axis.NAME",
        type="number",
        unit="score",
        nullable=True,
        tables=(SUITE,),
        meaning="The mean of one of the metrics that the score is made of, normalised like it.",
    ),
    Field(
        name="score.NAME",
        type="number",
        unit="score",
        nullable=True,
        tables=(SUITE,),
        meaning="The score on one task; none where the row can't do it.",
    ),
    Field(
        name="metric.NAME",
        type="number",
        unit=THE_METRICS,
        nullable=True,
        tables=(TASK,),
        meaning="Mean of a metric over the seeds that finished.",
    ),
    *_interval("metric.NAME", THE_METRICS, (TASK,), "95%, Student's over seeds"),
    Field(
        name="flops",
        type="number",
        unit="FLOP",
        nullable=True,
        meaning="What a run spends, a mean like the score; skipped runs are left out. What its "
        "suite asked of it beside, which no budget limits (a supernet's ranking), is in it.",
    ),
    Field(
        name="seconds",
        type="number",
        unit="s",
        nullable=True,
        meaning="Wall time of a run, a mean as above.",
    ),
    Field(
        name="peak_memory",
        type="number",
        unit="B",
        nullable=True,
        meaning="Peak memory of a run above what its process starts with, a mean as above.",
    ),
    Field(name="needs", type="string", meaning="What it is given, names with spaces between."),
    Field(
        name="standing",
        type="string",
        meaning="The weakest of its records: `self-reported`, `reproduced` or `maintainer-run`.",
    ),
    Field(name="runs", type="integer", unit="runs", meaning="How many records it has."),
    Field(
        name="failed",
        type="integer",
        unit="runs",
        meaning="How many runs are without a result, those never made among them, skipped ones "
        "not.",
    ),
    Field(
        name="statuses",
        type="string",
        meaning="How often each status but `ok` occurs, e.g. `over_budget:5 timeout:2`.",
    ),
    Field(
        name="unmetered",
        type="integer",
        unit="runs",
        meaning="How many runs took more CPU time than their FLOPs explain.",
    ),
    Field(
        name="tasks_failed",
        type="integer",
        unit="tasks",
        tables=(SUITE,),
        meaning="On how many tasks runs are without a result.",
    ),
    *(
        Field(
            name=column,
            type="number",
            unit="score" if column == "interquartile_mean" else "share",
            nullable=True,
            tables=(SUITE,),
            meaning=statistic.meaning,
        )
        for statistic in summaries.shown()
        for column in summaries.columns_of(statistic)
    ),
    *(
        Field(
            name=column,
            type="boolean",
            nullable=True,
            tables=(SUITE,),
            meaning=f"Whether no ranked row of the track has as good a score at no more {cost}, "
            "and is better in one of both.",
        )
        for cost, column in summaries.FRONTS.items()
    ),
)
"""Every column, in the order of the tables, suite's and task's together."""


def of_table(table: str) -> tuple[Field, ...]:
    """The fields that the rows of one kind of table have."""
    return tuple(field for field in FIELDS if table in field.tables)
