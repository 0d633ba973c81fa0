"""bench.contract.suite: a suite says what its rows are ranked by."""

import pytest

from reports.criteria import ordering_metrics
from tests.reports.invented_order import ORDER, ordered_suite


def test_a_suite_names_the_metrics_that_its_rows_are_ranked_by() -> None:
    assert ordered_suite().ordered_by == ORDER


def test_every_task_must_have_every_such_metric() -> None:
    with pytest.raises(ValueError, match="ordered by speed, which its task 'first' has no metric"):
        ordered_suite(ordered_by=("failures", "speed"))


def test_a_suite_that_names_none_is_ranked_by_the_score() -> None:
    assert ordering_metrics(ordered_suite(ordered_by=())) == ()
