"""A suite small enough to test the engine with: guess the sum of some numbers."""

from bench.metering.budget import Budget
from bench.contract.suite import Asset, Metric, Need, Suite, Task, Track


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
    return (numbers, answers)


def data_digest(name: str) -> str:
    """The digest of the one data source."""
    from suites.toy.data import DIGEST

    return DIGEST


ERROR = Metric("error", "Error", "", "low", "How far the guess is from the sum.")
BUDGET = Budget(flops=2e4, examples=10, trials=2, seconds=5, memory=300 * 2**20)

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
        ),
    ),
    needs=(
        Need("numbers", "numbers", "The numbers themselves."),
        Need("oracle", "an oracle", "Someone who knows."),
    ),
    tracks=(Track("single", "Single", "All of them."),),
    harness="suites.toy.harness",
    references="suites.toy.references",
    assets=assets,
    data_digest=data_digest,
)
