"""What the compose tasks of merging measure, as plain data without torch.

Not here: what `scaling` measures (suites.merging.scaling.settings), computing them
(suites.merging.harness).
"""

from __future__ import annotations

from math import inf

from bench.contract.metric import Metric


def _fraction(name: str, title: str, meaning: str, most: float = 1.0) -> Metric:
    return Metric(
        name=name,
        title=title,
        unit="fraction",
        better="high",
        meaning=meaning,
        range=(0.0, most),
    )


METRICS = (
    _fraction(
        "held_in",
        "Held-in",
        "Mean accuracy over the cells that an expert was trained on, choosing among the group's "
        "classes; it can't tell merging from remembering.",
    ),
    _fraction(
        "held_out",
        "Held-out",
        "Mean accuracy over the cells that no expert has seen: known classes in a style that "
        "only other groups' experts were trained on.",
    ),
    _fraction(
        "worst_cell",
        "Worst cell",
        "The lowest accuracy of all cells; with few images a cell it is noisy, and it falls with "
        "the number of cells.",
    ),
    _fraction(
        "held_in_normalised",
        "Held-in / expert",
        "Held-in accuracy, each cell divided by what its own expert reaches there.",
        inf,
    ),
    _fraction(
        "held_out_normalised",
        "Held-out / expert",
        "Held-out accuracy, each cell divided by what the expert of its classes reaches there; "
        "above 1 where merging has carried a style over.",
        inf,
    ),
    _fraction(
        "worst_cell_normalised",
        "Worst cell / expert",
        "The lowest accuracy of all cells, each divided by what its own expert reaches there.",
        inf,
    ),
    _fraction(
        "held_in_unmasked",
        "Held-in, all classes",
        "Held-in accuracy when the choice is among all classes: it also asks which group.",
    ),
    _fraction(
        "held_out_unmasked",
        "Held-out, all classes",
        "Held-out accuracy when the choice is among all classes.",
    ),
)
