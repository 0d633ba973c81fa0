"""The tasks of the suite merging: what each asks, of which settings and budgets.

Here: plain data, read without torch. Not here: their settings (suites.merging.compose.settings,
suites.merging.compose.smoke_settings, suites.merging.scaling.settings), the tasks in folders of
their own (suites.merging.eight, suites.merging.rebasin, suites.merging.soup, suites.merging.lora,
suites.merging.time, suites.merging.mixture), drawing images and training experts
(suites.merging.compose).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bench.contract.suite import Task
from bench.metering.budget import Budget
from suites.merging.compose.settings import (
    DOMAINS,
    FASHION,
    GLYPHS,
    MNIST,
    MNIST_VIT,
    PREFIXED,
    VIT,
    WIDE_VIT,
    small_tier,
)
from suites.merging.compose.smoke_settings import (
    SMOKE_DOMAINS,
    SMOKE_FASHION,
    SMOKE_GLYPHS,
    SMOKE_MNIST,
    SMOKE_MNIST_VIT,
    SMOKE_VIT,
    smoke_tier,
)
from suites.merging.eight.task import EIGHT
from suites.merging.lora.task import LORA
from suites.merging.metrics import METRICS
from suites.merging.mixture.task import EXPERTS_MOE
from suites.merging.needs import FINE_TUNED
from suites.merging.rebasin.task import REBASIN
from suites.merging.scaling import settings as scaling
from suites.merging.soup.task import SOUP
from suites.merging.time.task import TIME

# Forward FLOPs of one glyph through the small network, as the meter counts: F = 6.8e6 (of a digit
# 1.0e7). With K = 16 experts and N = 256 images each, Gram statistics cost 6.3e10 (K N F, and 25
# tokens' products 3.5e10), 20 validations of 512 images 7.0e10, an exact Fisher over 4 classes
# 9 K N F = 2.5e11, 100 steps of MaTS 3e9, and AdaMerging's 50 steps on batches of 512 images
# 3 x 50 x 512 F = 5.2e11. One run may spend 1e12: no published method needs more, and a core does
# as much in about 20 seconds.
SMALL_BUDGET = Budget(
    limits={"flops": 1e12, "examples": 256 * 16, "trials": 20}, seconds=120, memory=2 * 1024**3
)
# Of the wide network F = 2.7e7. With K = 8 experts: Gram statistics 1e11, 20 validations of 512
# images 2.8e11, an exact Fisher over 8 classes 17 K N F = 9.4e11, AdaMerging 2.1e12.
WIDE_BUDGET = Budget(
    limits={"flops": 4e12, "examples": 256 * 8, "trials": 20}, seconds=300, memory=2 * 1024**3
)
# In the smoke network F = 1.0e6, a seventh, with a third of the experts at most.
SMOKE_BUDGET = Budget(
    limits={"flops": 5e10, "examples": 256 * 4, "trials": 20}, seconds=60, memory=2 * 1024**3
)

NOTES = (
    "A tiny vision transformer stands in for CLIP, glyphs or small digits for DomainNet.",
    "The head is frozen after pretraining; experts and the ceiling change the backbone only.",
    "The ceiling is fine-tuned on all held-in cells together; no model sees a held-out cell.",
)

NEARER = {
    "compose-near": "GPT-2's",
    "compose-far": "GPT-2's",
    "compose-domains": "",
    "compose-mnist": "GPT-2's",
    "compose-fashion": "",
    "scaling": "",
}
"""Which of two published orders of methods each task's own is nearer to, by more than one pair of
methods can move it; "" for neither (suites.merging.elsewhere, held by its test)."""


def _regime(task: str) -> str:
    nearer = NEARER[task]
    return (
        "Two tables of one source order five methods differently: those of CLIP's ViT-B/32 on "
        "eight image sets and of GPT-2 on seven text tasks agree with each other at tau .32 only. "
        "This "
        f"task's order is {f'nearer to {nearer}' if nearer else 'about as near to either'} "
        "(python -m suites.merging.elsewhere)."
    )


def _task(
    *,
    name: str,
    title: str,
    question: str,
    first_seed: int,
    small: Mapping[str, Any],
    smoke: Mapping[str, Any],
    seeds: int,
    notes: tuple[str, ...] = (),
    scored_by: tuple[str, ...] = ("held_in", "held_out"),
) -> Task:
    """A task of kind compose.

    Args:
        first_seed: seed s of the task draws its data and networks as number `first_seed` + s, so
            that no two tasks share any.
    """
    source = small["images"]["source"]
    own = {"first_seed": first_seed}
    return Task(
        name=name,
        title=title,
        question=question,
        version=2,
        metrics=METRICS,
        scored_by=scored_by,
        floor="pretrained",
        ceiling="multitask",
        offers=FINE_TUNED,
        settings={"smoke": {**smoke, **own}, "small": {**small, **own}},
        budgets={"smoke": SMOKE_BUDGET, "small": SMALL_BUDGET},
        seeds={"smoke": 2, "small": seeds},
        data=() if source == "glyphs" else (source,),
        seconds={"smoke": 0.6, "small": 2.3},
        notes=(*NOTES, *notes, _regime(name)),
        tuned_on="20 validation calls on held-in validation images, inside the budget",
    )


SHARED = (
    "Four experts share each style, so their changes and their inputs are much alike: what one has "
    "learnt of a style serves the others' classes. A third of the held-out cells is asked: every "
    "third, always the same.",
    "Settings were chosen by the references alone (python -m suites.merging.compose.pilot).",
)
APART = (
    "Each expert has a style and classes of its own, so their changes and inputs differ as they do "
    "between unlike data sets. A third of the held-out cells is asked: every third, always the "
    "same.",
    "Settings were chosen by the references alone: joint training was made longer until it wasn't "
    "below the experts held-in (1,200 steps on seed 1: 87 and 85%; it takes 1,400).",
)
REAL = (
    "The classes' pairs are those of Split-MNIST at every seed; a style has instances of its own.",
    "Settings were chosen by the references alone (python -m suites.merging.compose.pilot).",
)
UNSCORED = (
    "Held-out accuracy is shown and not scored: joint training itself is only .08 above the "
    "pretrained model there (seeds 0 to 2), less than the .1 that a scored axis needs.",
)

TASKS = (
    _task(
        name="compose-near",
        title="compose near",
        question="Glyphs: classes x styles, with a pretrained model that nearly knows the styles.",
        first_seed=0,
        small=small_tier(GLYPHS, VIT, 0.6, 4e-4, (800, 1200)),
        smoke=smoke_tier(SMOKE_GLYPHS, SMOKE_VIT, 0.5),
        seeds=6,
        notes=SHARED,
    ),
    _task(
        name="compose-far",
        title="compose far",
        question="Glyphs: classes x styles, with a pretrained model far from the styles.",
        first_seed=1000,
        small=small_tier(GLYPHS, VIT, 0.53, 1e-3, (800, 1200)),
        smoke=smoke_tier(SMOKE_GLYPHS, SMOKE_VIT, 0.42),
        seeds=6,
        notes=SHARED,
    ),
    replace(
        _task(
            name="compose-domains",
            title="compose domains",
            question="Glyphs: eight experts, each with a style and classes that no other has seen.",
            first_seed=2000,
            small=small_tier(DOMAINS, WIDE_VIT, 0.6, 4e-4, (1200, 1400)),
            smoke=smoke_tier(SMOKE_DOMAINS, SMOKE_VIT, 0.5),
            seeds=6,
            notes=APART,
        ),
        budgets={"smoke": SMOKE_BUDGET, "small": WIDE_BUDGET},
        seconds={"smoke": 0.6, "small": 6.0},
    ),
    _task(
        name="compose-mnist",
        title="compose mnist5k",
        question="Real handwritten digits: pairs of digits x image styles.",
        first_seed=3000,
        small=small_tier(MNIST, MNIST_VIT, 0.6, 6e-4, (500, 800)),
        smoke=smoke_tier(SMOKE_MNIST, SMOKE_MNIST_VIT, 0.5, (80, 100)),
        seeds=5,
        notes=(*REAL, *UNSCORED),
        scored_by=("held_in",),
    ),
    _task(
        name="compose-fashion",
        title="compose Fashion-MNIST",
        question="Real photographs of clothes: pairs of kinds x image styles, where the data are "
        "there.",
        first_seed=4000,
        small=small_tier(FASHION, MNIST_VIT, 0.65, 6e-4, (150, 800)),
        smoke=smoke_tier(SMOKE_FASHION, SMOKE_MNIST_VIT, 0.65),
        seeds=5,
        notes=REAL,
    ),
    replace(
        _task(
            name="scaling",
            title="scaling",
            question="Glyphs as in compose near: what becomes of a merge as more experts enter it?",
            first_seed=5000,
            small={
                **small_tier(PREFIXED, VIT, 0.6, 4e-4, (800, 1200)),
                "prefixes": scaling.PREFIXES["small"],
            },
            smoke={
                **smoke_tier(SMOKE_GLYPHS, SMOKE_VIT, 0.5),
                "prefixes": scaling.PREFIXES["smoke"],
            },
            seeds=5,
            notes=scaling.NOTES,
        ),
        metrics=scaling.METRICS,
        budgets={"smoke": scaling.SMOKE_BUDGET, "small": scaling.SMALL_BUDGET},
        seconds={"smoke": 0.5, "small": 3.0},
        tuned_on=(
            "20 validation calls for each number of experts, on held-in validation images, inside "
            "the budget"
        ),
    ),
    EIGHT,
    REBASIN,
    SOUP,
    LORA,
    TIME,
    EXPERTS_MOE,
)
