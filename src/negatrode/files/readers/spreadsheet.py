"""Any .xls or .xlsx as plain tables, one a sheet."""

from __future__ import annotations

from negatrode.core.errors import ReadError
from negatrode.core.recording import Recording
from negatrode.files.blob import Blob
from negatrode.files.readers import compound
from negatrode.files.readers.workbook import sheets

NAME = "spreadsheet"
TITLE = "spreadsheet (.xls, .xlsx)"
KIND = "table"


def sniff(blob: Blob) -> int:
    """An .xls container, or a zip that names a workbook."""
    if blob.data.startswith(compound.MAGIC):
        return 10
    return 10 if blob.data.startswith(b"PK") and b"xl/" in blob.data else 0


def read(blob: Blob) -> Recording:
    """All worksheets with rows; charts hold no data and are left out."""
    found = tuple(s for s in sheets(blob.data) if any(c is not None for r in s.rows for c in r))
    if not found:
        raise ReadError("no worksheet with cells", remedy="Export the table again")
    return Recording(KIND, NAME, blob.source, sheets=found)
