"""Builds an asset here and now, in this process, without a store.

For checks, pilots and tests, which need an asset's content and no bench. Not here: what an asset is
(bench.contract.asset), building one for a bench, in a process of its own (bench.running.worker).
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from bench.catalogue.modules import ROOT
from bench.contract.asset import Asset
from bench.contract.job import Assets, Output
from bench.records.assets import shipped_file


def build_asset(asset: Asset) -> Output:
    """An asset, built from what it needs, which is built first."""
    module, _, function = asset.builder.partition(":")
    given: Assets | Path = {needed.name: build_asset(needed) for needed in asset.inputs}
    if asset.shipped:
        given = shipped_file(asset.shipped, ROOT)
    output: Output = getattr(import_module(module), function)(asset.arguments, given)
    return output
