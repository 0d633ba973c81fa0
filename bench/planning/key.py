"""The key of a run and of an asset: a digest of everything that the outcome depends on.

Here: what enters a key. Same key, same record: a finished run is served from the store, and a
changed helper, hyperparameter, data set, scorer, budget or numeric library makes a new key.
Not here: reading source files (bench.planning.source).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Any

from bench.catalogue.modules import ROOT, locate
from bench.catalogue.registry import Method
from bench.contract.suite import Asset, Suite, Task
from bench.planning.source import SourceIndex

LENGTH = 24
"""Hex digits of a key: 96 bits."""

NUMERIC = ("torch", "numpy", "scipy", "scikit-learn")
"""Libraries whose version may change a digit."""

ENGINE = ("bench/running/worker.py",)
"""The engine's own file that a run's figures depend on (it imports the meter)."""


class Keys:
    """Makes keys, reading each source file once.

    Args:
        sources: the index of source files.
    """

    def __init__(self, sources: SourceIndex) -> None:
        self._sources = sources
        self._made: dict[tuple[str, str, str, int], tuple[Asset, ...]] = {}
        self._assets: dict[int, str] = {}
        self._closures: dict[tuple[Path, tuple[Path, ...]], str] = {}
        self._data: dict[tuple[str, str], str] = {}

    def run(
        self, suite: Suite, task: Task, method: Method, variant: str, tier: str, seed: int
    ) -> str:
        """The key of one run, LENGTH hex digits."""
        return _digest(
            {
                "suite": suite.name,
                "task": [task.name, task.version, task.settings[tier]],
                "budget": task.budgets[tier].as_dict(),
                "data": self.data(task.data, suite),
                "harness": self._module_closure(suite.harness),
                "engine": [self._closure(ROOT / file, (ROOT,)) for file in ENGINE],
                "assets": [self.asset(a, suite) for a in self.assets(suite, task, tier, seed)],
                "method": [method.name, method.function, self._method_closure(method, suite)],
                "params": dict(method.params or {}),
                "variant": [variant, dict(method.space or {}) if variant == "tuned" else {}],
                "tier": tier,
                "seed": seed,
                "versions": versions(),
            }
        )

    def asset(self, asset: Asset, suite: Suite) -> str:
        """The key of an asset, LENGTH hex digits."""
        known = self._assets.get(id(asset))
        if known is None:
            module = asset.builder.partition(":")[0]
            known = self._assets[id(asset)] = _digest(
                {
                    "builder": [asset.builder, self._module_closure(module)],
                    "arguments": asset.arguments,
                    "inputs": {i.name: self.asset(i, suite) for i in asset.inputs},
                    "data": self.data(asset.data, suite),
                    "versions": versions(),
                }
            )
        return known

    def data(self, names: Sequence[str], suite: Suite) -> dict[str, str]:
        """The digest of each data source, asked for once.

        Raises:
            DataMissing: one of them isn't here.
        """
        for name in names:
            if (suite.name, name) not in self._data:
                self._data[suite.name, name] = suite.data_digest(name)
        return {name: self._data[suite.name, name] for name in names}

    def assets(self, suite: Suite, task: Task, tier: str, seed: int) -> tuple[Asset, ...]:
        """The assets of a run; the same objects each time they are asked for."""
        place = (suite.name, task.name, tier, seed)
        if place not in self._made:
            self._made[place] = suite.assets(task, tier, seed)
        return self._made[place]

    def _module_closure(self, module: str) -> str:
        place = locate(module)
        return self._closure(place.file, (place.root, ROOT))

    def _method_closure(self, method: Method, suite: Suite) -> str:
        """A method's own folder comes first, then its suite's, then this repository."""
        return self._closure(method.path, (method.root, locate(suite.harness).root, ROOT))

    def _closure(self, file: Path, roots: tuple[Path, ...]) -> str:
        known = self._closures.get((file, roots))
        if known is None:
            digest = self._sources.closure_digest(file, roots)
            known = self._closures[file, roots] = digest
        return known


@cache
def versions() -> Mapping[str, str]:
    """The installed versions of the libraries whose version may change a digit."""
    found = {}
    for name in NUMERIC:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "absent"
    return found


def _digest(parts: Mapping[str, Any]) -> str:
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=_plain)
    return sha256(text.encode()).hexdigest()[:LENGTH]


def _plain(value: Any) -> Any:
    """Mappings and sequences of the declarations as JSON's own; anything else is a mistake."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (tuple, frozenset, set)):
        return sorted(value)
    raise TypeError(f"{value!r} can't enter a key: declare plain JSON values")
