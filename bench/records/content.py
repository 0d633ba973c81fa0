"""What an output holds, as one digest: the same bytes in, the same digest out, wherever it lies.

Here: the digest of tensors and JSON values, whatever file format, folder or time they are kept in.
Not here: files and their digests (bench.records.assets).
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.contract.job import Output


def content_digest(output: Output) -> str:
    """SHA-256 over the tensors in the order of their names, and the data as canonical JSON.

    Each tensor enters with its name, dtype, shape and bytes (contiguous, on the CPU, in this
    machine's order); each part with its length before it, so that no two outputs run together.
    """
    import torch

    digest = sha256()

    def enter(part: bytes) -> None:
        digest.update(len(part).to_bytes(8, "big") + part)

    for name in sorted(output.tensors):
        tensor = output.tensors[name].detach().cpu().contiguous()
        enter(json.dumps([name, str(tensor.dtype), list(tensor.shape)]).encode())
        numbers = tensor.reshape(-1).view(torch.uint8) if tensor.numel() else tensor.new_empty(0)
        digest.update(tensor.nbytes.to_bytes(8, "big"))
        digest.update(numbers.numpy().data)
    enter(json.dumps(output.data, sort_keys=True, allow_nan=False).encode())
    return digest.hexdigest()
