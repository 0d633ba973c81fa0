"""Cosines to anchors by hand, and what they can't tell from one network to another."""

import pytest
import torch

from methods.merging.relative_representations import fit, relative, relative_representations
from suites.merging.encoders import features
from tests.suites.merging.rebasin.planted import NETWORKS, planted, problem_of, random_state


def test_cosines_by_hand():
    # Anchors (1, 0) and (-1, 0), mean 0; (3, 4) has the cosine 3/5 to one and -3/5 to the other.
    found = relative(torch.tensor([[3.0, 4.0]]), torch.tensor([[1.0, 0.0], [-1.0, 0.0]]))
    assert found[0].tolist() == pytest.approx([0.6, -0.6])


def test_they_are_the_same_after_a_rotation_a_shift_and_a_scale():
    encoded, anchors = torch.randn(9, 5), torch.randn(6, 5)
    rotation = torch.linalg.qr(torch.randn(5, 5))[0]

    def moved(x):
        return 3 * x @ rotation + 2

    torch.testing.assert_close(
        relative(moved(encoded), moved(anchors)), relative(encoded, anchors), rtol=1e-3, atol=1e-4
    )


def test_a_classifier_of_one_column_by_hand():
    # x = 1 of class 1 and -1 of class 0: with a bias of 1/2 both outputs have the slope
    # E[x y] / (E[x x] + ridge) = 1/2 / (1 + 1) = 1/4, of class 0 negative.
    found = fit(torch.tensor([[1.0], [-1.0]]), torch.tensor([1, 0]), 2, ridge=1.0)
    assert found.tolist() == [pytest.approx([-0.25, 0.25]), pytest.approx([0.5, 0.5])]


def test_features_are_what_the_last_layer_reads():
    model = NETWORKS["perceptron"]().eval()
    state = random_state(model, 0)
    images = torch.randn(40, 8, 8)
    found = features(model, state, images)
    answer = found @ state["layers.2.weight"].T + state["layers.2.bias"]
    torch.testing.assert_close(answer, torch.func.functional_call(model, state, (images,)))


def test_an_encoder_in_another_order_of_channels_answers_alike():
    model, state, _groups, _orders, moved = planted(NETWORKS["perceptron"])
    images = torch.randn(9, 8, 8)

    def answers(states):
        router = relative_representations(
            problem_of(model, states), anchors=16, ridge=0.1, examples=20
        )
        return router(images, 0)

    torch.testing.assert_close(
        answers([state, moved]), answers([state, state]), rtol=1e-3, atol=1e-3
    )
