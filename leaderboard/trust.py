"""What the site says of its records beside what they hold: carried, and made again here.

Here: the two, gathered for the pages. Not here: proofs (bench.records.links), making records again
(`run --prove`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Trust:
    """What is known of the records from elsewhere.

    Attributes:
        carried: key of a record that other code made, proved alike -> the proofs, in words.
        proof: what a sample that was made again here came to, in one sentence; "" for none.
    """

    carried: Mapping[str, str] = field(default_factory=dict)
    proof: str = ""


def read_proof(file: Path, tier: str) -> str:
    """The sentence that `run --prove` left for a tier; "" where it left none."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        sentence, fault = str(document["sentence"]), str(document["fault"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    if document.get("tier") != tier:
        return ""
    return f"{sentence} {fault}." if fault else sentence
