"""Which records a table looks at."""

from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bench.records.published import write
from bench.records.store import Store
from reports.load import current, from_published
from tests.reports.invented import record, suite

SUITE = suite()


def test_only_the_asked_tier_and_the_current_version_of_a_task_count() -> None:
    kept = record("strong", "near", 0, {"held_in": 0.6})
    others = [
        replace(kept, key="b", tier="smoke"),
        replace(kept, key="c", task_version=0),
        replace(kept, key="d", task="no_longer_there"),
        replace(kept, key="e", suite="another"),
    ]
    assert current([*others, kept], SUITE, "small") == [kept]


@settings(deadline=None)
@given(st.permutations(range(3)))
def test_of_a_run_made_again_the_newest_record_stands(order: list[int]) -> None:
    made = [
        replace(
            record("strong", "near", 0, {"held_in": value}),
            key=f"key{value}",
            provenance={"created": f"2025-11-{day}"},
        )
        for value, day in ((0.1, "03"), (0.2, "21"), (0.3, "12"))
    ]
    assert [r.metrics["held_in"] for r in current([made[i] for i in order], SUITE, "small")] == [
        0.2
    ]


def test_a_store_and_a_published_folder_give_the_same_records(tmp_path: Path) -> None:
    made = [record("strong", "near", seed, {"held_in": 0.6}) for seed in range(3)]
    Store(tmp_path / "records.sqlite").put(made)
    write(made, tmp_path / "published")
    stored = sorted(Store(tmp_path / "records.sqlite", create=False).records(), key=lambda r: r.key)
    assert stored == from_published(tmp_path / "published") == made
