"""Shows what the settings of `rebasin` lead to: its references, pair by pair.

    python -m suites.merging.rebasin.pilot [--seed 0]... [--set pairs.wide.training.steps=800]...

Builds every asset in this process, and prints for each pair the seconds that its training took and
the test accuracies (percent) of the experts, each on the digits that it knows, of their midpoint
and of their ensemble, and the room between the last two.
Settings are chosen by these rows, never by a method's. Not here: methods.
"""

from __future__ import annotations

from suites.common.accuracy import accuracy, choose
from suites.merging.compose.pilot import asked_of, build
from suites.merging.grid import GridPart
from suites.merging.harness import cell_accuracies
from suites.merging.rebasin.pairs import load_parts
from suites.merging.rebasin.task import REBASIN
from suites.merging.references import ensemble, midpoint


def report(part: GridPart) -> dict[str, float]:
    """A pair's rows: test accuracy in percent, the mean over its groups of digits."""
    grid = part.grid
    middle, _all = cell_accuracies(grid, midpoint(grid, part.assets))
    router = ensemble(grid, part.assets)
    together = [
        accuracy(choose(router(inputs, 0)), labels)
        for inputs, labels in zip(grid.test_inputs, grid.test_labels, strict=True)
    ]
    rows = {"experts": grid.expert_accuracies, "midpoint": middle, "ensemble": together}
    found = {name: 100 * sum(values) / len(values) for name, values in rows.items()}
    return found | {"room": found["ensemble"] - found["midpoint"]}


def main() -> None:
    """Read the arguments, build, print."""
    asked = asked_of(REBASIN)
    for seed in asked.seeds:
        built, seconds = build(asked.task, asked.tier, seed)
        print("rebasin", asked.tier, "seed", seed, asked.changes, f"{sum(seconds.values()):.1f} s")
        for part in load_parts(built, asked.task.settings[asked.tier], seed):
            rows = "  ".join(f"{name} {value:5.1f}" for name, value in report(part).items())
            print(f"  {part.name:<8} {seconds[f'experts_{part.name}']:5.1f} s  {rows}", flush=True)


if __name__ == "__main__":
    main()
