"""What small multiples share: labels and words."""

import pytest

from leaderboard.figures import inline, opening, places


@pytest.mark.parametrize(
    ("xs", "labels"),
    [
        ([2, 4, 8, 16], ["2", "4", "8", "16"]),
        ([3e-4, 1e-3, 0.01, 0.1], ["3e-4", "1e-3", "1e-2", "1e-1"]),
        ([0.01, 0.05, 0.5, 1.0], ["0.01", "0.05", "0.5", "1"]),
        ([320, 1600, 32_000, 1_250_000], ["320", "1600", "32k", "1.25M"]),
        ([2.5e-4, 1, 3], ["2.5e-4", "1", "3"]),
        ([], []),
    ],
)
def test_places_are_written_briefly(xs: list[float], labels: list[str]) -> None:
    assert list(places(xs).values()) == labels


def test_names_keep_their_capitals_within_a_sentence() -> None:
    assert [inline(title) for title in ("Held-in", "SGD", "PSNR, seen")] == [
        "held-in", "SGD", "PSNR, seen",
    ]  # fmt: skip
    assert opening("loss of SGD") == "Loss of SGD"
