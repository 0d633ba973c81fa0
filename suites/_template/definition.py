"""What my suite measures: its task, metric, needs, ranking and assets, as plain data.

Listing and planning import this file, so it imports neither torch nor data. Not here: what builds
the assets (data.py), what a method is handed (problem.py), how a run is made and scored
(harness.py).
"""

from __future__ import annotations

from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from bench.contract.asset import Asset
from bench.contract.metric import Metric
from bench.contract.suite import DataMissing, Need, Suite, Task, Track
from bench.metering.budget import FLOPS, Budget, Counter

HERE = __package__
"""The dotted name of this folder, wherever the suite lies."""

ACCURACY = Metric(
    name="accuracy",
    title="Accuracy",
    unit="fraction",
    better="high",
    meaning="Share of hidden images that get their own class. Says nothing about confidence.",
)

EXAMPLES = Counter(
    name="examples",
    title="Examples",
    meaning="Images that were asked for, beyond the labelled ones.",
)

BUDGET = Budget(limits={"flops": 1e9, "examples": 500}, seconds=60, memory=2**30)


def assets(task: Task, tier: str, seed: int) -> tuple[Asset, ...]:
    """What a run is handed: few labelled images, and what only references and scoring may see."""
    arguments = {**task.settings[tier], "seed": seed}
    names = ("labelled", "unlabelled", "everything", "answers")
    return tuple(
        Asset(
            name=name,
            builder=f"{HERE}.data:{name}",
            arguments=arguments,
            data=task.data,
            for_references=name == "everything",
            for_scoring=name == "answers",
        )
        for name in names
    )


def data_digest(name: str) -> str:
    """The digest of a data source's file. Raises DataMissing where it isn't here."""
    package = find_spec("sklearn")
    file = Path(package.origin or "").parent / f"datasets/data/{name}.csv.gz" if package else None
    if file is None or not file.is_file():
        raise DataMissing(f"{name} isn't here: pip install scikit-learn, which brings it")
    return sha256(file.read_bytes()).hexdigest()


SUITE = Suite(
    name="my_suite",
    title="My suite",
    question="Which classifier gets furthest with few labels?",
    tasks=(
        Task(
            name="few-digits",
            title="Few digits",
            question="How well are hidden digits classified, given five labelled ones of a class?",
            version=1,
            metrics=(ACCURACY,),
            scored_by=("accuracy",),
            floor="constant",
            ceiling="all_labels",
            offers=("unlabelled",),
            settings={
                "smoke": {"of_a_class": 5, "training": 600, "hidden": 300},
                "small": {"of_a_class": 5, "training": 1200, "hidden": 597},
            },
            budgets={"smoke": BUDGET, "small": BUDGET},
            seeds={"smoke": 2, "small": 5},
            data=("digits",),
            seconds={"smoke": 0.5, "small": 0.5},
            notes=("Images of 8 x 8 pixels: what is easy here may be hard on larger ones.",),
        ),
    ),
    needs=(
        Need(
            name="unlabelled",
            title="unlabelled images",
            meaning="More images of the same kind, without their classes; each costs one example.",
            icon="need",
        ),
    ),
    tracks=(Track(name="linear", title="Linear", meaning="Linear classifiers."),),
    harness=f"{HERE}.harness",
    references=f"{HERE}.references",
    checks=f"{HERE}.checks:check",
    template="my_suite/methods/_template.py",
    counters=(FLOPS, EXAMPLES),
    assets=assets,
    data_digest=data_digest,
)
