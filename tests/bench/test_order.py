"""bench.contract.suite: a task says what its rows are ranked by."""

import pytest

from reports.criteria import ordering_metrics
from tests.reports.invented_order import ORDER, ordered_suite, ordered_task


def test_a_task_names_the_metrics_that_its_rows_are_ranked_by() -> None:
    assert [m.name for m in ordering_metrics([ordered_task("first")])] == list(ORDER)


def test_it_must_have_every_such_metric() -> None:
    with pytest.raises(ValueError, match="'first' is ordered by speed, which it has no metric of"):
        ordered_suite(ordered_task("first", ordered_by=("failures", "speed")))


def test_a_task_that_names_none_is_ranked_by_the_score() -> None:
    assert ordering_metrics([ordered_task("first", ordered_by=())]) == ()


def test_tasks_that_name_different_metrics_are_ranked_together_by_the_score() -> None:
    assert ordering_metrics([ordered_task("first"), ordered_task("second", ordered_by=())]) == ()
    assert ordering_metrics([]) == ()
