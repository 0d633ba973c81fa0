"""`python -m bench carry`: prove that the code answers as it did, and let old records stand.

Here: the steps. The code of another commit (in a git worktree) and the code here make the same
sample of runs on this machine, which that commit alone draws: another try asks for the same runs,
and makes only those that its edit changed. Every pair is compared to the last digit, down to the
digest of what the method returned, and every changed function must be seen to run. Where all is
alike, one link is written (bench.records.links) by which old records serve from now on; they are
never re-stamped.
Not here: which runs (bench.planning.sample), which functions (bench.planning.changed).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.catalogue.registry import ROOT
from bench.planning.changed import changed_functions
from bench.planning.sample import (
    CarryError,
    Cell,
    CodeDifference,
    cell_of,
    code_difference,
    functions_to_watch,
    stratified,
)
from bench.records.digest import digest
from bench.records.home import home
from bench.records.links import FOLDER, Link, LinkedPart
from bench.records.published import PUBLISHED, read, replace_file
from bench.running.provenance import machine
from bench.running.tracing import WATCH
from commands.stopping import Stoppable

PACKAGES = ("bench", "suites", "methods")
"""What a record's code is made of."""

NOT_COMPARED = frozenset(
    {"seconds", "cpu_seconds", "peak_memory", "unmetered", "scoring", "unexplained"}
)
"""Costs that differ from run to run."""


@dataclass(frozen=True)
class Request:
    """What is asked of `carry`.

    Attributes:
        start: the commit whose records are to stand.
        tier, level: how large the runs are, and how many.
        jobs: side by side; 0 for as many as cores.
        unexecuted: functions that may stay unseen, by name.
    """

    start: str
    tier: str
    level: str
    jobs: int
    unexecuted: Sequence[str]


@dataclass(frozen=True)
class PairOfRuns:
    """One pair of runs: the cell, and in what they differ (nothing, if all is well)."""

    cell: Cell
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    differing: tuple[str, ...]


def carry(request: Request) -> int:
    """Prove, link, and tell; the exit code.

    Raises:
        CarryError: the tree is dirty, the commit isn't there, or the states can't be compared.
    """
    start, end = _commit(request.start), _commit("HEAD")
    _refuse_dirty()
    tree = _worktree(start)
    _say(f"comparing {start[:12]} (in {tree}) with {end[:12]}")
    old, new = _plan(tree, request.tier), _plan(ROOT, request.tier)
    difference = code_difference(old, new)
    if not difference.parts:
        _say("nothing that records depend on differs: they serve as they are")
        return 0
    watched = _watched(start, _files(old, new, difference))
    failed = _cells_without_a_result(request.tier)
    cells, counts = stratified(difference.touched, request.level, start, failed)
    _say(
        f"{len(difference.parts)} parts differ; {len(cells)} of {len(difference.touched)} runs are "
        f"made with each; {len(watched)} functions differ"
    )
    folder = home() / "carry" / start[:12]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cells.json").write_text(json.dumps(cells))
    before = _made(tree, folder, "old", request, [])
    after = _made(ROOT, folder, "new", request, watched)
    pairs = [_compare(cell, before[cell], after[cell]) for cell in cells if cell in before]
    unseen = sorted(set(watched) - _seen_to_run(folder, watched))
    return _conclude(request, (start, end), difference, counts, pairs, (watched, unseen))


def _conclude(
    request: Request,
    commits: tuple[str, str],
    difference: CodeDifference,
    counts: Mapping[str, list[int]],
    pairs: Sequence[PairOfRuns],
    functions: tuple[Sequence[str], Sequence[str]],
) -> int:
    """Write the link, if there is one to write, and tell."""
    watched, unseen = functions
    for pair in pairs:
        if pair.differing:
            print(f"different: {' '.join(map(str, pair.cell))}: {'; '.join(pair.differing)}")
    blocking = [name for name in unseen if name not in request.unexecuted]
    for name in unseen:
        print(f"never run: {name}{'' if name in blocking else ' (named: accepted)'}")
    parts = carried_parts(difference.parts, pairs)
    if blocking:
        print(
            f"Nothing is carried: {len(blocking)} changed functions were run by no run of the "
            "sample. Drop them, make the sample larger (without --quick), or name each that no "
            "figure depends on: --unexecuted FILE:FUNCTION."
        )
        return 1
    if not parts:
        print("Nothing is carried: what differs answers differently. Run it again instead.")
        return 1
    alike = dict.fromkeys(counts, 0)
    for pair in pairs:
        alike[pair.cell[0]] += not pair.differing
    link = Link(
        start=commits[0],
        end=commits[1],
        level=request.level,
        parts=parts,
        alike=alike,
        strata={suite: list(count) for suite, count in counts.items()},
        sampled=[_proof(pair) for pair in pairs if not pair.differing],
        functions={
            "changed": len(watched),
            "executed": len(watched) - len(unseen),
            "named": [name for name in unseen if name in request.unexecuted],
        },
        provenance={**machine(), "created": datetime.now(UTC).isoformat(timespec="seconds")},
    )
    path = PUBLISHED / FOLDER / link.file_name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(link.to_json(), encoding="utf-8")
    total = sum(not pair.differing for pair in pairs)
    left = len(difference.parts) - len(parts)
    print(
        f"Carried: {total} of {len(pairs)} runs alike to the last digit"
        f"{f', {left} parts not carried' if left else ''}. Wrote {path.relative_to(ROOT)}: commit "
        "it with the change."
    )
    return 0 if total == len(pairs) else 1


def carried_parts(
    parts: Sequence[LinkedPart], pairs: Iterable[PairOfRuns]
) -> tuple[LinkedPart, ...]:
    """What may be linked: nothing of a method that differs, nothing shared if anything differs."""
    differing = {f"{pair.cell[0]}/{pair.cell[2]}" for pair in pairs if pair.differing}
    shared = any(part.part != "method" for part in parts)
    if shared and differing:
        return ()
    return tuple(part for part in parts if part.of not in differing)


def _compare(cell: Cell, old: Mapping[str, Any], new: Mapping[str, Any]) -> PairOfRuns:
    return PairOfRuns(cell, old, new, tuple(differing(old, new)))


def differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """In what two records of one cell differ, in words; times and memory don't count."""
    words = [
        f"{name} is {new.get(name)!r}, was {old.get(name)!r}"
        for name in ("status", "reason", "output")
        if old.get(name) != new.get(name)
    ]
    costs = [
        {name: value for name, value in record["cost"].items() if name not in NOT_COMPARED}
        for record in (old, new)
    ]
    parts: tuple[tuple[str, Mapping[str, Any], Mapping[str, Any]], ...] = (
        ("metrics", old["metrics"], new["metrics"]),
        ("details", old["details"], new["details"]),
        ("cost", costs[0], costs[1]),
        ("assets", old["code"]["assets"], new["code"]["assets"]),
        ("artefacts", old.get("artefacts", {}), new.get("artefacts", {})),
    )
    for name, then, now in parts:
        moved = [key for key in sorted({*then, *now}) if then.get(key) != now.get(key)]
        if moved:
            words.append(f"{name} differ in {', '.join(moved[:6])}")
    return words


def _proof(pair: PairOfRuns) -> dict[str, Any]:
    """A pair that came out alike, as the link keeps it."""
    suite, task, method, variant, seed = pair.cell
    return {
        "suite": suite,
        "task": task,
        "method": method,
        "variant": variant,
        "seed": seed,
        "status": pair.new["status"],
        "output": pair.new["output"],
    }


def _made(
    tree: Path, folder: Path, name: str, request: Request, watched: Sequence[str]
) -> dict[Cell, Mapping[str, Any]]:
    """The records of the sample, made with the code of a checkout."""
    variables = {**os.environ, "WEIGHHOUSE_HOME": str(home())}
    variables.pop("PYTHONPATH", None)
    if watched:
        file = folder / "functions.txt"
        file.write_text("".join(f"{function}\n" for function in watched))
        (folder / "functions.txt.ran").unlink(missing_ok=True)  # of an earlier try
        variables[WATCH] = str(file)
    command = [
        *(sys.executable, "-m", "bench", "run", "--tier", request.tier, "--unpublished", "--json"),
        *("--cells", str(folder / "cells.json"), "--store", str(folder / f"{name}.sqlite")),
        *("--jobs", str(request.jobs)),
    ]
    printed, code = _until_stopped(command, tree, variables)
    if code not in (0, 1):
        raise CarryError(f"{tree}: the sample could not be made (exit code {code}).")
    return {cell_of(record): record for record in json.loads(printed)["records"]}


def _until_stopped(
    command: Sequence[str], tree: Path, variables: dict[str, str]
) -> tuple[str, int]:
    """What a command printed, and its exit code; Ctrl-C or SIGTERM stop it as they stop a bench."""
    try:
        with (
            Stoppable(),
            subprocess.Popen(
                command, cwd=tree, env=variables, stdout=subprocess.PIPE, text=True
            ) as process,
        ):
            try:
                return process.communicate()[0], process.returncode
            finally:
                process.terminate()  # does nothing where it has ended
                process.wait()
    except KeyboardInterrupt:
        _say("the same command goes on: the runs that are made are kept")
        raise SystemExit(130) from None


def _seen_to_run(folder: Path, watched: Sequence[str]) -> set[str]:
    """Which functions were executed, now or when their file as it is was tried before.

    What builds assets runs once: the next try finds them built.
    """
    ran, memory = folder / "functions.txt.ran", home() / "carry" / "executed.json"
    executed: dict[str, str] = json.loads(memory.read_text()) if memory.is_file() else {}
    files = {name: name.partition(":")[0] for name in watched}
    states = {f: digest((ROOT / f).read_text(encoding="utf-8")) for f in set(files.values())}
    here = set(ran.read_text().splitlines()) if ran.is_file() else set()
    executed |= {name: states[files[name]] for name in here & set(watched)}
    replace_file(memory, json.dumps(executed, indent=1, sort_keys=True))
    return {name for name in watched if executed.get(name) == states[files[name]]}


def _plan(tree: Path, tier: str) -> Any:
    """What planning says of a checkout, with its own code."""
    command = [sys.executable, "-m", "bench", "plan", "--tier", tier, "--fresh", "--json"]
    variables = {**os.environ, "WEIGHHOUSE_HOME": str(home())}
    variables.pop("PYTHONPATH", None)
    done = subprocess.run(command, cwd=tree, env=variables, capture_output=True, text=True)
    if done.returncode:
        raise CarryError(f"{tree}: its plan could not be made: {done.stderr.strip()}")
    return json.loads(done.stdout)


def _files(old: Mapping[str, Any], new: Mapping[str, Any], difference: CodeDifference) -> list[str]:
    """The files behind what differs that say something else in the new state."""
    files: set[str] = set()
    for part in difference.parts:
        if part.part == "method":
            continue
        then, now = old["closures"].get(part.old, {}), new["closures"].get(part.new, {})
        files |= {file for file in now if then.get(file) != now[file]}
    before = {cell_of(run): run["code"]["method"] for run in old["runs"]}
    for cell, run in difference.touched.items():
        own = run["code"]["method"]
        files |= {file for file in own if before[cell].get(file) != own[file]}
    return sorted(files)


def _watched(start: str, files: Iterable[str]) -> list[str]:
    """The functions that differ, in files of this repository; a moved file differs from itself."""
    here = [file for file in files if file.endswith(".py") and (ROOT / file).is_file()]
    before = _moved_from(start)
    return functions_to_watch(
        (
            file,
            changed_functions(
                _text_at(start, before.get(file, file)), (ROOT / file).read_text(encoding="utf-8")
            ),
        )
        for file in here
    )


def _moved_from(start: str) -> dict[str, str]:
    """Where files that were moved since a commit lay then, as git finds: new path -> old path."""
    done = _git("diff", "--find-renames", "--diff-filter=R", "--name-status", "-z", start, "HEAD")
    fields = done.stdout.split("\0")
    return {new: old for _score, old, new in zip(*[iter(fields)] * 3, strict=False)}


def _text_at(commit: str, file: str) -> str:
    """A file's text at a commit; "" where it wasn't there."""
    done = _git("show", f"{commit}:{file}")
    return done.stdout if done.returncode == 0 else ""


def _cells_without_a_result(tier: str) -> list[Cell]:
    """Published records that aren't ok: a failure is where two states may part."""
    if not PUBLISHED.is_dir():
        return []
    return [
        (r.suite, r.task, r.method, r.variant, r.seed)
        for r in read(PUBLISHED)
        if r.tier == tier and r.failed
    ]


def _refuse_dirty() -> None:
    status = _git("status", "--porcelain", "--", *PACKAGES).stdout.splitlines()
    if status:
        raise CarryError(
            f"{status[0][3:]}: isn't committed ({len(status)} files). carry proves a commit: "
            "commit first, or put the changes aside."
        )


def _commit(name: str) -> str:
    done = _git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    if done.returncode:
        raise CarryError(f"--from {name}: there is no such commit here. Name one of `git log`.")
    return done.stdout.strip()


def _worktree(commit: str) -> Path:
    """A checkout of a commit under the home, made where it isn't there."""
    tree = home() / "carry" / "trees" / commit[:12]
    if not (tree / "bench").is_dir():
        tree.parent.mkdir(parents=True, exist_ok=True)
        _git("worktree", "prune")
        done = _git("worktree", "add", "--detach", "--force", str(tree), commit)
        if done.returncode:
            raise CarryError(f"{tree}: git could not make a worktree ({done.stderr.strip()}).")
    return tree


def _git(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["git", "-C", str(ROOT), *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise CarryError(f"git can't be run ({error.strerror}), and carry needs it.") from None


def _say(text: str) -> None:
    print(text, file=sys.stderr)
