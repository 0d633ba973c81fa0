"""Records made fit to be stored, whatever a method's process said.

Here: cleaning a record's words and values, and turning one that can't be stored into a `crashed`
row, so that no record ever stops a bench. Not here: the cleaning of text (bench.running.text), the
store (bench.records.store).
"""

from __future__ import annotations

from bench.records.record import Record
from bench.running.text import Unstorable, cleaned, plain, sentence

DETAILS_BYTES = 2**20
"""The most that a record may take as JSON."""


def storable(record: Record) -> Record:
    """The record itself, cleaned; `crashed` and without figures where it couldn't be stored."""
    record.reason = sentence(record.reason)
    record.log = cleaned(record.log, lines=True)
    try:
        record.params = plain(record.params, "params")
        record.cost = plain(record.cost, "cost")
        record.metrics = plain(record.metrics, "metrics")
        record.details = plain(record.details)
        size = len(record.to_json().encode())
        if size > DETAILS_BYTES:
            raise Unstorable(f"it would take {size} bytes, more than {DETAILS_BYTES}")
    except (ValueError, RecursionError) as error:
        record.status = "crashed"
        record.reason = sentence(f"what it left can't be stored: {error}")
        record.metrics, record.details, record.cost = {}, {}, {}
    return record
