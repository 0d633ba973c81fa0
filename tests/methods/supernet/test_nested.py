"""Methods for nested spaces: the sandwich, shrinking, weights apart, mixtures of weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from methods.supernet.ofa import phases, sort_channels
from methods.supernet.tangle import Scores, mixed_loss
from suites.supernet.networks import small
from suites.supernet.optimiser import Optimiser
from suites.supernet.targets import smoothed
from suites.supernet.training import train
from tests.methods.supernet.frame import by_batch, problem_of, run, watched

NETWORK = small("macro")
LARGEST, SMALLEST = (8, 8, 8, 8), (0, 0, 0, 0)
OPTIONS = NETWORK.space.options


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_smoothed_labels_are_worked_out_by_hand():
    # .1 spread over 4 classes is .025 each; the label has .9 more
    torch.testing.assert_close(
        smoothed(torch.tensor([2, 0]), 4, 0.1),
        torch.tensor([[0.025, 0.025, 0.925, 0.025], [0.925, 0.025, 0.025, 0.025]]),
    )


def test_a_step_of_the_sandwich_is_the_largest_two_drawn_and_the_smallest_on_one_batch():
    problem = problem_of("macro", 100)
    seen = watched(problem)
    run("sandwich", problem)
    updates = by_batch(seen)
    assert len(updates) > 5
    for update in updates:
        paths = [one.path for one in update]
        assert len(paths) == 4
        assert (paths[0], paths[-1]) == (LARGEST, SMALLEST)
    assert len({one.path for update in updates for one in update[1:3]}) > 5


def test_the_sandwichs_largest_learns_smoothed_labels_and_the_others_its_answers():
    problem = problem_of("macro", 9, kind="sgd", rate=0.0, decay=0.0)
    seen = watched(problem)
    run("sandwich", problem)
    weights = NETWORK.weights(generator())
    for update in by_batch(seen):
        teacher, *students = update
        assert teacher.targets.max() == pytest.approx(0.91)
        assert teacher.targets.min() == pytest.approx(0.01)
        answers = NETWORK.forward(weights, LARGEST, teacher.images).softmax(1)
        for student in students:
            torch.testing.assert_close(student.targets, answers)
            assert not student.targets.requires_grad


def test_cross_entropy_with_constant_answers_has_the_gradient_of_their_divergence():
    answers = torch.randn(6, 10, generator=generator()).softmax(1)
    logits = torch.randn(6, 10, generator=generator(1)).requires_grad_()
    (one,) = torch.autograd.grad(F.cross_entropy(logits, answers), logits)
    divergence = F.kl_div(logits.log_softmax(1), answers, reduction="batchmean")
    (other,) = torch.autograd.grad(divergence, logits)
    torch.testing.assert_close(one, other)


def test_shrinking_allows_kernels_then_depths_then_widths():
    kernels, depths, widths = phases(NETWORK)
    assert [OPTIONS[c - 1] for c in kernels[0]] == [(1, 32), (3, 32)]
    assert depths[0] == (0, *kernels[0])
    assert widths[0] == tuple(range(9))
    assert {len(kernels), len(depths), len(widths)} == {4}


def test_once_for_all_trains_the_largest_and_then_1_2_and_4_paths_a_step():
    passes = 400
    problem = problem_of("macro", passes)
    seen = watched(problem)
    run("ofa", problem)
    updates = by_batch(seen)
    first = next(i for i, update in enumerate(updates) if update[0].targets.is_floating_point())
    assert {one.path for update in updates[:first] for one in update} == {LARGEST}
    quarter = sum(one.cost for update in updates[:first] for one in update)
    assert quarter == pytest.approx(passes / 4, rel=0.1)
    sizes = [len(update) for update in updates[first:]]
    assert sizes == sorted(sizes)
    assert set(sizes) == {1, 2, 4}
    for size, allowed in zip((1, 2, 4), phases(NETWORK), strict=True):
        taken = {c for u in updates[first:] if len(u) == size for one in u for c in one.path}
        assert taken == set(allowed[0])


def test_once_for_all_adds_the_trained_largests_answers_to_the_labels():
    problem = problem_of("macro", 100, rate=0.0, decay=0.0)
    seen = watched(problem)
    run("ofa", problem)
    teacher = NETWORK.weights(generator())
    taught = [one for one in seen if one.targets.is_floating_point()]
    for one in taught:
        answers = NETWORK.forward(teacher, LARGEST, one.images).softmax(1)
        labels = one.targets - answers
        torch.testing.assert_close(labels.max(1).values, torch.ones(len(labels)))
        torch.testing.assert_close(labels.sum(1), torch.ones(len(labels)))


def test_sorted_channels_leave_the_largest_as_it_is_and_give_narrow_ones_the_strongest():
    weights = NETWORK.weights(generator())
    images = problem_of("macro").training.images
    before = NETWORK.forward(weights, LARGEST, images)
    narrow = NETWORK.forward(weights, (1, 5, 2, 6), images)
    sort_channels(NETWORK, weights)
    torch.testing.assert_close(NETWORK.forward(weights, LARGEST, images), before)
    assert not torch.allclose(NETWORK.forward(weights, (1, 5, 2, 6), images), narrow)
    for block in range(4):
        strength = weights[f"{block}/out"].abs().sum((0, 2, 3))
        assert (strength.diff() <= 0).all()


def test_a_learnt_number_times_a_1x1_kernel_would_change_nothing():
    weights = NETWORK.weights(generator())
    images = problem_of("macro").training.images
    scaled = {n: w * 1.7 if n.endswith("/in") else w for n, w in weights.items()}
    path = (1, 2, 3, 4)
    one, other = (NETWORK.forward(w, path, images) for w in (weights, scaled))
    torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-3)


def test_untangled_choices_share_no_weight_but_stem_and_head():
    problem = problem_of("macro", 30).untangled()
    weights = problem.network.weights(problem.generator)
    before = {name: weight.clone() for name, weight in weights.items()}
    train(problem, weights, lambda: [(5, 5, 0, 8)])
    moved = {name for name in weights if not torch.equal(weights[name], before[name])}
    own = {f"{block}/{part}/{c}" for block, c in enumerate((5, 5, 0, 8)) for part in ("in", "out")}
    assert moved == {"stem", "head", *(name for name in own if not name.endswith("/0"))}


def test_entangled_choices_share_the_first_channels_and_the_centre():
    problem = problem_of("macro", 30, kind="sgd", rate=0.1, decay=0.0)
    weights = problem.network.weights(problem.generator)
    before = weights["0/in"].clone()
    train(problem, weights, lambda: [(2, 0, 0, 0)])  # 1x1 of width 8
    moved = weights["0/in"] != before
    assert moved[:8, :, 1, 1].all()
    moved[:8, :, 1, 1] = False
    assert not moved.any()


def test_what_a_narrow_path_leaves_of_a_shared_weight_goes_on_by_its_momentum():
    problem = problem_of("macro", 30, decay=0.0)
    weights = problem.network.weights(problem.generator)
    optimiser = Optimiser(weights, problem.updates)
    train(problem, weights, lambda: [LARGEST], optimiser=optimiser, upto=0.5)
    before = weights["0/in"].clone()
    train(problem, weights, lambda: [(1, 0, 0, 0)], optimiser=optimiser)  # 1x1 of width 4
    assert (weights["0/in"] != before)[4:].all()


def given_shares(*shares):
    """Scores whose draws are these shares at every block."""
    scores = Scores(NETWORK, generator())
    tensors = [torch.tensor(share).float().expand(4, -1) for share in shares]
    scores.draw = lambda: tensors
    return scores


@pytest.mark.parametrize("choice", range(9))
def test_a_mixture_of_one_choice_is_that_choice(choice):
    weights = NETWORK.weights(generator())
    problem = problem_of("macro")
    images, labels = next(problem.batches())
    kernel, width = OPTIONS[choice - 1]
    there = [0, 1] if choice else [1, 0]
    scores = given_shares(
        there,
        [kernel == k for k in (1, 3)],
        [width == w for w in (4, 8, 16, 32)],
    )
    expected = F.cross_entropy(NETWORK.forward(weights, (choice,) * 4, images), labels)
    torch.testing.assert_close(mixed_loss(NETWORK, weights, scores, images, labels), expected)


def test_mixed_weights_are_worked_out_by_hand():
    # Kernels 1x1, 3x3 at .3, .7: the centre is in both, the edge in one: 1 and .7.
    # Widths 4, 8, 16, 32 at .1, .2, .3, .4: channels 0-3 are in all, 4-7 in .9, 8-15 .7, 16-31 .4.
    scores = Scores(NETWORK, generator())
    square = torch.tensordot(torch.tensor([0.3, 0.7]), scores.squares, 1)
    torch.testing.assert_close(square[1, 1], torch.tensor(1.0))
    torch.testing.assert_close(square[0], torch.full((3,), 0.7))
    channels = torch.tensor([0.1, 0.2, 0.3, 0.4]) @ scores.channels
    torch.testing.assert_close(
        channels[[0, 3, 4, 8, 16, 31]], torch.tensor([1, 1, 0.9, 0.7, 0.4, 0.4])
    )


def test_shares_before_training_rank_nothing_and_then_by_logarithms():
    scores = Scores(NETWORK, generator())
    assert np.abs(scores.table()).max() < 0.02
    # elu(a) + 1: of being there 2, of kernels 1 and 3, of widths 1, 1, 1, 5
    with torch.no_grad():
        scores.leaves[0].copy_(torch.tensor([0.0, 2.0]))
        scores.leaves[1].copy_(torch.tensor([0.0, 2.0]))
        scores.leaves[2].copy_(torch.tensor([0.0, 0.0, 0.0, 4.0]))
    table = scores.table()
    # shares times their number: 1/2 and 3/2; 1/2 and 3/2; 1/2 three times and 5/2
    assert table[0, 0] == pytest.approx(np.log(0.5))
    assert table[2, OPTIONS.index((1, 4)) + 1] == pytest.approx(np.log(1.5 * 0.5 * 0.5))
    assert table[3, OPTIONS.index((3, 32)) + 1] == pytest.approx(np.log(1.5 * 1.5 * 2.5))


def test_tangled_weights_and_scores_train_on_halves_that_share_no_image():
    problem = problem_of("macro", 120)
    taken = []
    batches = problem.batches

    def watch(among):
        for images, labels in batches(among):
            taken.append((among.start, [float(image.sum()) for image in images]))
            yield images, labels

    problem.batches = watch
    run("tangle", problem)
    first = {image for start, images in taken for image in images if start is None}
    second = {image for start, images in taken for image in images if start is not None}
    assert len(first) > 20
    assert len(second) > 20
    assert not first & second
