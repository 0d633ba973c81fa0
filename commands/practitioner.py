"""The command for who has chosen a method: `apply` merges checkpoints of one's own with it.

Here: its options, progress, and what the leaderboard knows of the method. Not here: the merge
itself, which the suite does (suites/merging/apply): a suite that has a module `apply` offers
`apply(request, told)` and WRITTEN, the name of its last step; others have nothing to apply.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from bench.catalogue.params import values_of
from bench.catalogue.registry import Catalogue, Method
from bench.catalogue.suggestions import did_you_mean
from bench.records.home import home
from bench.records.published import PUBLISHED
from bench.records.published import read as read_published
from bench.running.provenance import checkout
from bench.running.worker import MethodSource, import_method
from commands.catalogue import read_catalogue
from commands.options import DirsOption, JsonOption
from commands.stopping import Stoppable
from commands.summary import duration

SUITE = "merging"
TIER = "small"
LINE_EVERY = 5.0
"""Seconds between two lines of progress where there is no terminal."""

TORCH_ENVIRONMENT = {"OMP_WAIT_POLICY": "PASSIVE", "THP_MEM_ALLOC_ENABLE": "1"}
"""Settings of torch, unless they are set: threads that wait for each other don't spin meanwhile,
which beside other work can take five times as long, and large tensors are in large pages."""


class ApplyError(Exception):
    """What was asked for can't be done; the message says why, and what to do."""


def apply(
    method: Annotated[str, typer.Argument(help="Which method of the suite merging, e.g. ties.")],
    experts: Annotated[
        list[Path],
        typer.Argument(
            help="Checkpoints: .safetensors, .safetensors.index.json, .pt, or folders of them."
        ),
    ] = [],
    pretrained: Annotated[
        Path | None,
        typer.Option("--pretrained", metavar="FILE", help="What they were fine-tuned from."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="What is written, safetensors.")
    ] = None,
    param: Annotated[
        list[str],
        typer.Option("--param", metavar="NAME=VALUE", help="A hyperparameter; may be repeated."),
    ] = [],
    inputs: Annotated[
        Path | None,
        typer.Option(
            "--inputs",
            metavar="FILE",
            help="What layers see: for RegMean and MaTS, matrices EXPERT/NAME (examples, inputs).",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of a method that draws.")] = 0,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Print what the leaderboard knows of the method."),
    ] = False,
    methods_dir: DirsOption = [],
    as_json: JsonOption = False,
) -> None:
    """Merge checkpoints of your own with a method of the leaderboard.

    Names, shapes and types are checked before a number is read. Half precision is computed in
    float32 and written as it came. Where that changes no digit (but what is drawn at random), some
    rows of a tensor or one tensor of each checkpoint are in memory at a time; else all are read as
    the method looks at them. Nothing half-written ever has the name of --out. The file's metadata
    say by what, with which hyperparameters and from which files (their sha256) it was made. A
    method runs in this process: read a contributed one first.

    Examples:

        python -m bench apply task_arithmetic a.safetensors b.safetensors \\
            --pretrained base.safetensors --param scale=0.3 --out merged.safetensors

        python -m bench apply average checkpoints/a checkpoints/b --out merged.safetensors

        python -m bench apply ties --explain
    """
    known = read_catalogue(methods_dir)
    entry = _entry(known, method)
    params = {**(entry.params or {}), **dict(_chosen(entry, given) for given in param)}
    if explain:
        print(explained(known, entry))
        if not experts:
            return
    if not experts or out is None:
        raise typer.BadParameter("name two or more checkpoints, and --out FILE.")
    started = time.monotonic()
    for name, value in TORCH_ENVIRONMENT.items():
        os.environ.setdefault(name, value)  # before torch is imported
    module = import_module(f"suites.{SUITE}.apply")
    request = module.Request(
        method=_call(entry, params),
        needs=entry.needs,
        experts=tuple(experts),
        out=out,
        pretrained=pretrained,
        inputs=inputs,
        about=_about(entry, params, seed),
        seed=seed,
        digests=home() / "digests.json",
    )
    try:
        with Stoppable() as stop, Shown(stop, module.WRITTEN) as shown:
            applied = module.apply(request, shown)
    except module.CheckpointError as error:
        raise ApplyError(str(error)) from None
    except KeyboardInterrupt:
        print("Stopped; nothing was written.", file=sys.stderr)
        raise SystemExit(130) from None
    document = {
        "method": entry.name,
        "params": params,
        "files": [str(file) for file in applied.files],
        "tensors": applied.tensors,
        "weights": applied.weights,
        "portion": applied.portion,
        "notes": list(applied.notes),
        "seconds": time.monotonic() - started,
        "peak_memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    print(json.dumps(document, indent=1) if as_json else _text(document))


def _entry(known: Catalogue, name: str) -> Method:
    """The method of that name. Raises ApplyError where there is none."""
    entries = known.methods[SUITE]
    found = entries.get(name)
    if found is not None and found.kind != "method":
        raise ApplyError(f"{name!r} is a reference of the tables, no method. Name a method.")
    if found is None:
        names = [n for n, e in entries.items() if e.kind == "method"]
        raise ApplyError(f"There is no method {name!r}.{did_you_mean(name, names)}")
    return found


def _chosen(entry: Method, given: str) -> tuple[str, Any]:
    """A hyperparameter's name and value, of `name=value`.

    Raises:
        ApplyError: the method has no such hyperparameter, or that is no value of it.
    """
    try:
        name, values = values_of(given, entry.name, entry.params)
    except ValueError as error:
        raise ApplyError(f"--param {error}") from None
    if len(values) > 1:
        raise ApplyError(f"--param {given}: give one value; each merge is a command of its own.")
    return name, values[0]


def _call(entry: Method, params: Mapping[str, Any]) -> Callable[[Any], Any]:
    source = MethodSource(str(entry.path), str(entry.root), entry.function)
    function = import_method(source)
    return lambda problem: function(problem, **params)


def _about(entry: Method, params: Mapping[str, Any], seed: int) -> dict[str, str]:
    """What the file's metadata say of how it was made."""
    here = checkout()
    return {
        "made_by": f"weighhouse apply {entry.name}",
        "method": entry.title,
        "paper": entry.paper.link if entry.paper else "",
        "parameters": json.dumps(params),
        "seed": str(seed),
        "commit": here["commit"] + (" with changes" if here["dirty"] else ""),
    }


def _text(document: Mapping[str, Any]) -> str:
    made = ", ".join(document["files"])
    return "\n".join(
        [
            *(f"note: {note}" for note in document["notes"]),
            f"wrote {made}: {document['weights']:,} weights in {document['tensors']} tensors, "
            f"{document['portion']} of each checkpoint in memory at a time",
            f"{duration(document['seconds'])}, peak memory "
            f"{document['peak_memory'] / 2**30:.1f} GiB",
        ]
    )


def explained(known: Catalogue, entry: Method) -> str:
    """What the leaderboard knows of a method: what it is, its places, its cost, task by task."""
    from reports.formats import as_text
    from reports.places import places

    paper = f"{entry.paper.title}, {entry.paper.year}, {entry.paper.link}" if entry.paper else ""
    params = ", ".join(f"{name}={value}" for name, value in (entry.params or {}).items())
    head = [f"{entry.title}: {entry.summary}", paper, f"hyperparameters: {params or 'none'}"]
    if not PUBLISHED.is_dir():
        return "\n".join([*head, "There are no published records here to tell where it stands."])
    records = read_published(PUBLISHED)
    return "\n".join([*head, "", as_text(places(records, known, SUITE, entry.name, TIER))])


class Shown:
    """Tells how far a merge is: one line that is written over on a terminal, a line now and then
    elsewhere; on standard error. It stops there if it is to be stopped, until the step `last`.
    """

    def __init__(self, stop: Stoppable, last: str) -> None:
        self._told, self._step, self._stop, self._last = 0.0, "", stop, last

    def __enter__(self) -> Shown:
        return self

    def __exit__(self, *_: object) -> None:
        if sys.stderr.isatty() and self._step:
            print(file=sys.stderr)

    def __call__(self, step: str, done: int, size: int) -> None:
        if step == self._last:
            self._stop.too_late()
        self._stop.check()
        now = time.monotonic()
        terminal = sys.stderr.isatty()
        if step == self._step and now - self._told < (0.1 if terminal else LINE_EVERY):
            return
        self._told, self._step = now, step
        line = f"{step} {done / 1e9:.2f} of {size / 1e9:.2f} GB" if size > 1 else step
        print(f"\r{line:<40}" if terminal else line, end="" if terminal else "\n", file=sys.stderr)
