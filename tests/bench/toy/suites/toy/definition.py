"""A suite small enough to test the engine with: guess the sum of some numbers."""

from bench.metering.budget import FLOPS, Budget, Counter
from bench.contract.asset import Asset, Shipped
from bench.contract.metric import Metric
from bench.contract.suite import Need, Suite, Task, Track


OFFSETS = Shipped(
    path="suites/toy/offsets.csv.gz",
    digest="edd72fa795e3751db9113e4de55817ba82f3e9f783083f320b381b86bf32b87d",
    regenerate="python -m suites.toy.offsets --row {row}",
    rows=16,
)


def assets(task: Task, tier: str, seed: int) -> tuple[Asset, ...]:
    """Numbers to look at, and their sum to score by."""
    numbers = Asset(
        name="numbers",
        builder="suites.toy.building:numbers",
        arguments={**task.settings[tier], "seed": seed},
        seconds=0.1,
    )
    answers = Asset(
        name="answers",
        builder="suites.toy.building:answers",
        arguments={},
        inputs=(numbers,),
        data=("dust",),
        seconds=0.1,
        for_scoring=True,
    )
    offsets = Asset(
        name="offsets",
        builder="suites.toy.offsets:load",
        arguments={"rows": 16},
        seconds=0.1,
        shipped=OFFSETS,
    )
    return (numbers, answers, offsets)


def data_digest(name: str) -> str:
    """The digest of the one data source."""
    from suites.toy.data import DIGEST

    return DIGEST


ERROR = Metric(name="error", title="Error", unit="", better="low", meaning="How far the guess is from the sum.")
BUDGET = Budget(limits={"flops": 2e4, "examples": 10, "trials": 2}, seconds=5, memory=300 * 2**20)

SUITE = Suite(
    name="toy",
    title="Toy",
    question="What is the sum?",
    tasks=(
        Task(
            name="add",
            title="Add",
            question="What is the sum of these numbers?",
            version=1,
            metrics=(ERROR,),
            scored_by=("error",),
            floor="zero",
            ceiling="truth",
            offers=("numbers",),
            settings={"smoke": {"count": 8}, "small": {"count": 64}},
            budgets={"smoke": BUDGET, "small": BUDGET},
            seeds={"smoke": 2, "small": 5},
            data=("dust",),
            tuned_on="a split that the toy suite makes up",
        ),
    ),
    needs=(
        Need(name="numbers", title="numbers", meaning="The numbers themselves."),
        Need(name="oracle", title="an oracle", meaning="Someone who knows."),
    ),
    tracks=(Track(name="single", title="Single", meaning="All of them."),),
    harness="suites.toy.harness",
    template="methods/toy/_template.py",
    references="suites.toy.references",
    assets=assets,
    data_digest=data_digest,
    counters=(
        FLOPS,
        Counter(name="examples", title="Examples", meaning="Numbers that were looked at."),
        Counter(name="trials", title="Trials", meaning="Guesses that were tried."),
    ),
)
