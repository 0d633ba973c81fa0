"""What the task `lora` is made of: images, network, training, budgets.

Here: plain data, read without torch. Not here: its declaration (suites.merging.lora.task), training
adapters (suites.merging.lora.networks).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.metering.budget import Budget
from suites.merging.compose.settings import PREFIXED, VIT, small_tier
from suites.merging.compose.smoke_settings import SMOKE_GLYPHS, SMOKE_VIT, smoke_tier

FIRST_SEED = 6000
"""Seed s draws its data and networks as number FIRST_SEED + s: no other task shares any."""

ADAPTERS: Mapping[str, Any] = {"rank": 4, "alpha": 8}
"""Rank of every product, and the factor before it times that rank."""

SMALL: Mapping[str, Any] = {
    **small_tier(PREFIXED, VIT, 0.6, 4e-4, (450, 600)),
    "experts": {"steps": 70, "batch": 32, "rate": 4e-3, "warmup": 5},
    "adapters": ADAPTERS,
    "first_seed": FIRST_SEED,
}
SMOKE: Mapping[str, Any] = {
    **smoke_tier(SMOKE_GLYPHS, SMOKE_VIT, 0.4),
    "experts": {"steps": 20, "batch": 32, "rate": 1e-2},
    "adapters": ADAPTERS,
    "first_seed": FIRST_SEED,
}

# Forward FLOPs of one glyph F = 6.8e6. With K = 8 experts and N = 256 images each, Gram statistics
# cost 3.2e10, 20 validations of 256 images 3.5e10, an exact Fisher over 4 classes 9 K N F = 1.3e11.
SMALL_BUDGET = Budget(
    limits={"flops": 1e12, "examples": 256 * 8, "trials": 20}, seconds=120, memory=2 * 1024**3
)
SMOKE_BUDGET = Budget(
    limits={"flops": 5e10, "examples": 256 * 4, "trials": 20}, seconds=60, memory=2 * 1024**3
)
