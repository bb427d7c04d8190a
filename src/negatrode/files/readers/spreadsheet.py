"""Any .xls or .xlsx as plain tables, one a sheet."""

from __future__ import annotations

from negatrode.core.errors import ReadError
from negatrode.core.recording import Recording, Unread
from negatrode.files.blob import Blob
from negatrode.files.readers import compound
from negatrode.files.readers.workbook import left_out, sheets

NAME = "spreadsheet"
TITLE = "spreadsheet (.xls, .xlsx)"
KIND = "table"


def sniff(blob: Blob) -> int:
    """An .xls container, or a zip that names a workbook."""
    if blob.data.startswith(compound.MAGIC):
        return 10
    return 10 if blob.data.startswith(b"PK") and b"xl/" in blob.data else 0


def read(blob: Blob) -> Recording:
    """All worksheets with cells; charts, macros and empty sheets are left out and listed."""
    found = sheets(blob.data)
    full = tuple(s for s in found if any(c is not None for r in s.rows for c in r))
    unread = [
        Unread(f"sheet '{name}'", f"a {kind}, which holds no cells") for name, kind in left_out(blob.data)
    ]
    unread += [Unread(f"sheet '{s.name}'", "no cells") for s in found if s not in full]
    if not full:
        raise ReadError(
            "no worksheet with cells",
            rule="; ".join(f"{u.where} is {u.what}" for u in unread) or "a workbook holds worksheets",
            remedy="Export the table again",
        )
    return Recording(KIND, NAME, blob.source, sheets=full, unread=tuple(unread))
