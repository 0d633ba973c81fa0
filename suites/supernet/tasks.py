"""The tasks of the suite supernet: what each asks, of which settings, budgets and metrics.

Here: plain data, read without torch. Not here: the spaces (suites.supernet.spaces), metrics
(suites.supernet.metrics), their computation (suites.supernet.figures).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bench.contract.metric import Metric
from bench.contract.suite import Task
from bench.metering.budget import Budget
from suites.supernet.metrics import RANK_BINS, curve_metrics, list_metrics, rank_metrics
from suites.supernet.statements import SETS, read
from suites.supernet.statements import notes as found_notes

SMALL_BUDGETS, SMOKE_BUDGETS = (2000, 6000), (40, 120)
"""In passes; a run calls its method once for each."""

TABLE_BUDGETS = (5000, 20000)
TABLE_PASS_FLOPS, FULL_PASS_FLOPS = 1e8, 37265982422.0
MEMORY = {"smoke": 2 * 1024**3, "small": 2 * 1024**3, "full": 64 * 1024**3}
SECONDS = {"smoke": 120.0, "small": 900.0, "full": 48 * 3600.0}

ONE_SIZE = ("equal", "band", "")
"""Lists of architectures of about one size, where tau over pairs of equal size is tau."""

SAME_SIZE = "tau_equal_parameters"

FOUND = read()
"""What the published records show of the suite's statements."""

NOTES = (
    "A quarter of the list is the pool whose labels can be bought, another quarter for each seed, "
    "and no method ranks it. Intervals over seeds are of the method's draws and the pool's.",
)
TRAINED_NOTES = (
    "The truth is each architecture's own training: accuracy on test images that no method's "
    "process holds, the mean over 4 or 8 seeds. It is fixed; `python -m suites.supernet.findings` "
    "draws architectures and the truth's seeds again.",
    "All methods train with AdamW at the truth's own learning rate, in place of the SGD that most "
    "papers use; `python -m suites.supernet.factors` says what that and BatchNorm's statistics do.",
)
TABLE_NOTES = (
    "The truth is a published table's; each seed draws other architectures from it. There are no "
    "images, so nothing but counts and predictors enters.",
    "A label costs as much as a training of 200 passes, 25 and 100 labels at most.",
)


def settings(
    space: str,
    lists: Mapping[str, int],
    *,
    pass_flops: float,
    label_passes: int,
    within: float = 0.0,
    by_loss: bool = False,
) -> dict[str, dict[str, Any]]:
    """A task's settings in the tiers smoke and small.

    Args:
        space: its name.
        lists: list -> how many of its architectures smoke ranks; small ranks all.
        pass_flops: FLOPs of one pass: the mean architecture, forward and backward, on a batch.
        label_passes: what a label costs.
        within: numbers of parameters that differ by this share count as equal.
        by_loss: whether the top is ranked by loss too.
    """
    shared = {
        "space": space,
        "network": {"space": space, "size": "small"},
        "images": "overlay",
        "truth": space,
        "pass_flops": pass_flops,
        "equal_within": within,
        "by_loss": by_loss,
    }
    return {
        "smoke": {
            **shared,
            "lists": dict(lists),
            "budgets": list(SMOKE_BUDGETS),
            "label_passes": 5,
        },
        "small": {
            **shared,
            "lists": dict.fromkeys(lists),
            "budgets": list(SMALL_BUDGETS),
            "label_passes": label_passes,
        },
    }


def metrics_of(
    lists: Mapping[str, str], tiers: Mapping[str, Mapping[str, Any]], *, chain: bool, loss: bool
) -> tuple[Metric, ...]:
    """The columns of each list, then their curves over all tiers' budgets and their matrices.

    Args:
        lists: name -> title; of the only one both are "".
        tiers: the task's settings.
    """
    budgets = sorted({passes for tier in tiers.values() for passes in tier["budgets"]})
    metrics: list[Metric] = []
    for name, title in lists.items():
        own = (
            *list_metrics(name, title, chain=chain, loss=loss),
            *curve_metrics(name, title, budgets, chain=chain),
            *rank_metrics(name, title, RANK_BINS),
        )
        metrics += [m for m in own if name not in ONE_SIZE or SAME_SIZE not in m.name]
    return tuple(metrics)


def task(
    *,
    name: str,
    title: str,
    question: str,
    lists: Mapping[str, str],
    tiers: Mapping[str, Mapping[str, Any]],
    offers: tuple[str, ...],
    scored_by: tuple[str, ...],
    chain: bool,
    seconds: Mapping[str, float],
    loss: bool = False,
    seeds: int = 5,
    data: tuple[str, ...] = (),
    notes: tuple[str, ...] = TRAINED_NOTES,
) -> Task:
    """A task of this suite."""
    return Task(
        name=name,
        title=title,
        question=question,
        version=1,
        metrics=metrics_of(lists, tiers, chain=chain, loss=loss),
        scored_by=scored_by,
        floor="random",
        ceiling="one_seed",
        offers=("budget", "labels", *offers),
        settings=tiers,
        data=data,
        budgets={
            tier: Budget(
                limits={"flops": sum(values["budgets"]) * values["pass_flops"]},
                seconds=SECONDS[tier],
                memory=MEMORY[tier],
            )
            for tier, values in tiers.items()
        },
        seeds={"smoke": 2, "small": seeds, "full": 3},
        seconds=seconds,
        scoring_seconds={"smoke": 0.5, "small": 1.0, "full": 2.0},
        notes=(*found_notes(name, FOUND), *notes, *NOTES),
    )


def table_settings(
    table: str, space: str, lists: Sequence[str], smoke: int, small: int
) -> dict[str, dict[str, Any]]:
    """The settings of a task on other people's table: nothing is trained there but a predictor.

    Args:
        table, space: their names.
        lists: data sets whose truth the table has.
        smoke, small: how many architectures are drawn for each seed.
    """
    shared = {"table": table, "space": space, "pass_flops": TABLE_PASS_FLOPS}
    return {
        "smoke": {
            **shared,
            "lists": dict.fromkeys(lists, smoke),
            "budgets": list(SMOKE_BUDGETS),
            "label_passes": 5,
        },
        "small": {
            **shared,
            "lists": dict.fromkeys(lists, small),
            "budgets": list(TABLE_BUDGETS),
            "label_passes": 200,
        },
    }


MICRO201 = settings(
    "micro201", {"free": 48, "equal": 32}, pass_flops=36251821.0, label_passes=200, by_loss=True
)
MACRO = settings(
    "macro",
    {"free": 48, "band": 32},
    pass_flops=67966578.0,
    label_passes=200,
    within=0.1,
    by_loss=True,
)
POOLING = settings("pooling", {"all": 36}, pass_flops=103148032.0, label_passes=600)

MICRO201["full"] = {
    "space": "micro201",
    "network": {"space": "micro201", "size": "nas_bench_201"},
    "images": "cifar10",
    "truth": "nb201",
    "lists": {"free": None, "equal": None},
    "pass_flops": FULL_PASS_FLOPS,
    "equal_within": 0.0,
    "by_loss": False,
    "budgets": [3000, 10000, 30000],
    "label_passes": 39000,
    "updates": {
        "kind": "sgd",
        "rate": 0.025,
        "decay": 5e-4,
        "momentum": 0.9,
        "warm_up": 0,
        "crops": True,
    },
}

TASKS = (
    task(
        name="micro201",
        title="micro201",
        question="Cells of NAS-Bench-201, over all sizes and at one size: is more known of them "
        "than their size and their longest chain of convolutions?",
        lists={"free": "free", "equal": "equal"},
        tiers=MICRO201,
        offers=("images", "flops", "operators", "structure"),
        scored_by=("tau_equal_parameters_free", "tau_equal"),
        chain=True,
        loss=True,
        data=("mnist5k",),
        seconds={"smoke": 3, "small": 45},
    ),
    task(
        name="macro",
        title="macro",
        question="Blocks that share the weights of the widest: are widths and kernels ranked, over "
        "all sizes and at about one size?",
        lists={"free": "free", "band": "band"},
        tiers=MACRO,
        offers=("images", "flops", "operators", "nested", "blocks", "structure"),
        scored_by=("tau_equal_parameters_free", "tau_band"),
        chain=True,
        loss=True,
        data=("mnist5k",),
        seconds={"smoke": 3, "small": 45},
    ),
    task(
        name="pooling",
        title="pooling",
        question="Where a network halves its maps, at equal weights: 36 architectures that share "
        "everything.",
        lists={"": ""},
        tiers=POOLING,
        offers=("images", "flops", "enumerable", "pooling"),
        scored_by=("tau",),
        chain=False,
        data=("mnist5k",),
        seconds={"smoke": 3, "small": 45},
    ),
    task(
        name="nb201",
        title="NAS-Bench-201",
        question="Cells of a published table, on three data sets: what do counts and predictors "
        "know of them, and does it carry over?",
        lists=SETS,
        tiers=table_settings("nb201", "micro201", list(SETS), 128, 1024),
        offers=("flops", "latency", "structure"),
        scored_by=tuple(f"tau_equal_parameters_{name}" for name in SETS),
        chain=True,
        seeds=10,
        seconds={"smoke": 1, "small": 10},
        notes=(
            *TABLE_NOTES,
            "Drawn from the 5,723 cells that are alive, different networks, and of which no figure "
            "is another cell's (204 rows hold some). Multiply-adds order them as parameters do.",
        ),
    ),
    task(
        name="nbgraph",
        title="NAS-Bench-Graph",
        question="Graph networks of a published table, where a count of parameters tells little: "
        "what do predictors know of them?",
        lists={"": ""},
        tiers=table_settings("nbgraph", "nbgraph", ["arxiv"], 128, 1024),
        offers=("latency",),
        scored_by=("tau",),
        chain=False,
        seeds=10,
        seconds={"smoke": 1, "small": 10},
        notes=TABLE_NOTES,
    ),
)
