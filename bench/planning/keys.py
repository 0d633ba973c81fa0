"""Keys: digests of what is asked and of what answers.

Here: an asset's key (its identity, its builder's closure, its inputs' keys, versions), the key of
a record (identity and code, the contents of its assets among the latter), and what the ledger and
the links know of them. Same key, same content. Not here: the parts themselves
(bench.planning.identity, bench.planning.code), whether a record serves (bench.planning.serving).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from bench.catalogue.registry import Method
from bench.contract.asset import Asset
from bench.contract.suite import Suite, Task
from bench.planning.code import Closure, Closures, Code
from bench.planning.identity import identity_of_asset, identity_of_run
from bench.planning.source import SourceIndex
from bench.records import assets
from bench.records.digest import digest
from bench.records.ledger import BuiltAsset, Ledger
from bench.records.links import Links


class PlannedCode(Protocol):
    """What `Keys.closures_of` reads of a planned run."""

    @property
    def suite(self) -> Suite: ...

    @property
    def method(self) -> Method: ...

    @property
    def assets(self) -> tuple[Asset, ...]: ...


class Keys:
    """Works out keys, each part once.

    Args:
        sources: the index of source files.
        ledger: what assets turned out to be.
        links: proofs that one state of the code answers as another did.
    """

    def __init__(
        self, sources: SourceIndex, ledger: Ledger | None = None, links: Links | None = None
    ) -> None:
        self.closures = Closures(sources)
        self.ledger = ledger or Ledger()
        self.links = links or Links()
        self._made: dict[tuple[str, str, str, int], tuple[Asset, ...]] = {}
        self._keys: dict[int, tuple[str, ...]] = {}
        self._identities: dict[int, str] = {}
        self._data: dict[tuple[str, str], str] = {}
        self._codes: dict[tuple[str, str], Code] = {}

    def identity(
        self, suite: Suite, task: Task, method: Method, variant: str, tier: str, seed: int
    ) -> dict[str, Any]:
        """What is asked of one run, part by part."""
        data = self.data(task.data, suite)
        assets = self.assets(suite, task, tier, seed)
        return identity_of_run(suite, task, method, variant, tier, seed, data, assets)

    def code(self, suite: Suite, method: Method) -> Code:
        """What answers the runs of a method, but for its assets' contents."""
        place = (suite.name, method.name)
        if place not in self._codes:
            self._codes[place] = self.closures.code(suite, method)
        return self._codes[place]

    def asset(self, asset: Asset, suite: Suite) -> str:
        """The key of an asset as the code is now."""
        return self._asset_keys(asset, suite)[0]

    def contents(self, asset: Asset, suite: Suite) -> set[str]:
        """What is known of an asset's content, under its key or one that links lead from."""
        return self.ledger.contents(self._asset_keys(asset, suite))

    def known(self, asset: Asset, suite: Suite) -> set[BuiltAsset]:
        """The ledger's entries for an asset, under its key or one that links lead from."""
        entries = self.ledger.assets
        return {built for key in self._asset_keys(asset, suite) for built in entries.get(key, ())}

    def folder(self, asset: Asset, suite: Suite, home: Path) -> Path:
        """Where an asset lies, or is to be built.

        What code built that links lead from serves as well, if it is here.
        """
        folders = [assets.folder_of(home, asset, key) for key in self._asset_keys(asset, suite)]
        return next((folder for folder in folders if assets.is_there(folder)), folders[0])

    def built(self, asset: Asset, suite: Suite, content: str) -> BuiltAsset:
        """The ledger's entry for an asset of that content."""
        return BuiltAsset(
            key=self.asset(asset, suite),
            name=asset.name,
            identity=self.asset_identity(asset, suite),
            builder=self.builder(asset).digest,
            content=content,
        )

    def builder(self, asset: Asset) -> Closure:
        """The closure of an asset's builder."""
        return self.closures.of_module(asset.builder.partition(":")[0])

    def builders(self, assets: Iterable[Asset]) -> dict[str, str]:
        """The modules that build some assets and all that these are built of -> closure digests."""
        return {
            asset.builder.partition(":")[0]: self.builder(asset).digest
            for asset in with_inputs(assets)
        }

    def asset_identity(self, asset: Asset, suite: Suite) -> str:
        """A digest of what is asked of an asset's builder."""
        known = self._identities.get(id(asset))
        if known is None:
            inputs = {i.name: self.asset_identity(i, suite) for i in asset.inputs}
            data = self.data(asset.data, suite)
            known = self._identities[id(asset)] = identity_of_asset(asset, inputs, data)
        return known

    def closures_of(self, runs: Iterable[PlannedCode]) -> dict[str, dict[str, str]]:
        """The shared closures behind some runs, as a ledger keeps them: digest -> files."""
        closures: dict[str, dict[str, str]] = {}
        for run in runs:
            code = self.code(run.suite, run.method)
            builders = [self.builder(asset) for asset in with_inputs(run.assets)]
            for closure in (code.harness, code.engine, *builders):
                closures[closure.digest] = dict(closure.files)
        return closures

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

    def _asset_keys(self, asset: Asset, suite: Suite) -> tuple[str, ...]:
        """An asset's key, and then those that it had before the last link, the last two, ..."""
        known = self._keys.get(id(asset))
        if known is None:
            generations = range(len(self.links.links) + 1)
            keys = [self._asset_key(asset, suite, generation) for generation in generations]
            known = self._keys[id(asset)] = tuple(dict.fromkeys(keys))
        return known

    def _asset_key(self, asset: Asset, suite: Suite, generation: int) -> str:
        closure = self.builder(asset)
        return digest(
            {
                "identity": self.asset_identity(asset, suite),
                "builder": self.links.undone("builder", suite.name, closure.digest, generation),
                "inputs": {i.name: self._asset_key(i, suite, generation) for i in asset.inputs},
                "versions": dict(closure.versions),
            }
        )


def with_inputs(assets: Iterable[Asset]) -> Iterator[Asset]:
    """Some assets, each followed by what it is built from, and so on."""
    for asset in assets:
        yield asset
        yield from with_inputs(asset.inputs)


def record_key(identity: Mapping[str, Any], code: Mapping[str, Any]) -> str:
    """The key of a record: the digest of what was asked and of what answered.

    Args:
        code: as `Code.parts` gives it, with `assets`: name -> content.
    """
    return digest({"identity": identity, "code": code})
