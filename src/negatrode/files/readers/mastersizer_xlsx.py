"""Malvern Mastersizer 2000 and 3000 exports as spreadsheet (.xlsx, .xls)."""

from __future__ import annotations

from negatrode.core.errors import ReadError
from negatrode.core.recording import Block, Recording, Unread
from negatrode.files.blob import Blob
from negatrode.files.readers.mastersizer_report import marks, read_rows
from negatrode.files.readers.text_rows import rows_of_sheet
from negatrode.files.readers.workbook import is_workbook, sheets

NAME = "mastersizer-xlsx"
TITLE = "Malvern Mastersizer export (.xlsx)"
KIND = "size-distribution"


def sniff(blob: Blob) -> int:
    """95 where three or more phrases of a Mastersizer export stand in the sheets, 85 for two."""
    if not is_workbook(blob.data):
        return 0
    words = [
        c for s in sheets(blob.data) for r in s.rows[:300] for c in r if isinstance(c, str) and len(c) < 100
    ]
    found = marks("\n".join(words[:20_000]))
    return 95 if found >= 3 else 85 if found == 2 else 0


def read(blob: Blob) -> Recording:
    """All runs of all sheets with their weighting and printed results."""
    blocks: list[Block] = []
    metadata: dict[str, str] = {}
    unread: list[Unread] = []
    for sheet in sheets(blob.data):
        rows = rows_of_sheet(sheet)
        if not any(r.filled for r in rows):
            continue
        found = read_rows(rows, metadata)
        blocks += found
        if not found:
            unread.append(Unread(f"sheet '{sheet.name}'", "no table of sizes and shares"))
    if not blocks:
        raise ReadError("no table of sizes and shares", remedy="Export the result with its size classes")
    return Recording(
        kind=KIND,
        format=NAME,
        source=blob.source,
        blocks=tuple(blocks),
        metadata=metadata,
        unread=tuple(unread),
    )
