"""Where assets lie: safetensors and JSON beside a manifest with their digests.

Here: saving and loading an `Output` as a folder that is written aside and renamed into place,
verified at load. The manifest also holds the digest of the content (the tensors and the data, not
the bytes of the files), by which the rest of the engine names an output. Nothing is unpickled. The
same form carries a run's output from the method's
process to the scorer's. Not here: what an asset is (bench.contract.suite) and when it is built
(bench.running.executor).
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.contract.job import Output
from bench.records.digest import LENGTH

if TYPE_CHECKING:
    from bench.contract.asset import Asset, Shipped

TENSORS, DATA, MANIFEST = "tensors.safetensors", "data.json", "manifest.json"


class Damaged(Exception):
    """A stored output isn't what its manifest, or who asks for it, says."""


def signature() -> str:
    """The start of a folder's name that says whose it is: this machine and process."""
    return f"{os.uname()[1]}~{os.getpid()}~"


def folder_of(home: Path, asset: Asset, key: str) -> Path:
    """Where an asset lies below the home folder."""
    return home / "assets" / f"{asset.name}-{key}"


def save(output: Output, folder: Path, durable: bool = True) -> None:
    """Write an output into a folder that appears whole or not at all.

    Args:
        output: its tensors are stored contiguous, on the CPU, with their dtype.
        folder: replaced where it exists.
        durable: whether it must outlast a power cut; a run's own output needn't.
    """
    aside = folder.with_name(f"{signature()}{folder.name}.tmp")
    try:
        _write(output, aside, durable)
        _put_in_place(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _write(output: Output, aside: Path, durable: bool) -> None:
    from safetensors.torch import save_file

    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    tensors = {n: t.detach().cpu().contiguous().clone() for n, t in output.tensors.items()}
    save_file(tensors, str(aside / TENSORS))
    (aside / DATA).write_text(json.dumps(output.data, sort_keys=True, allow_nan=False))
    manifest: dict[str, Any] = {
        name: {"sha256": _sha256(aside / name), "bytes": (aside / name).stat().st_size}
        for name in (TENSORS, DATA)
    }
    manifest["content"] = content_digest(Output(tensors, output.data))
    (aside / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    for name in (TENSORS, DATA, MANIFEST) if durable else ():
        _flush(aside / name)


def _put_in_place(aside: Path, folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    try:
        aside.rename(folder)
    except OSError:
        if not (folder / MANIFEST).is_file():  # another process was not quicker
            raise


def content_digest(output: Output) -> str:
    """A digest of an output's tensors (name, type, shape, numbers) and data.

    It doesn't depend on how a library lays them out in a file.
    """
    import torch

    digest = sha256()
    for name, tensor in sorted(output.tensors.items()):
        plain = tensor.detach().cpu().contiguous()
        digest.update(json.dumps([name, str(plain.dtype), list(plain.shape)]).encode())
        digest.update(plain.reshape(-1).view(torch.uint8).numpy().data)
    digest.update(json.dumps(output.data, sort_keys=True, allow_nan=False).encode())
    return digest.hexdigest()[:LENGTH]


def stored_content(folder: Path) -> str:
    """The content digest that a folder's manifest names; "" where there is none."""
    try:
        return str(json.loads((folder / MANIFEST).read_text())["content"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def load(folder: Path, expected: str = "") -> Output:
    """Read an output back, and hold it against the manifest.

    Args:
        expected: the content that it must have, known from elsewhere; "" where none is known.
    Raises:
        Damaged: a file is missing, or its digest or the content's differs.
    """
    from safetensors.torch import load_file

    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        for name in (TENSORS, DATA):
            if _sha256(folder / name) != manifest[name]["sha256"]:
                raise Damaged(f"{folder / name}: its digest isn't the manifest's")
        data = json.loads((folder / DATA).read_text())
        output = Output(load_file(str(folder / TENSORS)), data)
        if expected and content_digest(output) != expected:
            raise Damaged(f"{folder}: its content isn't what was built")
        return output
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Damaged(f"{folder}: {error}") from None


def shipped_file(shipped: Shipped, root: Path) -> Path:
    """The file that is shipped with the repository `root`, held against what is pinned.

    Raises:
        Damaged: it isn't there, or has another digest.
    """
    path = root / shipped.path
    mend = (
        f"Get it back with `git checkout -- {shipped.path}`, or pin the new file's digest in the "
        f"suite's definition; `{shipped.regenerate}` computes any row"
    )
    if not path.is_file():
        raise Damaged(f"{shipped.path}: this shipped table isn't there. {mend}")
    digest = _sha256(path)
    if digest != shipped.digest:
        raise Damaged(
            f"{shipped.path}: this shipped table isn't the one that is pinned: its sha256 is "
            f"{digest[:12]}..., pinned is {shipped.digest[:12]}.... {mend}"
        )
    return path


def is_there(folder: Path) -> bool:
    """Whether the files are there with the sizes of the manifest: cheap, digests unread."""
    return _matches(folder, lambda path, entry: path.stat().st_size == entry["bytes"])


def is_whole(folder: Path) -> bool:
    """Whether the files are there with the digests of the manifest."""
    return _matches(folder, lambda path, entry: _sha256(path) == entry["sha256"])


def _matches(folder: Path, same: Callable[[Path, dict[str, Any]], bool]) -> bool:
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        return all(same(folder / name, manifest[name]) for name in (TENSORS, DATA))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
