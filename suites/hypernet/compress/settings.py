"""What defines the task compress in each tier, and its curve.

Here: plain data, read without torch. Not here: drawing it (suites.hypernet.compress.drawing).
"""

from __future__ import annotations

from bench.contract.metric import Point
from suites.hypernet import image_settings

SHARES = (1, 3, 10, 30, 100)
"""How many numbers may be stored, in percent of the target's weights."""

_RATES = {"adam": [1e-3, 3e-3, 1e-2]}

SETTINGS = {
    "smoke": {
        "images": image_settings.SMOKE,
        "target": [64, 16, 10],
        "shares": [3, 30, 100],
        "steps": 60,
        "batch": 32,
        "rates": _RATES,
        "target_loss": 1.0,
        "points": "part",
    },
    "small": {
        "images": image_settings.SMALL,
        "target": [64, 16, 10],
        "shares": list(SHARES),
        "steps": 600,
        "batch": 64,
        "rates": _RATES,
        "target_loss": 0.5,
        "points": "part",
    },
    "full": {
        "images": image_settings.FULL,
        "target": [784, 16, 10],
        "shares": list(SHARES),
        "steps": 4000,
        "batch": 128,
        "rates": _RATES,
        "target_loss": 0.5,
        "points": "part",
    },
}

METRICS = tuple(
    Point(
        name=f"accuracy_{share}",
        title=f"Accuracy at {share}%",
        unit="fraction",
        better="high",
        meaning=(
            f"Test accuracy with at most {share}% of the target's weights stored; absent for a "
            "method that can't be stored in so few numbers."
        ),
        curve="Accuracy",
        axis="stored share (%)",
        x=float(share),
    )
    for share in SHARES
)

NOTES = (
    "Stored are trainable numbers; what a seed gives again (frozen bases, a frozen start) is not.",
    "A method that can't be stored in a share's numbers counts there as failed and as a guess; the "
    "curve leaves that share out, and the run's page tells the fewest numbers it takes.",
    "Seeds: in a pilot of 5 (`python -m bench power --task compress`) paired differences of the "
    "score had a standard deviation of at most .017 for half of the pairs, .021 for three of four: "
    "4 seeds show .05, and it has 5. Its references were at .10 and .96.",
)
