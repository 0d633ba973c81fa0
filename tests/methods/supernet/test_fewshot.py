"""Few-shot supernets: what their children train, start from, share out and answer for."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from methods.supernet.gm_fewshot import halves
from suites.supernet.children import Child, losses
from suites.supernet.matching import gradient_distances, one_minus_cosine, split
from suites.supernet.optimiser import Optimiser
from suites.supernet.paths import every, fixed
from tests.methods.supernet.frame import problem_of, run, watched


def spent(steps):
    return sum(one.cost for one in steps)


@pytest.mark.parametrize(("task", "choices"), [("micro201", 5), ("macro", 9)])
def test_fewshot_trains_a_base_and_then_each_choice_of_the_first_place_alone(task, choices):
    passes = 300
    problem = problem_of(task, passes)
    seen = watched(problem)
    run("fewshot", problem)
    part = passes / (choices + 2)
    sums = np.cumsum([one.cost for one in seen])
    start = int(np.searchsorted(sums, 2 * part))
    # Updates come on top of the steps' cost, so the base ends a little earlier.
    while seen[start - 1].path[0] == 0:
        start -= 1
    base, rest = seen[:start], seen[start:]
    assert {one.path[0] for one in base} == set(range(choices))
    firsts = [one.path[0] for one in rest]
    assert firsts == sorted(firsts)
    for choice in range(choices):
        own = [one for one in rest if one.path[0] == choice]
        assert spent(own) == pytest.approx(
            part, abs=5
        )  # a step is up to 2, and updates come on top
        assert len({one.path for one in own}) > 1


def test_fewshot_children_start_from_the_base_and_matched_leaves_start_anew():
    # With a rate of 0 nothing moves: a child is the base, a leaf is a draw of its own.
    problem = problem_of("micro201", 200, rate=0.0, decay=0.0)
    base = problem.network.weights(torch.Generator().manual_seed(0))
    expected = -problem_of("micro201", 900).losses(base, problem.architectures)
    assert np.array_equal(run("fewshot", problem).scores, expected)
    again = problem_of("micro201", 200, rate=0.0, decay=0.0)
    assert not (run("gm_fewshot", again).scores == expected).any()


def test_an_architecture_is_answered_for_by_the_child_that_holds_it():
    problem = problem_of("micro201", 900)
    whole, network = every(problem.space), problem.network
    children = [
        Child(fixed(whole, 0, group), network.weights(torch.Generator().manual_seed(seed)))
        for seed, group in enumerate([(0, 3), (1, 2, 4)])
    ]
    found = losses(problem, children, problem.architectures)
    for row, loss in zip(problem.architectures, found, strict=True):
        child = children[0] if row[0] in (0, 3) else children[1]
        assert loss == problem.losses(child.weights, row[None])[0]


def test_the_cosine_distance_is_worked_out_by_hand():
    # cos((1,0),(0,2)) = 0; cos((1,0),(3,3)) = 1/sqrt 2; of zeros 0 / (0 + 1e-6) = 0
    vectors = torch.tensor([[1.0, 0.0], [0.0, 2.0], [3.0, 3.0], [0.0, 0.0]])
    half = 1 - 0.5**0.5
    expected = [[0, 1, half, 1], [1, 0, half, 1], [half, half, 0, 1], [1, 1, 1, 0]]
    np.testing.assert_allclose(one_minus_cosine(vectors), expected, atol=1e-6)


def test_a_split_keeps_together_what_pulls_alike():
    # Pairs at distance 1, but .1 of 1 and 3, and .5 among 0, 2, 4.
    distances = np.ones((5, 5))
    distances[1, 3] = distances[3, 1] = 0.1
    for i in (0, 2, 4):
        for j in (0, 2, 4):
            distances[i, j] = 0.5
    np.fill_diagonal(distances, 0)
    found = split(2, distances)
    # inside: .1 + 3 x .5; between: 6 pairs at 1
    assert found.place == 2
    assert found.groups == ((1, 3), (0, 2, 4))
    assert found.gain == pytest.approx(6)


def test_distances_are_of_gradients_on_one_batch_and_path_without_the_places_own_weights():
    problem = problem_of("micro201", 900, images=16)
    weights = problem.network.weights(problem.generator)
    seen = watched(problem)
    distances = gradient_distances(problem, weights, every(problem.space), 1, 16)
    assert [one.path[1] for one in seen] == [0, 1, 2, 3, 4]
    assert len({one.path[:1] + one.path[2:] for one in seen}) == 1
    assert len({one.images.data_ptr() for one in seen}) == 1
    own = {*problem.network.weights_of(1, 2), *problem.network.weights_of(1, 3)}
    assert len(own) == 2
    vectors = []
    for one in seen:
        gradients = (
            problem_of("micro201").step(weights, one.path, one.images, one.targets).gradients
        )
        vectors.append(
            torch.cat(
                [
                    gradients.get(name, torch.zeros_like(weight)).flatten()
                    for name, weight in weights.items()
                    if name not in own
                ]
            )
        )
    for i in range(5):
        for j in range(5):
            cos = torch.cosine_similarity(vectors[i], vectors[j], dim=0) if i != j else 1
            assert distances[i, j] == pytest.approx(1 - float(cos), abs=1e-3)


@pytest.mark.parametrize("task", ["micro201", "macro"])
def test_two_splits_share_out_a_space_into_four_parts(task):
    problem = problem_of(task, 900)
    weights = problem.network.weights(problem.generator)
    halved = halves(problem, Child(every(problem.space), weights), 0.02)
    quarters = [q for half in halved for q in halves(problem, Child(half, weights), 0.02)]
    assert len(quarters) == 4
    for row in problem.network.sample(problem.generator, 100):
        assert sum(Child(quarter, weights).holds(row) for quarter in quarters) == 1
    for half in halved:
        (place,) = [p for p, c in enumerate(half) if c != every(problem.space)[p]]
        number = len(problem.space.choices[place])
        assert len(half[place]) in (2, number - 2)


def test_a_split_takes_about_its_share_of_the_budget():
    problem = problem_of("micro201", 900)
    weights = problem.network.weights(problem.generator)
    halves(problem, Child(every(problem.space), weights), 0.04)
    assert problem.progress == pytest.approx(0.04, abs=0.01)


def test_matched_fewshot_trains_a_root_two_parts_and_four_leaves_for_20_20_and_50_epochs():
    problem = problem_of("micro201", 1300)
    phases: list[float] = []
    step, whose = problem.step, None

    def watch(weights, path, images, targets, *rest):
        nonlocal whose
        before = problem.progress
        result = step(weights, path, images, targets, *rest)
        if len(images) == problem.updates.batch:  # those of splits are smaller here
            if weights is not whose:
                phases.append(0.0)
                whose = weights
            phases[-1] += problem.progress - before
        return result

    problem.step = watch
    run("gm_fewshot", problem, split_share=0.01)
    np.testing.assert_allclose(np.array(phases) / phases[-1], [0.4] * 3 + [1] * 4, rtol=0.15)


def test_matched_fewshots_root_and_parts_go_down_one_fall_and_each_leaf_its_own(monkeypatch):
    trained: list[tuple[Optimiser, int, list[float]]] = []
    update = Optimiser.update

    def watch(optimiser, gradients, share):
        if not trained or trained[-1][0] is not optimiser:
            trained.append((optimiser, optimiser.updates, []))
        trained[-1][2].append(share)
        update(optimiser, gradients, share)

    monkeypatch.setattr(Optimiser, "update", watch)
    run("gm_fewshot", problem_of("micro201", 1300), split_share=0.01)
    # 20 and 20 of the 90 epochs from the root to a leaf; the leaves' 50 are a fall of their own.
    ends = [(shares[0], shares[-1]) for _, _, shares in trained]
    expected = [(0, 20 / 90), *[(20 / 90, 40 / 90)] * 2, *[(0, 1)] * 4]
    np.testing.assert_allclose(ends, expected, atol=0.02)
    # The parts go on with the root's optimiser, so the rate doesn't rise again; the leaves begin.
    root = len(trained[0][2])
    assert [begun for _, begun, _ in trained] == [0, root, root, 0, 0, 0, 0]
