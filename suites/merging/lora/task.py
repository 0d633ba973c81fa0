"""The task `lora`: experts that are low-rank adapters, merged by their products.

Here: its declaration, plain data read without torch. Not here: its settings and budgets
(suites.merging.lora.settings).
"""

from __future__ import annotations

from bench.contract.suite import Task
from suites.merging.lora.settings import SMALL, SMALL_BUDGET, SMOKE, SMOKE_BUDGET
from suites.merging.metrics import METRICS
from suites.merging.needs import FINE_TUNED

NOTES = (
    "A tiny vision transformer stands in for CLIP, glyphs for DomainNet.",
    "An expert is an adapter (LoRA) of rank 4 with alpha 8 on every linear layer but the frozen "
    "head; biases, norms and positions stay the base's. A method is given the base with the "
    "product added, as an ordinary state: a matrix's change has rank 4 up to rounding. Factors, of "
    "which many pairs have one product, are never merged.",
    "LoRA arithmetic is task arithmetic on this task.",
    "The ceiling is fine-tuned on all held-in cells together, all weights of the backbone; no "
    "model sees a held-out cell. Two experts share each style. A third of the held-out cells is "
    "asked: every third, always the same.",
    "Settings were chosen by the references alone (python -m suites.merging.compose.pilot --task "
    "lora): over seeds 0 and 1 the base has 68% held-in and 58% held-out, the experts 95% of their "
    "own cells, joint training 94 and 74%.",
    "Unlearning by negation isn't asked here: a method isn't told which expert to subtract, and "
    "validation, the mean accuracy on all experts' cells, would reward it for forgetting nothing.",
)

LORA = Task(
    name="lora",
    title="LoRA",
    question="Glyphs: what of each low-rank adapter does a merge of their products keep?",
    version=1,
    metrics=METRICS,
    scored_by=("held_in", "held_out"),
    floor="pretrained",
    ceiling="multitask",
    offers=FINE_TUNED,
    settings={"smoke": SMOKE, "small": SMALL},
    budgets={"smoke": SMOKE_BUDGET, "small": SMALL_BUDGET},
    seeds={"smoke": 2, "small": 5},
    seconds={"smoke": 0.6, "small": 1.5},
    notes=NOTES,
    tuned_on="20 validation calls on held-in validation images, inside the budget",
)
