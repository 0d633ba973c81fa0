"""From checkpoints to a merged one.

Here: the steps of `python -m bench apply`, in order: open, check, merge tensor by tensor where the
method allows or whole, write aside, rename. Not here: how checkpoints are read and written, and
what is checked (the neighbours), the command line (commands.practitioner).
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import torch
from torch import Tensor

from suites.merging.apply.agreement import check, mixed_types, tied_in_all
from suites.merging.apply.checkpoints import Checkpoint, CheckpointError, open_checkpoint
from suites.merging.apply.digests import Digests
from suites.merging.apply.given import (
    Call,
    CheckpointProblem,
    check_finite,
    lacking,
    read_inputs,
    states_of,
)
from suites.merging.apply.lazily import LazyState
from suites.merging.apply.several import in_order, keep_freed_memory
from suites.merging.apply.trial import ROWS, WHOLE, Portion, Trial, only, try_out
from suites.merging.apply.writing import Aside, Writer
from suites.merging.vectors import State

PIECE = 2**19
"""Numbers of each checkpoint that are merged at once, where rows are enough: few enough that much
of the work is done in the cache."""

UNREAD = "the pretrained checkpoint wasn't read: this method doesn't ask for it."

UNKNOWN = "0" * 64
"""As many characters as a sha256."""

Generated = Generator[tuple[str, list[Tensor]], None, None]
"""A name and what was merged of it, or of some of its rows, for each output."""

WRITTEN = "written"
"""The last step: all is written, and nothing has its name yet: what is raised there leaves
nothing."""

Told = Callable[[str, int, int], None]
"""`told(step, bytes done, bytes in all)`; the last step is WRITTEN."""


@dataclass(frozen=True)
class Request:
    """A merge that is asked for.

    Attributes:
        method: with its hyperparameters.
        needs: that it declared.
        experts, pretrained, inputs: where they are.
        out: what is written; of a method with a state for each expert one beside the other, with
            the expert's number.
        about: goes into the file's metadata.
        seed: of the method's draws.
        digests: where the digests of files are remembered from merge to merge; None for nowhere.
    """

    method: Call
    needs: tuple[str, ...]
    experts: tuple[Path, ...]
    out: Path
    pretrained: Path | None = None
    inputs: Path | None = None
    about: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    digests: Path | None = None


@dataclass(frozen=True)
class Applied:
    """What came of it.

    Attributes:
        files: that were written.
        portion: how much of each checkpoint was in memory at a time.
        notes: sentences about what was given.
        tensors, weights: how many were merged.
    """

    files: tuple[Path, ...]
    portion: str
    notes: tuple[str, ...]
    tensors: int
    weights: int


def apply(request: Request, told: Told) -> Applied:
    """Merge checkpoints, and write what comes of it.

    Raises:
        CheckpointError: they can't be merged so; nothing was written.
    """
    _check_out(request.out)
    given = _given(request)
    check(given)
    first = given[0]
    inputs = open_checkpoint(request.inputs) if request.inputs else None
    seen = read_inputs(inputs, first, len(request.experts))
    tied = tied_in_all(given)
    names = [n for n, e in first.entries.items() if e.dtype.is_floating_point and n not in tied]
    trial = try_out(request.method, request.needs)
    outputs = _outputs(request.out, len(request.experts) if trial.state_each else 1)
    read = [file for checkpoint in (*given, *filter(None, [inputs])) for file in checkpoint.files]
    unread = [request.pretrained, *request.pretrained.glob("*")] if request.pretrained else []
    _check_kept(outputs, [*read, *unread])
    _check_room(request.out, first.size, len(outputs))
    merge = _Merge(request, given, seen, trial, told)
    results = merge.whole(names) if trial.portion == WHOLE else merge.each(names)
    known = Digests(request.digests)
    with known.of(read, torch.get_num_threads()) as digests, closing(results):
        try:
            _write(outputs, request.about, first, tied, results, digests, told)
        except BrokenPipeError:  # of the progress that is told, not of a file
            raise
        except OSError as error:
            raise CheckpointError(
                f"--out {request.out}: it can't be written ({error.strerror or error}); what was "
                "there is as it was. Make room, or name another place."
            ) from None
    known.remember()
    return Applied(
        files=outputs,
        portion=trial.portion,
        notes=(
            *([UNREAD] if request.pretrained and "pretrained" not in request.needs else []),
            *mixed_types(given),
            *(f"{b!r} is {a!r}: merged once, written under both." for b, a in tied.items()),
        ),
        tensors=len(names),
        weights=sum(first.entries[name].numel for name in names),
    )


def _given(request: Request) -> list[Checkpoint]:
    """The pretrained checkpoint, where there is one, and the experts.

    Raises:
        CheckpointError: the method needs what wasn't given, or one can't be opened.
    """
    without = lacking(request.needs, request.pretrained is not None, request.inputs is not None)
    if without:
        raise CheckpointError(f"this method needs {_missing(without)}")
    if "gram" not in request.needs and request.inputs:
        raise CheckpointError("this method reads no inputs of layers: leave --inputs out.")
    if len(request.experts) < 2:
        raise CheckpointError("give two or more experts: there is nothing to merge in one.")
    wanted = "pretrained" in request.needs and request.pretrained
    return [open_checkpoint(path) for path in ([wanted] if wanted else []) + [*request.experts]]


def _missing(needs: Sequence[str]) -> str:
    """What is lacking, and where it could come from."""
    if "pretrained" in needs:
        return "what the experts were fine-tuned from: name it, --pretrained FILE."
    if needs == ["gram"]:
        return (
            "what each layer sees of an expert's data: --inputs FILE, safetensors with a matrix "
            "EXPERT/NAME of shape (examples, inputs) for each weight NAME of a linear layer."
        )
    return (
        f"{', '.join(needs)}, which takes running the network, and checkpoints don't say how. "
        "Choose one that needs weights alone: `python -m bench list methods` tells the needs."
    )


def _check_out(out: Path) -> None:
    """Refuse a name that can't be written."""
    if out.suffix != ".safetensors":
        raise CheckpointError(f"--out {out}: what is written is safetensors; end its name so.")
    if not out.parent.is_dir():
        raise CheckpointError(f"--out {out}: there is no folder {out.parent}. Make it first.")


def _check_kept(outputs: Sequence[Path], given: Sequence[Path]) -> None:
    """Refuse to write over what was given, be it read or not."""
    places = {file.resolve() for file in given}
    for out in outputs:
        if out.resolve() in places:
            raise CheckpointError(f"--out: {out} is one of the inputs. Give another name.")


def _check_room(out: Path, size: int, files: int) -> None:
    """Refuse a merge of which the disk hasn't room for so many files of `size` bytes."""
    free = shutil.disk_usage(out.parent).free
    if files * size > free:
        each = f" ({files} files of {size / 1e9:.1f} GB)" if files > 1 else ""
        raise CheckpointError(
            f"--out {out}: {files * size / 1e9:.1f} GB will be written{each}, and "
            f"{free / 1e9:.1f} GB are free there. Make room, or name another disk."
        )


class _Merge:
    """A request at work: the merged tensors, one name after the other, of each output."""

    def __init__(
        self,
        request: Request,
        given: Sequence[Checkpoint],
        seen: Sequence[State],
        trial: Trial,
        told: Told,
    ) -> None:
        self._request, self._given, self._seen = request, given, seen
        self._trial, self._told = trial, told

    def each(self, names: Sequence[str]) -> Generated:
        """A tensor at a time, or so many rows of one as have PIECE numbers."""
        entries, threads = self._given[0].entries, torch.get_num_threads()
        units = [
            (name, rows)
            for name in names
            for rows in (_rows(entries[name].shape) if self._trial.portion == ROWS else [None])
        ]

        def numbers(unit: Portion) -> int:
            name, rows = unit
            shape = entries[name].shape
            return math.prod(shape[1:]) * len(range(shape[0])[rows]) if rows else math.prod(shape)

        def work(unit: Portion) -> list[Tensor]:
            name, rows = unit
            portion = only(names, name, rows) if self._trial.names else {name: rows}
            own = f"{self._request.seed} {name} {rows.start if rows else 0}"
            seed = int.from_bytes(sha256(own.encode()).digest()[:8], "little", signed=True)
            generator = torch.Generator().manual_seed(seed)
            states = self._merged(portion, generator, lambda: None, [name])
            return [state[name].to(entries[name].dtype) for state in states]

        most = max(map(numbers, units))
        if self._trial.portion == ROWS:
            most = max(most, threads * PIECE)
            keep_freed_memory()
        done, size = 0, sum(c.entries[name].size for c in self._given for name in names)
        for unit, tensors in in_order(work, units, numbers, most, threads):
            sizes = [checkpoint.entries[unit[0]].dtype.itemsize for checkpoint in self._given]
            done += numbers(unit) * sum(sizes)
            self._told("merging", done, size)
            yield unit[0], tensors

    def whole(self, names: Sequence[str]) -> Generated:
        """All at once; what has been taken is dropped."""
        generator = torch.Generator().manual_seed(self._request.seed)
        portion = dict.fromkeys(names)
        states = self._merged(portion, generator, lambda: self._told("merging", 0, 1), names)
        for name in names:
            yield name, [state.pop(name) for state in states]

    def _merged(
        self,
        portion: Mapping[str, slice | None],
        generator: torch.Generator,
        note: Callable[[], None],
        wanted: Sequence[str],
    ) -> list[State]:
        """What the method makes of some rows of some tensors; of those wanted all are numbers."""
        count = len(self._request.experts)
        experts = self._given[-count:]
        whole = self._trial.portion == WHOLE
        states = [LazyState(c, portion, experts, late=whole, note=note) for c in self._given]
        problem = CheckpointProblem(
            states[-count:],
            pretrained=states[0] if len(states) > count else None,
            needs=self._request.needs,
            seen=self._seen,
            generator=generator,
        )
        merged = states_of(self._request.method(problem))
        for state in merged:
            for name in wanted:
                own = zip(self._given, states, strict=True)
                check_finite(name, state[name], {c.path: tensors for c, tensors in own})
        return merged


def _rows(shape: tuple[int, ...]) -> list[slice | None]:
    """A tensor's rows in portions of PIECE numbers."""
    height = max(1, PIECE // max(1, math.prod(shape[1:])))
    if len(shape) < 2 or height >= shape[0]:
        return [None]
    return [slice(first, first + height) for first in range(0, shape[0], height)]


def _write(
    outputs: Sequence[Path],
    about: Mapping[str, str],
    first: Checkpoint,
    tied: Mapping[str, str],
    results: Generated,
    digests: Mapping[str, Future[str]],
    told: Told,
) -> None:
    """Write what is merged as it comes, in the first checkpoint's order; tell before it has its
    name.

    Args:
        outputs: a file for each state that is merged.
        about: goes into their metadata, with the digests.
        first: whose names, shapes and types they have, and what isn't floating point.
        tied: name -> the earlier one whose numbers it has.
        results: of the other floating-point names, in that order.
        digests: of the files that were read, as they come.
        told: see Told.
    Raises:
        OSError: an output can't be written; it is as it was.
    """
    about = {**about, "format": "pt"}
    unknown = {**about, "inputs": json.dumps(dict.fromkeys(digests, UNKNOWN))}
    again: dict[str, list[list[Tensor]]] = {}
    with Aside(outputs) as aside, ExitStack() as stack:
        writers = [Writer(path, first.entries, unknown) for path in aside.paths]
        for writer in writers:
            stack.callback(writer.abandon)
        for name, entry in first.entries.items():
            if not entry.dtype.is_floating_point:
                pieces = iter([[first.read(name)] * len(writers)])
            elif name in tied:
                pieces = iter(again[tied[name]])
            else:
                pieces = _of(name, entry.numel, results)
            for tensors in pieces:
                if name in tied.values():
                    again.setdefault(name, []).append([t.to(entry.dtype) for t in tensors])
                for writer, tensor in zip(writers, tensors, strict=True):
                    writer.add(name, tensor)
        known = {file: _result(file, digest) for file, digest in digests.items()}
        for writer in writers:
            writer.close({**about, "inputs": json.dumps(known)})
        told(WRITTEN, 1, 1)


def _result(file: str, digest: Future[str]) -> str:
    """A digest, once it is there."""
    try:
        return digest.result()
    except OSError as error:
        raise CheckpointError(f"{file}: it can't be read ({error.strerror or error}).") from None


def _of(
    name: str, numel: int, results: Iterator[tuple[str, list[Tensor]]]
) -> Iterator[list[Tensor]]:
    """What comes of one tensor, until it is whole."""
    done = 0
    while True:
        merged, tensors = next(results)
        assert merged == name
        yield tensors
        done += tensors[0].numel()
        if done >= numel:
            return


def _outputs(out: Path, count: int) -> tuple[Path, ...]:
    """Where so many states are written."""
    if count == 1:
        return (out,)
    return tuple(out.with_name(f"{out.stem}-{place}{out.suffix}") for place in range(count))
