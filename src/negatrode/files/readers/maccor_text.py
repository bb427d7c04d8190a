"""Maccor text export (tabs or commas): a short preamble, then "Rec# Cyc# Step TestTime ... Amps Volts State".

Maccor's amperes have no sign; State gives the direction (C charge, D discharge, R rest, P pause, S
suspended). The current is returned signed, positive for charge, and the block's fact ``current_sign``
says so. Heads may carry units or none (then seconds, volts, amperes, ampere-hours); times are numbers or
"0d 00:01:0.88"; thousands may be set off by commas.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from negatrode.core.errors import ReadError
from negatrode.core.recording import Recording
from negatrode.files.blob import Blob
from negatrode.files.readers.cycler_block import build_block
from negatrode.files.readers.cycler_columns import plain_head
from negatrode.files.readers.cycler_header import Head, find_head, labelled
from negatrode.files.readers.cycler_rows import read_rows
from negatrode.files.readers.text_rows import head_text
from negatrode.files.text import decode

NAME = "maccor-text"
TITLE = "Maccor text export"
KIND = "cycling"

_PREAMBLE = re.compile(r"^\W*(?:Today['’]?s\s+Date|Date of Test)\b", re.IGNORECASE | re.MULTILINE)
_RECORD, _CYCLE = re.compile(r"rec(?:ord)?\s*#?\Z"), re.compile(r"cyc(?:le)?\s*(?:#|[cp]|id)?\Z")
_STEP = re.compile(r"step(?: id)?\Z")


def sniff(blob: Blob) -> int:
    """By the preamble's dates, or by the first three heads, above columns of volts and amperes."""
    text = head_text(blob.data)
    if not text:
        return 0
    head = _find(text.split("\n"))
    if head is None:
        return 0
    if _PREAMBLE.search(text):
        return 96
    return 93 if _maccor_heads(head) else 0


def read(blob: Blob) -> Recording:
    """The recording in seconds, volts and signed amperes.

    Raises ReadError where the heads are missing, a row is short or a cell is no number.
    """
    lines = decode(blob.data).split("\n")
    head = _find(lines)
    if head is None:
        raise ReadError(
            "no line of heads with a voltage and a current",
            where=f"line {len(lines)}",
            remedy="The file is cut off; export it again",
        )
    repeated = [line.strip() for line in lines[head.line : head.first]]
    table = read_rows(lines, head.first, head.separator, head.channels, repeated=repeated)
    block, unread = build_block(table)
    metadata = labelled(lines[: head.line], head.separator)
    return Recording(KIND, NAME, blob.source, blocks=(block,), metadata=metadata, unread=unread)


def _find(lines: Sequence[str]) -> Head | None:
    return find_head(lines, bare=True)


def _maccor_heads(head: Head) -> bool:
    words = [plain_head(c).lower() for c in head.cells[:6]]
    marks = (_RECORD, _CYCLE, _STEP)
    return all(any(mark.match(w) for w in words) for mark in marks)
