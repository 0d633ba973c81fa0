"""The sentences under tables: what rows are ranked by, what ties mean, what failed runs count as.

Not here: tables (reports.tables), findings about the data (leaderboard.findings).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isnan
from typing import TYPE_CHECKING, Any

from reports.criteria import in_score, ordering_metrics, worst
from reports.ranking import ranking

if TYPE_CHECKING:
    from bench.contract.metric import Metric
    from bench.contract.suite import Suite, Task
    from reports.board import Board

RULE = (
    "a run that failed or was never made counts as the worst that it could be (the lower of 0 and "
    "the task's worst row) and stays in every mean"
)
COUNTED = "the figure beside it counts the tasks (in a task's table: the seeds) touched."
UNMETERED = "‡ Some runs took more CPU time than their FLOPs explain, so they did unmetered work:"


def notes(
    boards: Sequence[Board], rows: Sequence[Mapping[str, Any]], task: Task | None = None
) -> list[str]:
    """Every sentence that a table of these tracks needs.

    Args:
        task: which one the table is of; by default it is over all that have a scale.
    """
    tracks = {board.track.title: [task] if task else board.ranked_tasks for board in boards}
    sentences: list[str] = []
    if not task:
        sentences += _said_once({b.track.title: ranked_over_note(b) for b in boards})
    if any(row.get("rank") for row in rows):
        sentences += [
            *_of_tracks(order_note, tracks),
            *_of_tracks(ties_note, tracks),
            BEHIND_NOTE,
        ]
        sentences += [
            contradictions_note(board, [task.name] if task else board.ranked) for board in boards
        ]
    if any(row["failed"] for row in rows):
        sentences += _of_tracks(missing_note, tracks)
    if len(boards) > 1:
        sentences.append("Tracks are ranked apart.")
    unmetered = [row["label"] for row in rows if row["unmetered"] and row["kind"] != "reference"]
    if unmetered:
        sentences.append(f"{UNMETERED} {', '.join(dict.fromkeys(unmetered))}.")
    return [sentence for sentence in sentences if sentence]


def ranked_over_note(board: Board) -> str:
    """Which tasks a track's ranking is over; "" where it is over all."""
    if board.ranked == board.scored:
        return ""
    *most, last = board.ranked
    over = f"{', '.join(most)} and {last}" if most else last
    able = f"{len(board.applicable(board.ranked))} of {len(board.rows)} rows"
    return (
        f"Ranked over {over}, which {able} can do: the most rows times tasks. Each other "
        "task has a ranking of its own."
    )


def contradictions_note(board: Board, tasks: Sequence[str]) -> str:
    """Which rows share a rank though one is surely better than the other; "" if none do.

    "Surely better" isn't transitive, so that as many rows may be surely better than both.
    """
    if not set(tasks) <= set(board.scored):
        return ""
    found = [
        f"{ranked.row.label} than {' and '.join(ranked.over)} (rank {ranked.place.rank})"
        for ranked in ranking(board, tasks)
        if ranked.over
    ]
    return f"Surely better within one rank: {'; '.join(found)}." if found else ""


def _of_tracks(
    note: Callable[[Sequence[Task]], str], tracks: Mapping[str, Sequence[Task]]
) -> list[str]:
    """A sentence on tracks' rankings: once where it is the same of all, else of each track.

    Args:
        tracks: title -> the tasks that the track's ranking is over.
    """
    return _said_once({title: note(tasks) for title, tasks in tracks.items()})


def _said_once(said: Mapping[str, str]) -> list[str]:
    """A sentence on each track, by its title: once where it is the same of all."""
    if len(set(said.values())) == 1:
        return [sentence for sentence in list(said.values())[:1] if sentence]
    return [f"{title}: {sentence}" for title, sentence in said.items() if sentence]


def skipped(row: Mapping[str, Any]) -> bool:
    """Whether every run of a task table's row was skipped: `reports.board.Cell.skipped`."""
    return str(row.get("statuses") or "") == f"skipped:{row.get('runs')}"


def skipped_note(suite: Suite, task: Task, rows: Sequence[Mapping[str, Any]]) -> str:
    """Which methods were skipped on a task, by the need that it lacks; "" if none was."""
    lacking: dict[str, list[str]] = {}
    for row in rows:
        missing = [need for need in row["needs"].split() if need not in task.offers]
        if row["kind"] != "reference" and skipped(row):
            titles = ", ".join(need.title for need in suite.needs if need.name in missing)
            lacking.setdefault(titles, []).append(row["label"])
    words = [f"{', '.join(labels)} (lacks {need})" for need, labels in lacking.items() if need]
    return f"Skipped on this task: {'; '.join(words)}." if words else ""


def ties_note(tasks: Sequence[Task]) -> str:
    """What a rank over those tasks means."""
    several = "in each of these " if ordering_metrics(tasks) else ""
    without = (
        " A row without any result is worse than one that has one."
        if ordering_metrics(tasks)
        else ""
    )
    return (
        "Rank: 1 + the rows that are surely better; beside it the ranks that the tests leave, = "
        f"where that is more than one. Every two rows are tested {several}(moderated paired t-test "
        "over seeds within tasks), Holm's correction over all of it, 5%: these tasks, new seeds."
        f"{without}"
    )


BEHIND_NOTE = (
    "Behind the lead: the paired difference to the best row of rank 1. Its interval is of the same "
    "tests as the ranks, so wider than a 95% interval alone: it leaves out 0 exactly where they "
    "tell the row from the lead."
)


def missing_note(tasks: Sequence[Task]) -> str:
    """What a run without a result counts as in a ranking over those tasks."""
    text = rule(tasks)
    return f"† {text[0].upper()}{text[1:]}; {COUNTED}"


def rule(tasks: Sequence[Task]) -> str:
    """The same as part of a sentence."""
    metrics = ordering_metrics(tasks)
    if not metrics:
        return RULE
    words = ", ".join(_worst(tasks, metric) for metric in metrics)
    return (
        f"a run that failed or was never made counts as the worst that it could be ({words}) and "
        "stays in every mean"
    )


def order_note(tasks: Sequence[Task]) -> str:
    """What rows are ranked by over tasks that name their metrics; "" where it is the score."""
    metrics = ordering_metrics(tasks)
    if not metrics:
        return ""
    by = " (0 at the floor, 1 at the ceiling)"
    parts = [
        m.title.lower() + (by if in_score(tasks, m) else f" ({m.better} is better)")
        for m in metrics
    ]
    absent = any(isnan(worst(m)) and not in_score(tasks, m) for m in metrics)
    return (
        f"Ranked by {', then '.join(parts)}, each the mean over tasks of the mean over seeds."
        + (
            " Not applicable (–) ranks after every number; the fewer such runs, the better."
            if absent
            else ""
        )
    )


def _worst(tasks: Sequence[Task], metric: Metric) -> str:
    title = metric.title.lower()
    if in_score(tasks, metric):
        return f"{title} the lower of 0 and the task's worst row"
    return f"{title} not applicable" if isnan(worst(metric)) else f"{title} {worst(metric):.0f}"
