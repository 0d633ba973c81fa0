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
from stat import S_ISREG
from typing import TYPE_CHECKING, Any

from bench.contract.job import Output
from bench.records.digest import LENGTH

if TYPE_CHECKING:
    from bench.contract.asset import Asset, Shipped

MANIFEST_CHARACTERS = 10_000
"""How much of a manifest is read."""

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
    """The content digest that a folder's manifest names; "" where there is none.

    A claim, where a method's process wrote it; the file is read without trusting it to be one.
    """
    try:
        _check_own(folder / MANIFEST, unshared=False)
        with (folder / MANIFEST).open(encoding="utf-8") as file:
            content = str(json.loads(file.read(MANIFEST_CHARACTERS))["content"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""
    return content if len(content) == LENGTH and not set(content) - set("0123456789abcdef") else ""


def load(folder: Path, expected: str = "", unshared: bool = False) -> Output:
    """Read an output back, and hold its files against the manifest.

    Args:
        expected: the digest that its content must have, kept apart from the folder; "" where it
            isn't known.
        unshared: refuse files that have another name elsewhere, as a method may have left.
    Raises:
        Damaged: a file is missing or isn't the folder's own (a link, a pipe), its digest differs,
            or the content isn't what is expected.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        for name in (TENSORS, DATA, MANIFEST):
            _check_own(folder / name, unshared)
        manifest = json.loads((folder / MANIFEST).read_text())
        for name in (TENSORS, DATA):
            if _sha256(folder / name) != manifest[name]["sha256"]:
                raise Damaged(f"{folder / name}: its digest isn't the manifest's")
        data = json.loads((folder / DATA).read_text())
        output = Output(load_file(str(folder / TENSORS)), data)
    except (OSError, ValueError, KeyError, TypeError, RecursionError, SafetensorError) as error:
        raise Damaged(f"{folder}: {error}") from None
    if expected and content_digest(output) != expected:
        raise Damaged(f"{folder}: its content isn't {expected[:16]}..., which is known of it")
    return output


def _check_own(path: Path, unshared: bool) -> None:
    """See that a path names a file, by no link that leads elsewhere.

    Raises:
        OSError: it doesn't.
    """
    if path.parent.is_symlink():
        raise OSError(f"{path.parent} is a link")
    seen = path.lstat()
    if not S_ISREG(seen.st_mode) or (unshared and seen.st_nlink > 1):
        raise OSError(f"{path} is no file of its own")


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
