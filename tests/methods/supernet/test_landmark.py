"""Landmark regularisation: what a step trains, counted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
import torch

from suites.supernet.problem import Step, SupernetProblem
from tests.methods.supernet.invented import ask, invented, scorer_of


@dataclass
class Watched:
    """The steps that a problem makes, as they are asked for."""

    problem: SupernetProblem
    shares: list[float] = field(default_factory=list)
    rows: list[tuple[int, ...]] = field(default_factory=list)
    images: list[torch.Tensor] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        step = self.problem.step

        def watched(weights: Any, row: Any, images: Any, *rest: Any) -> Step:
            self.shares.append(self.problem.progress)
            self.rows.append(tuple(int(choice) for choice in row))
            self.images.append(images)
            made = step(weights, row, images, *rest)
            kept = {name: g.clone() for name, g in made.gradients.items()}  # a method may add to it
            self.steps.append(replace(made, gradients=kept))
            return made

        self.problem.step = watched  # type: ignore[method-assign]  # a spy: it makes the step


def ran(passes: float = 100, **params: Any) -> Watched:
    watched = Watched(invented("micro201", "landmark", passes=passes))
    scorer_of(watched.problem, "landmark", **params)
    return watched


def groups(watched: Watched) -> list[list[int]]:
    """The steps of each update: one alone, or a path and a pair."""
    sizes, position = [], 0
    landmarks = {tuple(int(c) for c in row) for row in watched.problem.pool}
    while position < len(watched.rows):
        pair = watched.rows[position + 1 : position + 3]
        size = 3 if len(pair) == 2 and set(pair) <= landmarks else 1
        sizes.append(list(range(position, position + size)))
        position += size
    return sizes


def test_half_the_budget_buys_landmarks_and_all_of_it_is_spent():
    watched = ran(passes=100)
    assert watched.problem._meter.spent["labels"] == 10  # 50 passes, 5 a label
    assert 0.97 < watched.problem.progress <= 1


@pytest.mark.parametrize(
    ("params", "labels"), [({"landmarks": 4}, 4), ({"spent": 0.2}, 4), ({"spent": 0.01}, 2)]
)
def test_landmarks_are_as_many_as_asked_for_and_at_least_two(params, labels):
    assert ran(**params).problem._meter.spent["labels"] == labels


def test_pairs_come_after_the_warm_up_alone_and_then_with_every_step():
    watched = ran(warm_up=0.5)
    bought = 0.5  # the share that labels took
    for group in groups(watched):
        done = (watched.shares[group[0]] - bought) / (1 - bought)
        assert (len(group) == 3) == (done >= 0.5)


def test_of_a_pair_the_worse_comes_first_and_both_see_one_batch_of_their_own():
    watched = ran(warm_up=0.0)
    size = watched.problem.space.count_parameters  # the invented accuracy
    for path, bad, good in groups(watched):
        rows = np.array([watched.rows[bad], watched.rows[good]], dtype=np.int8)
        worse, better = size(rows)
        assert worse < better
        assert watched.images[bad] is watched.images[good]
        assert watched.images[bad] is not watched.images[path]


def test_equal_landmarks_are_never_paired():
    problem = invented("micro201", "landmark", passes=100, truth=lambda space, rows: rows[:, 0] * 0)
    watched = Watched(problem)
    scorer_of(problem, "landmark", warm_up=0.0)
    assert all(len(group) == 1 for group in groups(watched))
    assert problem.progress > 0.97


def test_an_update_adds_the_pairs_gradients_where_its_order_is_wrong(monkeypatch):
    """total = g(path) + c (g(better) - g(worse)) if L(better) > L(worse), else g(path)."""
    updates: list[tuple[dict[str, torch.Tensor], float]] = []

    def keep(_problem: Any, _optimiser: Any, gradients: Any, share: float) -> None:
        updates.append(({name: g.clone() for name, g in gradients.items()}, share))

    monkeypatch.setattr("methods.supernet.landmark.update", keep)  # weights stay as they start
    watched = ran(warm_up=0.0, strength=4.0)
    wrong = 0
    for (path, bad, good), (total, share) in zip(groups(watched), updates, strict=True):
        steps = watched.steps
        coefficient = 2.0 * (1 - np.cos(np.pi * share))
        expected = dict(steps[path].gradients)
        if steps[good].loss > steps[bad].loss:
            wrong += 1
            for number, sign in ((good, 1.0), (bad, -1.0)):
                for name, g in steps[number].gradients.items():
                    expected[name] = expected.get(name, 0.0) + sign * coefficient * g
        assert expected.keys() == total.keys()
        for name, value in expected.items():
            torch.testing.assert_close(total[name], value)
    assert 0 < wrong < len(updates)


def test_a_ranking_loss_turns_the_order_of_landmarks():
    """Labelled against their size, the landmarks are ranked more so with the term than without."""
    orders = []
    for strength in (10.0, 0.0):
        problem = invented(
            "micro201",
            "landmark",
            passes=500,
            truth=lambda space, rows: -space.count_parameters(rows),
        )
        scorer = scorer_of(problem, "landmark", strength=strength, landmarks=6)
        size = problem.space.count_parameters(problem.pool)
        orders.append(np.corrcoef(ask(problem, scorer, problem.pool), size)[0, 1])
    assert orders[0] < orders[1]
