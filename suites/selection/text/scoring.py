"""What chosen texts are worth: how well a model of them foretells others of the target's domain.

Here: two figures of a choice. Not here: the model (suites.selection.text.words), checking that it
is one (suites.selection.harness).
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from bench.contract.job import Output
from suites.selection.text.words import cross_entropy, vocabulary


def figures(chosen: Tensor, answers: Output, pool: Sequence[str]) -> dict[str, float]:
    """`target_share`, which part of the choice is of the target's domain, in [0, 1], and
    `cross_entropy`, of a word model of the choice on held-out texts of it, in nats a word.

    The share can't tell the domain's useful texts from its useless ones, and the cross-entropy
    falls with any text that resembles them, wherever it comes from.

    Args:
        chosen: numbers of the pool, int64, shape (k,).
        answers: see `suites.selection.text.building.build_answers`.
        pool: the texts that it was chosen from, as `tokens` has them.
    """
    training = [pool[row] for row in chosen.tolist()]
    return {
        "target_share": answers.tensors["domain"][chosen].double().mean().item(),
        "cross_entropy": cross_entropy(training, answers.data["held_out"], vocabulary(pool)),
    }
