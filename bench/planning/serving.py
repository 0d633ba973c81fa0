"""Whether a record answers a run that is asked for now, and if not, why.

Here: a record's code held against the code that is here, part by part: equal, linked by a proof
(bench.records.links), or changed, in words that name the files. Not here: which records there are
(bench.records.store, bench.records.published), what to do about it (bench.planning.plan).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.contract.asset import Asset
from bench.contract.suite import Suite
from bench.planning.code import Closure, Code
from bench.planning.keys import Keys
from bench.records.digest import SHORT, digest
from bench.records.links import Link
from bench.records.record import Record

NEVER = "never run"


@dataclass(frozen=True)
class Standing:
    """How a record stands to what is asked for now.

    Attributes:
        why: what has changed since, in words; empty where the record serves or may serve.
        links: the proofs by which it serves; empty where nothing has changed.
        awaited: asset -> the content that it must turn out to have for the record to serve, of
            those that no ledger knows; empty where the record serves as it is.
        unknown: what has changed about those, in words.
    """

    why: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    awaited: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()

    @property
    def serves(self) -> bool:
        """Whether the record answers as it is."""
        return not self.why and not self.awaited


@dataclass(frozen=True)
class _Compared:
    """One part of the code, then and now.

    Attributes:
        part, of: as in bench.records.links.LinkedPart.
        then: its digest when the record was made.
        files: its files then; None where no ledger knows them.
        now: its closure here.
    """

    part: str
    of: str
    then: str
    files: Mapping[str, str] | None
    now: Closure


def standing(
    record: Record, code: Code, assets: Sequence[Asset], suite: Suite, keys: Keys
) -> Standing:
    """Hold a record against the code that is here; both were asked the same.

    Args:
        code: what would answer now.
        assets: those that the run is handed.
    """
    why: list[str] = []
    links: dict[str, Link] = {}
    for compared in _parts(record, code, suite, keys):
        if compared.then == compared.now.digest:
            continue
        way = keys.links.on_the_way(compared.part, compared.of, compared.then, compared.now.digest)
        links |= {link.file_name: link for link in way}
        if not way:
            why += changes(compared.files, compared.now.files, f"the {compared.part}'s code")
    why += _versions(record.code.get("versions", {}), code.versions)
    awaited, unknown = {}, list[str]()
    contents = record.code.get("assets", {})
    for asset in assets:
        known = keys.contents(asset, suite)
        if contents.get(asset.name) in known:
            continue
        if known or asset.name not in contents:
            why.append(f"asset {asset.name} came out differently")
        else:
            awaited[asset.name] = str(contents[asset.name])
            unknown += why_unknown(asset, suite, keys)
    return Standing(
        tuple(dict.fromkeys(why)),
        tuple(links.values()),
        {} if why else awaited,
        tuple(dict.fromkeys(unknown)),
    )


def _parts(record: Record, code: Code, suite: Suite, keys: Keys) -> list[_Compared]:
    own = record.code.get("method", {})
    harness, engine = (str(record.code.get(part, "")) for part in ("harness", "engine"))
    closures = keys.ledger.closures
    return [
        _Compared("method", f"{suite.name}/{record.method}", digest(own, SHORT), own, code.method),
        _Compared("harness", suite.name, harness, closures.get(harness), code.harness),
        _Compared("engine", "", engine, closures.get(engine), code.engine),
    ]


def changes(then: Mapping[str, str] | None, now: Mapping[str, str], what: str) -> list[str]:
    """What differs between two states of a closure, a sentence a file.

    Args:
        then: file -> digest, or None where that isn't known any more.
        what: what is said to have changed in that case.
    """
    if then is None:
        return [f"{what} changed"]
    words = [
        (file, "is gone" if file not in now else "is new" if file not in then else "changed")
        for file in sorted({*then, *now})
        if then.get(file) != now.get(file)
    ]
    return [f"{file} {word}" for file, word in words]


def why_unknown(asset: Asset, suite: Suite, keys: Keys) -> list[str]:
    """Why no ledger knows an asset: what has changed in its builder, or in what it is built of."""
    if keys.contents(asset, suite):
        return []
    inner = [word for needed in asset.inputs for word in why_unknown(needed, suite, keys)]
    if inner:
        return inner
    now = keys.builder(asset)
    earlier = keys.ledger.earlier(keys.asset_identity(asset, suite))
    if not earlier:
        return [f"asset {asset.name} was never built"]
    then = keys.ledger.closures.get(earlier[-1].builder)
    edits = changes(then, now.files, f"asset {asset.name}'s builder")
    return edits or [f"asset {asset.name}: the versions of its packages changed"]


def _versions(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return [
        f"{name} is {now.get(name, 'not used')}, was {then.get(name, 'not used')}"
        for name in sorted({*then, *now})
        if then.get(name) != now.get(name)
    ]
