"""Malvern Mastersizer 2000 and 3000 exports as text (.csv, .txt)."""

from __future__ import annotations

from negatrode.core.errors import ReadError
from negatrode.core.recording import Recording
from negatrode.files.blob import Blob
from negatrode.files.readers.mastersizer_report import marks, read_rows
from negatrode.files.readers.size_table import groups_of
from negatrode.files.readers.text_rows import Row, decode_japanese, head_text, rows_of_text, widest_separator

NAME = "mastersizer-csv"
TITLE = "Malvern Mastersizer export (.csv, .txt)"
KIND = "size-distribution"


def sniff(blob: Blob) -> int:
    """95 where three or more phrases of a Mastersizer export stand in the text, 80 for two."""
    head = head_text(blob.data, japanese=True)
    found = marks(head)
    if found >= 3:
        return 95
    if found >= 1 and any(groups_of(_row(line)) for line in head.split("\n")[:120] if 0 < len(line) < 2000):
        return 80
    return 0


def _row(line: str) -> Row:
    return Row("", tuple(c.strip().strip('"') or None for c in line.split(widest_separator([line]))))


def read(blob: Blob) -> Recording:
    """All runs with their weighting and printed results."""
    text = decode_japanese(blob.data)
    lines = [line for line in text.split("\n")[:400] if line.strip()]
    metadata: dict[str, str] = {}
    blocks = read_rows(rows_of_text(text, widest_separator(lines)), metadata)
    if not blocks:
        raise ReadError("no table of sizes and shares", remedy="Export the result with its size classes")
    return Recording(kind=KIND, format=NAME, source=blob.source, blocks=blocks, metadata=metadata)
