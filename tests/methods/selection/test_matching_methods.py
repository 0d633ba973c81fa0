"""Methods that make images by matching or regression: what each promises, on real digits."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import methods.selection
from bench.catalogue.decorated import parse, the_method
from methods.selection.class_mean import class_mean
from methods.selection.frepo import Lamb
from suites.selection.distill.matching import class_means, gradient_of_distance, row_distance
from suites.selection.distill.problem import DistillProblem, Made
from suites.selection.networks import build
from suites.selection.tiny import IMAGES, tiny_distill
from suites.selection.training import Examples

FOLDER = Path(methods.selection.__file__).parent

SHORT: dict[str, dict[str, Any]] = {
    "class_mean": {},
    "dc": {"steps": 2, "steps_of_many": 3, "real": 4},
    "dsa": {"steps": 2, "steps_of_many": 3, "real": 4},
    "dm": {"iterations": 3, "real": 4},
    "frepo": {"steps": 12, "real": 16},
    "krr_st": {"steps": 12, "real": 16},
}
"""What makes each quick enough to be called many times."""

OTHER: dict[str, Any] = {
    "steps": 4, "iterations": 4, "real": 6, "rate": 0.5, "networks": 3, "ridge": 0.1,
    "augment": True,
}  # fmt: skip
"""Another value of each hyperparameter."""


def declared(name: str) -> dict[str, Any]:
    path = FOLDER / f"{name}.py"
    return the_method(path, parse(path)).values


def made_by(name: str, problem: DistillProblem, **params: Any) -> Made:
    """What a method makes with its defaults, some changed, under the problem's meter."""
    call = getattr(import_module(f"methods.selection.{name}"), name)
    with problem._meter:
        made: Made = call(problem, **{**declared(name).get("params", {}), **params})
    return made


def two_classes(name: str) -> DistillProblem:
    """Two images of each to make."""
    problem = problem_of(name, 2)
    kept = problem.labels < 2
    return replace(problem, images=problem.images[kept], labels=problem.labels[kept], classes=2)


def wide(name: str) -> DistillProblem:
    """With a network of 64 features: the tiny task's own has 8, fewer than there are classes."""
    problem = problem_of(name)
    problem.network = build({"name": "mlp", "width": 64, **IMAGES})
    return problem


def problem_of(name: str, per_class: int = 1, seed: int = 0) -> DistillProblem:
    return tiny_distill(tuple(declared(name)["needs"]), per_class, seed)


@pytest.mark.parametrize("per_class", [1, 2])
@pytest.mark.parametrize("name", SHORT)
def test_a_method_makes_so_many_images_of_every_class(name, per_class):
    problem = problem_of(name, per_class)
    before = {key: tensor.clone() for key, tensor in problem.handed().items()}
    made = made_by(name, problem, **SHORT[name])
    assert made.images.shape == (10 * per_class, 1, 8, 8)
    assert made.images.isfinite().all()
    assert not made.images.requires_grad
    if made.labels.is_floating_point():
        assert (made.loss, made.labels.shape) == ("mse", (10 * per_class, 10))
        assert made.labels.isfinite().all()
    else:
        assert torch.equal(made.labels, problem.made_labels)
    assert all(torch.equal(tensor, before[key]) for key, tensor in problem.handed().items())


@pytest.mark.parametrize("name", SHORT)
def test_the_same_seed_gives_the_same_images_and_another_others(name):
    one, same = (made_by(name, problem_of(name), **SHORT[name]).images for _ in range(2))
    other = made_by(name, problem_of(name, seed=1), **SHORT[name]).images
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.parametrize(
    ("name", "param"),
    [
        (name, param)
        for name in SHORT
        for param in declared(name).get("params", {})
        if param not in ("steps_of_many", "inner")
    ],
)
def test_every_hyperparameter_changes_what_is_made(name, param):
    params = SHORT[name]
    before = made_by(name, problem_of(name), **params)
    after = made_by(name, problem_of(name), **{**params, param: OTHER[param]})
    assert not torch.equal(before.images, after.images)


@pytest.mark.parametrize("param", ["steps_of_many", "inner"])
@pytest.mark.parametrize("name", ["dc", "dsa"])
def test_what_is_for_more_images_a_class_changes_those(name, param):
    params = {**SHORT[name], param: {"steps_of_many": 4, "inner": 1}[param]}
    before = made_by(name, two_classes(name), **SHORT[name])
    after = made_by(name, two_classes(name), **params)
    assert not torch.equal(before.images, after.images)


def test_a_class_is_dealt_into_equal_parts_whose_means_are_the_images():
    # 5 images of class 0 in 2 parts: 3 and 2, so that 3 times the first and 2 of the second are
    # all of them; class 1 has the values 10 and 20, each a part of its own
    values = torch.tensor([1.0, 2.0, 4.0, 8.0, 16.0, 10.0, 20.0])
    problem = replace(
        tiny_distill(per_class=2),
        images=values[:, None, None, None],
        labels=torch.tensor([0, 0, 0, 0, 0, 1, 1]),
        classes=2,
    )
    images = class_mean(problem).images.flatten().tolist()
    assert 3 * images[0] + 2 * images[1] == pytest.approx(31)
    assert sorted(images[2:]) == [10.0, 20.0]


def test_at_one_image_a_class_it_is_the_classs_mean():
    problem = problem_of("class_mean")
    images = made_by("class_mean", problem).images
    assert torch.allclose(images[3], problem.images[problem.labels == 3].mean(0), atol=1e-5)


def test_lamb_moves_by_a_share_of_the_tensors_length():
    # d = g / |g| = (1, -1), |d| = sqrt 2, |x| = 5: x - .1 * 5 / sqrt 2 * (1, -1)
    values = torch.tensor([3.0, 4.0])
    Lamb(values).step(torch.tensor([2.0, -0.5]), 0.1)
    assert values.tolist() == pytest.approx([3 - 0.5 / 2**0.5, 4 + 0.5 / 2**0.5], abs=1e-4)


def test_dm_brings_mean_features_of_networks_that_it_never_saw_nearer():
    problem = wide("dm")
    start, made = tiny_distill().real_start(), made_by("dm", problem, iterations=40)
    assert _mean_distance(problem, made.images) < 0.6 * _mean_distance(problem, start)


@pytest.mark.parametrize("name", ["dc", "dsa"])
def test_gradients_of_networks_that_it_never_saw_come_nearer(name):
    problem = wide(name)
    start, made = tiny_distill().real_start(), made_by(name, problem, steps=30, rate=0.1)
    assert _gradient_distance(problem, made.images) < 0.95 * _gradient_distance(problem, start)


@pytest.mark.parametrize(
    ("name", "params", "gain"),
    [
        ("class_mean", {}, 0.1),
        ("dc", {"steps": 30, "rate": 0.1}, 0.1),
        ("dsa", {"steps": 30, "rate": 0.1}, 0.1),
        ("dm", {"iterations": 40}, 0.1),
        ("frepo", {"steps": 100}, 0.05),
    ],
)
def test_who_learns_what_was_made_is_right_more_often_than_who_learns_random_images(
    name, params, gain
):
    problem = wide(name)
    random = Made(tiny_distill().real_start(), problem.made_labels)
    assert _learnt(problem, made_by(name, problem, **params)) > _learnt(problem, random) + gain


def test_who_learns_what_krr_st_made_is_right_more_often_than_before_its_steps():
    before, after = (made_by("krr_st", wide("krr_st"), steps=n, rate=0.03) for n in (0, 100))
    assert _learnt(wide("krr_st"), after) > _learnt(wide("krr_st"), before) + 0.05


def _fresh(problem: DistillProblem) -> list[Tensor]:
    draws = torch.Generator().manual_seed(99)
    return [problem.network.start(draws) for _ in range(5)]


def _mean_distance(problem: DistillProblem, images: Tensor) -> float:
    total = 0.0
    for weights in _fresh(problem):
        real = class_means(problem.network.features(weights, problem.images), problem.labels, 10)
        made = class_means(problem.network.features(weights, images), problem.made_labels, 10)
        total += (real - made).square().sum().item()
    return total


def _gradient_distance(problem: DistillProblem, images: Tensor) -> float:
    """Summed over classes and fresh networks, to all images of the class."""
    total = 0.0
    for weights in _fresh(problem):
        for label in range(10):
            made, real = images[problem.made_labels == label], problem.members(label)
            gradients = []
            for given in (made, problem.images[real]):
                leaf = weights.clone().requires_grad_()
                logits = problem.network.logits(leaf, given)
                loss = torch.nn.functional.cross_entropy(logits, torch.full((len(given),), label))
                gradients.append(problem.network.parts(torch.autograd.grad(loss, leaf)[0]))
            total += row_distance(*gradients).item()
    return total


def _learnt(problem: DistillProblem, made: Made) -> float:
    """Accuracy on the pool of networks that were trained on what was made."""
    right = []
    for weights in _fresh(problem)[:3]:
        examples = Examples(made.images, made.labels)
        learnt = problem.train(examples, 200, start=weights, loss=made.loss)
        predicted = problem.network.logits(learnt, problem.images).argmax(1)
        right.append((predicted == problem.labels).float().mean().item())
    return sum(right) / len(right)


def test_the_helper_of_the_suite_agrees_with_autograd_through_the_whole_vector():
    """`gradient_of_distance` derives by the parts with rows alone; here by all weights at once."""
    problem = problem_of("dc")
    weights = _fresh(problem)[0]
    real = Examples(problem.drawn(4, 6), torch.full((6,), 4))
    made = Examples(problem.drawn(4, 2), torch.full((2,), 4))
    leaf, images = weights.clone().requires_grad_(), made.images.clone().requires_grad_()
    gradients = []
    for given in (images, real.images):
        loss = torch.nn.functional.cross_entropy(
            problem.network.logits(leaf, given), torch.full((len(given),), 4)
        )
        (gradient,) = torch.autograd.grad(loss, leaf, create_graph=True)
        gradients.append(problem.network.parts(gradient))
    (expected,) = torch.autograd.grad(row_distance(*gradients), images)
    actual = gradient_of_distance(problem, weights, real, made)
    assert torch.allclose(actual, expected, rtol=1e-3, atol=1e-4 * expected.abs().max().item())
