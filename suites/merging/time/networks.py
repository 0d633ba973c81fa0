"""What the experts of the task `time` reach in each period.

Here: the asset builder; it alone differs from compose's. Not here: training
(suites.merging.compose.networks).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.contract.job import Output
from suites.common.accuracy import accuracy, choose
from suites.common.trainer import logits
from suites.merging.compose.layout import layout
from suites.merging.compose.networks import template
from suites.merging.stored import expert_state, to_float
from suites.merging.time.periods import nearest_experts


def build_expert_accuracies(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """The test accuracy in every period of the nearest experts, in the mean; for scoring only.

    Returns:
        data: `accuracies`, in the periods' order.
    """
    grid, network = layout(arguments["images"]), template(inputs["pretrained"])
    trained = [period for _group, period in grid.held_in]
    states = [expert_state(inputs["experts"], i) for i in range(len(trained))]
    pixels, labels = inputs["test_inputs"].tensors["images"], inputs["answers"].tensors["labels"]
    accuracies = []
    for period in range(len(grid.styles)):
        nearest = nearest_experts(trained, period)
        found = [
            accuracy(choose(logits(network, states[i], to_float(pixels[period]))), labels[period])
            for i in nearest
        ]
        accuracies.append(sum(found) / len(found))
    return Output(data={"accuracies": accuracies})
