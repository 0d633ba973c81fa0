"""BossNAS: views, targets, what a block trains, and how choices are rated."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from suites.supernet.networks import small
from suites.supernet.overlay import Examples
from suites.supernet.twins import HEADS, Twins, crop, distance, fair_choices, follow
from tests.methods.supernet.frame import problem_of, run

NETWORK = small("macro")


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def twins(block, path):
    online = NETWORK.weights(generator())
    target = {name: weight.clone() for name, weight in online.items()}
    made = Twins(NETWORK, block, path, online, target)
    made.put_heads(generator(1), 16, 8)
    return made


@given(count=st.integers(2, 9), size=st.integers(1, 9), seed=st.integers(0, 1000))
def test_choices_of_a_step_differ_and_all_come_equally_often(count, size, seed):
    size = min(size, count)
    steps = list(islice(fair_choices(count, size, generator(seed)), 40))
    assert all(len(set(step)) == len(step) == size for step in steps)
    often = Counter(choice for step in steps for choice in step)
    assert max(often.values()) - min(often[choice] for choice in range(count)) <= 1


def test_a_view_is_its_image_moved_by_at_most_a_pixel():
    images = torch.arange(1.0, 3 * 2 * 64 + 1).reshape(3, 2, 8, 8)
    padded = torch.nn.functional.pad(images, (1,) * 4)
    seen = set()
    for seed in range(30):
        views = crop(images, generator(seed))
        assert views.shape == images.shape
        for number, view in enumerate(views):
            corners = [
                (i, j)
                for i in range(3)
                for j in range(3)
                if torch.equal(view, padded[number, :, i : i + 8, j : j + 8])
            ]
            assert len(corners) == 1
            seen.update(corners)
    assert len(seen) == 9


def test_the_distance_is_minus_twice_the_cosine():
    # cos = 1 and 0: the mean of -2 and 0
    one = torch.tensor([[1.0, 0.0], [0.0, 3.0]])
    other = torch.tensor([[5.0, 0.0], [2.0, 0.0]])
    assert distance(one, other).item() == pytest.approx(-1)


def test_the_average_follows_by_its_share():
    target, online = {"a": torch.tensor([1.0])}, {"a": torch.tensor([3.0])}
    follow(target, online, ["a"], 0.25)
    assert target["a"].item() == 1.5


def test_a_target_is_the_mean_of_normalised_projections_by_the_averaging_network():
    made = twins(1, (3,))
    made.target["1/in"].add_(0.1)
    images = problem_of("macro").training.images
    parts = []
    for choice in (0, 4, 8):
        x = NETWORK.features(made.target, (3, 0, 0, 0), images)[-1]
        projected = made.project(made.target, choice, x)
        parts.append(projected / projected.norm(dim=1, keepdim=True))
    torch.testing.assert_close(made.ensemble([0, 4, 8], images), sum(parts) / 3)


@pytest.mark.parametrize("block", [0, 2])
def test_a_block_trains_its_own_weights_and_heads_and_the_first_the_stem(block):
    problem = problem_of("macro", 200)
    made = twins(block, (8, 4)[:block])
    before = {name: weight.clone() for name, weight in made.online.items()}
    with problem._meter:
        made.train(problem, 4, 0.9, upto=0.5)
    own = {f"{block}/in", f"{block}/out", *HEADS, *(["stem"] if not block else [])}
    moved = {n for n in before if not torch.equal(before[n], made.online[n])}
    assert moved == own
    followed = {n for n in before if not torch.equal(before[n], made.target[n])}
    assert followed == own
    assert problem.progress <= 0.5


def test_training_brings_a_blocks_choices_nearer_to_their_mean():
    problem = problem_of("macro", 400)
    made = twins(0, ())
    with problem._meter:
        before = made.rate(problem, 0.03)
        made.train(problem, 4, 0.9, upto=0.9)
        after = made.rate(problem, 0.03)
    assert np.mean(after) < np.mean(before) - 0.3
    assert all(-4 <= loss <= 4 for loss in after)


def test_no_label_is_used():
    scores = []
    for turn in (0, 3):
        problem = problem_of("macro", 100)
        images, labels = problem.training.images, problem.training.labels
        problem._training = Examples(images, (labels + turn) % 10)
        seen = problem.validation
        problem._validation = Examples(seen.images, (seen.labels + turn) % 10)
        scores.append(run("bossnas", problem).scores)
    assert np.array_equal(*scores)


def test_an_architectures_score_is_a_sum_over_its_places():
    problem = problem_of("macro", 100, rows=200)
    scores = run("bossnas", problem).scores
    hot = np.zeros((len(scores), 36))
    for place in range(4):
        hot[np.arange(len(scores)), 9 * place + problem.architectures[:, place]] = 1
    fitted = hot @ np.linalg.lstsq(hot, scores, rcond=None)[0]
    np.testing.assert_allclose(fitted, scores, atol=1e-9)
