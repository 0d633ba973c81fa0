"""What assets and closures turned out to be: key -> digest of the content, digest -> files.

A run's record names its assets by the digest of their content, so that code that builds the same
bytes in another way makes no record stale; this ledger is how planning knows that digest without
building anything. It also holds each asset's answer apart from the asset itself: what lies in an
asset's folder is held against it at each load. Here: the ledger of a home (a file that is appended
to) and of the published records (`reports/published/<suite>/ledger.json`). Not here: keys
(bench.planning.keys), the assets themselves (bench.records.assets).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

LOCAL, PUBLISHED = "ledger.jsonl", "ledger.json"


@dataclass(frozen=True)
class BuiltAsset:
    """What an asset turned out to be.

    Attributes:
        key: of the asset (what is asked and what answers).
        name: what it is to a run, e.g. `experts`.
        identity: digest of what is asked alone.
        builder: digest of its builder's closure.
        content: digest of its tensors and data.
    """

    key: str
    name: str
    identity: str
    builder: str
    content: str


@dataclass
class Ledger:
    """All that is known of assets and closures, from one or more files.

    Attributes:
        assets: key -> what it turned out to be, here and elsewhere; on another kind of processor
            the last digits may differ, so that one key has several contents.
        closures: digest -> file -> digest of its code.
        here: key -> content of what this home has built itself.
    """

    assets: dict[str, set[BuiltAsset]] = field(default_factory=dict)
    closures: dict[str, dict[str, str]] = field(default_factory=dict)
    here: dict[str, str] = field(default_factory=dict)

    def add(self, built: BuiltAsset) -> None:
        """Take note of an asset."""
        self.assets.setdefault(built.key, set()).add(built)

    def contents(self, keys: Iterable[str]) -> set[str]:
        """Every content that an asset of one of those keys is known to have."""
        return {built.content for key in keys for built in self.assets.get(key, ())}

    def earlier(self, identity: str) -> list[BuiltAsset]:
        """Assets of that identity, by whatever code they were built."""
        return [b for known in self.assets.values() for b in known if b.identity == identity]


def read_ledger(home: Path, published: Path | None) -> Ledger:
    """The ledger of a home and of a folder of published records; what is damaged is left out."""
    ledger = Ledger()
    for file in sorted(published.glob(f"*/{PUBLISHED}")) if published else ():
        with suppress(OSError, ValueError, TypeError, AttributeError):
            data = json.loads(file.read_text(encoding="utf-8"))
            ledger.closures |= data["closures"]
            for built in data["assets"]:
                ledger.add(BuiltAsset(**built))
    with suppress(OSError):
        for line in (home / LOCAL).read_text(encoding="utf-8").splitlines():
            with suppress(ValueError, TypeError, KeyError):
                _read_line(json.loads(line), ledger)
    return ledger


def _read_line(entry: Mapping[str, object], ledger: Ledger) -> None:
    if "closure" in entry:
        files = entry["files"]
        if isinstance(files, dict):
            ledger.closures[str(entry["closure"])] = files
        return
    built = BuiltAsset(**{name: str(value) for name, value in entry.items()})
    ledger.add(built)
    ledger.here[built.key] = built.content


def append_asset(home: Path, built: BuiltAsset) -> None:
    """Add an asset to a home's ledger."""
    _append(home, asdict(built))


def append_closures(home: Path, closures: Mapping[str, Mapping[str, str]], known: Ledger) -> None:
    """Add the closures that a home's ledger doesn't know: digest -> file -> digest."""
    for digest, files in closures.items():
        if digest not in known.closures:
            _append(home, {"closure": digest, "files": dict(files)})
            known.closures[digest] = dict(files)


def _append(home: Path, entry: Mapping[str, object]) -> None:
    """One line, in one write, so that two benches on one home don't mix theirs.

    It starts on a line of its own, whatever a killed bench has left half written.
    """
    line = f"\n{json.dumps(entry, sort_keys=True)}\n".encode()
    descriptor = os.open(home / LOCAL, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, line)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def published_text(
    assets: Iterable[BuiltAsset], closures: Mapping[str, Mapping[str, str]], before: str = ""
) -> str:
    """A published ledger's text: what it held before, with more assets and closures."""
    data = json.loads(before) if before else {"assets": [], "closures": {}}
    known = {BuiltAsset(**entry) for entry in data["assets"]} | set(assets)
    ordered = sorted(known, key=lambda b: (b.name, b.identity, b.key, b.content))
    merged = {**data["closures"], **{d: dict(files) for d, files in closures.items()}}
    text = json.dumps(
        {"assets": [asdict(built) for built in ordered], "closures": dict(sorted(merged.items()))},
        indent=1,
    )
    return text + "\n"
