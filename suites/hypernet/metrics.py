"""What every task of hypernet measures, as plain data without torch.

Here: the metrics that rows are ranked by, those beside them, and those of the grid of learning
rates. Not here: what single tasks add (their own settings), computing them
(suites.hypernet.measures, suites.hypernet.scoring).
"""

from __future__ import annotations

from collections.abc import Mapping

from bench.contract.metric import Metric, Point

PRIMARY = (
    Metric(
        name="failures",
        title="Failures",
        unit="fraction",
        better="low",
        meaning=(
            "Share of the grid's trainings (optimisers x learning rates) whose test loss at the "
            "end isn't finite or is above 2.0 / ln 10 of ln C; it depends on the grid's range."
        ),
    ),
    Metric(
        name="quality",
        title="Accuracy",
        unit="fraction",
        better="high",
        meaning=(
            "Test accuracy over all conditions, optimiser and learning rate chosen by validation "
            "loss; it can't tell how lucky the grid was."
        ),
    ),
    Metric(
        name="sensitivity",
        title="Sensitivity",
        unit="loss",
        better="low",
        meaning=(
            "Mean over the grid of min(test loss, ln C), less the best; none where the best is "
            "above .8 ln C, as a method that never learns would have the lowest."
        ),
    ),
)
SECONDARY = (
    Metric(
        name="loss",
        title="Loss",
        unit="loss",
        better="low",
        meaning="Test loss at the chosen optimiser and learning rate, at most ln C.",
    ),
    Metric(
        name="training_loss",
        title="Training loss",
        unit="loss",
        better="low",
        meaning="Mean of the last 50 training losses there.",
    ),
    Metric(
        name="worst_condition",
        title="Worst condition",
        unit="fraction",
        better="high",
        meaning="The lowest test accuracy of all conditions there.",
    ),
    Metric(
        name="steps",
        title="Steps to target",
        unit="steps",
        better="low",
        meaning=(
            "Steps until the mean of 20 training losses is at most the task's target there; "
            "absent where it never is."
        ),
    ),
    Metric(
        name="spikes",
        title="Spikes",
        unit="",
        better="low",
        meaning=(
            "How often the training loss there rises six robust deviations above the median of "
            "the 50 before; a diagnostic."
        ),
    ),
    Metric(
        name="theta_variation",
        title="|theta| varies",
        unit="",
        better="low",
        meaning=(
            "Coefficient of variation of the generated parameters' norm over conditions, before "
            "training."
        ),
    ),
    Metric(
        name="gradient_variation",
        title="|gradient| varies",
        unit="",
        better="low",
        meaning="Coefficient of variation of the gradient's norm over conditions, before training.",
    ),
)


OPTIMISERS = {"adam": "Adam", "sgd": "SGD"}


def grid_metrics(rates: Mapping[str, list[float]]) -> tuple[Metric, ...]:
    """What is told of each optimiser, and the loss at each learning rate."""
    found: list[Metric] = []
    for name in rates:
        title = OPTIMISERS[name]
        found += [
            Metric(
                name=f"failures_{name}",
                title=f"Failures, {title}",
                unit="fraction",
                better="low",
                meaning=f"Share of failed trainings with {title}.",
            ),
            Metric(
                name=f"best_{name}",
                title=f"Best loss, {title}",
                unit="loss",
                better="low",
                meaning=(
                    f"The lowest test loss over {title}'s learning rates, at most ln C; chosen on "
                    "the test, so better than what a user gets."
                ),
            ),
            Metric(
                name=f"usable_{name}",
                title=f"Usable decades, {title}",
                unit="decades",
                better="high",
                meaning=(
                    f"Decades of learning rate around {title}'s best with at most 1.5 times its "
                    "loss."
                ),
            ),
            Metric(
                name=f"area_{name}",
                title=f"Mean loss, {title}",
                unit="loss",
                better="low",
                meaning=f"Mean of min(loss, ln C) over the logarithm of {title}'s learning rate.",
            ),
        ]
    for name, values in rates.items():
        title = OPTIMISERS[name]
        found += [
            Point(
                name=f"loss_{name}_{rate:g}",
                title=f"Loss, {title}, learning rate {rate:g}",
                unit="loss",
                better="low",
                meaning=f"Test loss with {title} at that learning rate, at most ln C.",
                curve=title,
                axis="learning rate",
                x=rate,
            )
            for rate in values
        ]
    return tuple(found)
