"""Proofs that one state of the code gives what another gave: what `carry` writes.

A link is a file, `reports/published/carried/<from>-<to>.json`, written once and never changed: it
says which parts of the code of one commit answer as those of another did, and on which sample that
was tried. Here: the file's form, reading it, and whether links lead from one digest to another.
Not here: trying (commands.carry), what links serve (bench.planning.serving).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.records.published import PublishedError

FOLDER = "carried"
PARTS = ("method", "harness", "engine", "builder")


@dataclass(frozen=True)
class LinkedPart:
    """One part of the code that was replaced.

    Attributes:
        part: one of PARTS.
        of: whose: `<suite>/<method>`, a suite's name, or "" for the engine.
        old, new: digests of the closure before and after.
    """

    part: str
    of: str
    old: str
    new: str


@dataclass(frozen=True)
class Link:
    """One proof.

    Attributes:
        start, end: the commits.
        level: `quick` or `whole`.
        parts: what was replaced.
        alike: suite -> how many runs of the sample came out alike: all of them.
        strata: how the sample was drawn: stratum -> [drawn, of how many].
        sampled: each pair that was compared: what was asked, its status and its output's digest.
        functions: `changed`, `executed` and `named` (not executed, and accepted by name).
        provenance: machine, versions, when.
    """

    start: str
    end: str
    level: str
    parts: tuple[LinkedPart, ...]
    alike: dict[str, int]
    strata: dict[str, list[int]]
    sampled: list[dict[str, Any]] = field(default_factory=list)
    functions: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)

    @property
    def file_name(self) -> str:
        """`<from>-<to>.json`."""
        return f"{self.start[:12]}-{self.end[:12]}.json"

    @property
    def words(self) -> str:
        """How many of the sample came out alike, and between which commits."""
        drawn = sum(count for count, _ in self.strata.values())
        return (
            f"{sum(self.alike.values())} of {drawn} alike ({self.level} sample, "
            f"{self.start[:12]} to {self.end[:12]})"
        )

    def to_json(self) -> str:
        """The file's text."""
        return json.dumps(asdict(self), indent=1, sort_keys=True) + "\n"


class Links:
    """All links of a folder of published records.

    Args:
        links: in any order; they are kept by the time at which they were made.
    """

    def __init__(self, links: Iterable[Link] = ()) -> None:
        self.links = tuple(
            sorted(links, key=lambda link: (str(link.provenance.get("created", "")), link.end))
        )
        self._before: dict[tuple[str, str, str], set[str]] = {}
        self._by: dict[tuple[str, str, str, str], Link] = {}
        for link in self.links:
            for part in link.parts:
                self._before.setdefault((part.part, part.of, part.new), set()).add(part.old)
                self._by[part.part, part.of, part.old, part.new] = link

    def before(self, part: str, of: str, digest: str) -> set[str]:
        """Every digest from which links lead to that one, itself among them."""
        reached, open_digests = {digest}, [digest]
        while open_digests:
            for old in self._before.get((part, of, open_digests.pop()), ()):
                if old not in reached:
                    reached.add(old)
                    open_digests.append(old)
        return reached

    def undone(self, part: str, of: str, digest: str, count: int) -> str:
        """What a part's digest was before the last so many links."""
        for link in reversed(self.links[len(self.links) - count :]):
            for linked in link.parts:
                if (linked.part, linked.of, linked.new) == (part, of, digest):
                    digest = linked.old
        return digest

    def on_the_way(self, part: str, of: str, old: str, new: str) -> list[Link]:
        """The links that lead from one digest to another, first to last; empty if none do."""
        paths: list[tuple[str, list[Link]]] = [(new, [])]
        seen = {new}
        for digest, path in paths:
            for before in sorted(self._before.get((part, of, digest), ())):
                link = [self._by[part, of, before, digest], *path]
                if before == old:
                    return link
                if before not in seen:
                    seen.add(before)
                    paths.append((before, link))
        return []


def read_links(published: Path) -> Links:
    """The links of a folder of published records.

    Raises:
        PublishedError: a file isn't one.
    """
    return Links(_read(file) for file in sorted((published / FOLDER).glob("*.json")))


def _read(file: Path) -> Link:
    try:
        data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        parts: Sequence[LinkedPart] = [LinkedPart(**part) for part in data.pop("parts")]
        return Link(parts=tuple(parts), **data)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise PublishedError(
            f"{file}: not a link ({error}). Take it back from git, or delete it and prove the "
            "change again with `python -m bench carry`."
        ) from None
