"""Nearest mean: an image gets the class whose mean image is nearest.

argmin_c |x - m_c|^2 = argmax_c m_c x - |m_c|^2 / 2, so weights m_c and bias -|m_c|^2 / 2.
"""

import torch

from bench import method
from suites._template.problem import Classifier, Problem


@method(
    name="nearest_mean",
    title="Nearest mean",
    paper=(
        "The use of multiple measurements in taxonomic problems",
        1936,
        "https://doi.org/10.1111/j.1469-1809.1936.tb02137.x",
    ),
)
def nearest_mean(problem: Problem) -> Classifier:
    """The means of the labelled images of each class, as a linear classifier."""
    classes = problem.classes.unique()
    means = torch.stack([problem.images[problem.classes == c].mean(0) for c in classes])
    return Classifier(means, -means.square().sum(1) / 2)
