"""The stored outcome of a run, failures included.

Here: the record and the words for its status. Not here: storing (bench.records.store), tables
(reports).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from bench.records.digest import digest

STATUSES = {
    "ok": "finished inside its budget",
    "over_budget": "was stopped before the operator that would have crossed its budget",
    "timeout": "was stopped at its deadline",
    "out_of_memory": "was stopped at its memory cap",
    "crashed": "raised an error, or its process died",
    "diverged": "returned NaN or infinite values",
    "invalid": "broke its suite's contract",
    "skipped": "needs what the task doesn't offer",
    "infra": "failed through the machine's fault, and is tried again by the next run",
}
"""Every status of a record, with what the run did."""

BAD = ("crashed", "invalid", "infra")
"""Statuses that make the command line exit with 1."""


def failed(status: str) -> bool:
    """Whether a run of that status was run and came to no figures."""
    return status not in ("ok", "skipped")


STANDINGS = ("self-reported", "reproduced", "maintainer-run")
"""Who vouches for a published record: who sent it, who made it again, who runs the project."""


@dataclass
class Record:
    """One run's outcome.

    Attributes:
        key: digest of identity and code: of everything that the outcome depends on.
        suite, task, task_version, tier, method, variant, seed: which run. `variant` is `default`
            (the declared hyperparameters) or `tuned` (chosen on validation inside the budget).
        kind: `method` or `reference`.
        track: the ranking that it enters.
        params: the declared hyperparameters.
        identity: what was asked, part by part (bench.planning.identity).
        code: what answered, part by part: `method` (file -> digest of its code), `harness` and
            `engine` (digests of their closures), `assets` (name -> digest of its content),
            `versions` (package -> version).
        output: digest of what the method returned; "" where it returned nothing.
        status, reason, log: what became of it, in one sentence, and the tail of what it printed.
        metrics: name -> value; empty unless ok.
        details: whatever the suite adds, e.g. each cell's accuracy or the hyperparameters chosen.
        cost: what was spent of each of the suite's counters (`flops` among them), `flops_by`
            (phase -> FLOPs), `uncharged` (FLOPs of what the suite itself wanted, by name, where it
            did), `seconds`, `cpu_seconds`, `peak_memory` (bytes), and what the suite
            adds (e.g. `parameters`); `scoring` is what measuring it took, charged to nobody.
        artefacts: small files that it leaves, name -> `digest` and `bytes`; see bench.records.kept.
        budget: the limits it ran under, as Budget.as_dict gives them.
        provenance: commit, dirty, lock, python, torch, numpy, cpu, cores, threads, device,
            command, created (UTC, ISO 8601).
        standing: one of STANDINGS.
    """

    key: str
    suite: str
    task: str
    task_version: int
    tier: str
    method: str
    variant: str
    seed: int
    kind: str
    track: str
    params: dict[str, Any]
    status: str
    identity: dict[str, Any] = field(default_factory=dict)
    code: dict[str, Any] = field(default_factory=dict)
    output: str = ""
    reason: str = ""
    log: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    cost: dict[str, Any] = field(default_factory=dict)
    artefacts: dict[str, dict[str, Any]] = field(default_factory=dict)
    budget: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)
    standing: str = STANDINGS[0]

    @property
    def place(self) -> tuple[str, str, str, str, str, int]:
        """Suite, task, tier, method, variant and seed: which cell of which table it is."""
        return (self.suite, self.task, self.tier, self.method, self.variant, self.seed)

    @property
    def failed(self) -> bool:
        """Whether it was run and came to no figures."""
        return failed(self.status)

    @property
    def asked(self) -> str:
        """A digest of what was asked: equal for all records of one run, whatever code answered."""
        return digest(self.identity)

    def to_json(self) -> str:
        """One line of JSON with sorted keys; NaN and infinities are refused."""
        return json.dumps(asdict(self), sort_keys=True, allow_nan=False, ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str) -> Record:
        """Read `to_json`'s line. Unknown keys are ignored, so that older code reads newer files.

        Raises:
            ValueError: the line isn't JSON, or lacks a field that every record has.
        """
        data = json.loads(line)
        known = {f.name for f in fields(cls)}
        try:
            return cls(**{name: value for name, value in data.items() if name in known})
        except TypeError as error:
            raise ValueError(f"not a record: {error}") from None
