"""The statistics behind the tables: a package that can be used alone.

`summarise(frame)` computes every registered statistic of a plain frame with the columns method,
task, seed and value; docs/statistics.md has an example.

Each says its definition, shapes, units and source, and has a test worked out by hand. They take
arrays and know nothing of records. scipy stays out: importing `scipy.special` alone took 0.18 s,
half of what a whole `table` command may take, and Student's t has a closed form for whole degrees
of freedom, which is all that is needed here.
"""

from reports.statistics.difference import (
    LEAST_SEEDS,
    Difference,
    paired_difference,
    rounding_variance,
)
from reports.statistics.family import Place, holm, holm_level, places
from reports.statistics.lexicographic import lexicographic
from reports.statistics.moderation import NOTHING_KNOWN, Prior, fit_prior
from reports.statistics.normalise import normalised, span_of
from reports.statistics.pareto import pareto_front
from reports.statistics.power import power_of, seeds_needed
from reports.statistics.ranks import ranks
from reports.statistics.scores import Scores
from reports.statistics.stratified import StratifiedMean, stratified_mean
from reports.statistics.student import Interval, mean_interval, two_sided_p, two_sided_ps
from reports.statistics.summaries import STATISTICS, Statistic, statistic, summarise

__all__ = [
    "LEAST_SEEDS",
    "NOTHING_KNOWN",
    "STATISTICS",
    "Difference",
    "Interval",
    "Place",
    "Prior",
    "Scores",
    "Statistic",
    "StratifiedMean",
    "fit_prior",
    "holm",
    "holm_level",
    "lexicographic",
    "mean_interval",
    "normalised",
    "paired_difference",
    "pareto_front",
    "places",
    "power_of",
    "ranks",
    "rounding_variance",
    "seeds_needed",
    "span_of",
    "statistic",
    "stratified_mean",
    "summarise",
    "two_sided_p",
    "two_sided_ps",
]
