"""Trains networks on what was made, and takes their accuracy on the test.

Starts and the order of batches come from the task and the seed alone, so that all methods' sets are
learnt from the same starts. Here: evaluators, training them on a set. Not here: which figures are
taken of which set (suites.selection.distill.scoring), the other track's evaluator and counting hits
(suites.selection.evaluation).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Generator, Tensor

from suites.selection.evaluation import hits
from suites.selection.networks import Network, build
from suites.selection.passes import Passes
from suites.selection.training import Augment, Examples, Recipe, steps_of, train


@dataclass(frozen=True)
class Evaluator:
    """A network that learns from what was made.

    Attributes:
        name: of its kind, a key of suites.selection.networks.NETWORKS.
        starts: how often it is trained, each time from another start.
    """

    name: str
    network: Network
    starts: int = 1


@dataclass(frozen=True)
class Evaluation:
    """What all evaluators of a run share.

    Attributes:
        recipe: how they train.
        passes: charges it.
        test: images, standardised, and their classes.
        generator: from a purpose to a generator that is equal for all methods of a task and seed.
    """

    recipe: Recipe
    passes: Passes
    test: Examples
    generator: Callable[[str], Generator]

    def accuracies(
        self,
        evaluator: Evaluator,
        examples: Examples,
        amount: float,
        *,
        loss: str = "cross_entropy",
        augment: Augment | None = None,
        recipe: Recipe | None = None,
    ) -> list[float]:
        """Test accuracy after training from each of its starts, fractions.

        Args:
            examples: what it is trained on.
            amount: examples that it sees in all, however many there are.
            loss: as of suites.selection.training.batch_loss.
            augment: of each batch's images.
            recipe: another than the evaluators'.
        """
        recipe, network = recipe or self.recipe, evaluator.network
        steps = steps_of(amount, len(examples), recipe.batch)
        found = []
        for number in range(evaluator.starts):
            weights = train(
                network,
                network.start(self.generator(f"start/{evaluator.name}/{number}")),
                examples,
                recipe,
                steps,
                self.generator(f"order/{evaluator.name}/{number}"),
                self.passes,
                loss=loss,
                augment=augment,
            )
            found.append(hits(network, weights, self.test))
        return found


def evaluators(
    settings: Sequence[Mapping[str, Any]], images: Tensor, classes: int
) -> list[Evaluator]:
    """The evaluators that a task's settings describe, in order.

    Args:
        settings: of each what suites.selection.networks.build takes but for the images' shape and
            the number of classes, and `starts`, by default 1.
        images: some of the task's, for their shape.
    """
    shape = {"channels": images.shape[1], "side": images.shape[-1], "classes": classes}
    built = []
    for described in settings:
        known = {**shape, **described}
        starts = known.pop("starts", 1)
        built.append(Evaluator(known["name"], build(known), starts))
    return built
