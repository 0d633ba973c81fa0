"""The loss's gradient by the last layer's weights, of each example, never written out.

With e = p - y, the error of the probabilities, and phi, the features, it is g = [e, e phi^T]: by
the bias, and by the weights. So <g_i, g_j> = <e_i, e_j> (1 + <phi_i, phi_j>), and a sum over
examples is one product. Here: that, from errors (n, classes) and features (n, d). Not here: errors
from logits (suites.selection.scores), what is chosen by them (the methods).
"""

from __future__ import annotations

import torch
from torch import Tensor

from suites.selection.problem import SelectionProblem
from suites.selection.scores import errors

Gradients = tuple[Tensor, Tensor]
"""Errors (n, classes) and features (n, d) of some examples, which stand for their gradients."""


def pool_gradients(problem: SelectionProblem) -> Gradients:
    """Of the pool, by the network at the end of `course`, under the labels as given."""
    course = problem.course
    return errors(course.logits[-1], problem.labels), course.features


def rows(gradients: Gradients, numbers: Tensor) -> Gradients:
    """Those of some examples."""
    return gradients[0][numbers], gradients[1][numbers]


def inner_products(gradients: Gradients, others: Gradients | None = None) -> Tensor:
    """<g_i, h_j>, shape (n, m); by default among the gradients themselves."""
    others = gradients if others is None else others
    return (gradients[0] @ others[0].T) * (1 + gradients[1] @ others[1].T)


def squared_norms(gradients: Gradients) -> Tensor:
    """|g_i|^2, shape (n,)."""
    return gradients[0].square().sum(1) * (1 + gradients[1].square().sum(1))


def gradient_distances(gradients: Gradients) -> Tensor:
    """|g_i - g_j|, shape (n, n)."""
    squares = squared_norms(gradients)
    products = inner_products(gradients)
    return (squares[:, None] + squares - 2 * products).clamp(min=0).sqrt()


def summed(gradients: Gradients) -> Tensor:
    """sum_i g_i as one row a class, shape (classes, 1 + d): the bias's first."""
    wrong, features = gradients
    return torch.cat([wrong.sum(0)[:, None], wrong.T @ features], dim=1)


def along(gradients: Gradients, direction: Tensor) -> Tensor:
    """<g_i, G>, shape (n,).

    Args:
        direction: G, shape (classes, 1 + d), as `summed` gives it.
    """
    wrong, features = gradients
    return (wrong * applied(direction, features)).sum(1)


def applied(layer: Tensor, features: Tensor) -> Tensor:
    """What a last layer of these weights makes of features, shape (n, classes).

    Args:
        layer: shape (classes, 1 + d), as `summed` gives it.
    """
    return layer[:, 0] + features @ layer[:, 1:].T
