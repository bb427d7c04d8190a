"""Plain histograms of size (.csv, .txt): headings name the sizes with their unit, and the shares.

Shares are per cent by volume or number, fractions of one, counts, densities, or sums (undersize,
oversize), which are differentiated. A weighting that the headings do not name is left out.
"""

from __future__ import annotations

from negatrode.core.errors import ReadError
from negatrode.core.recording import Recording
from negatrode.files.blob import Blob
from negatrode.files.readers.size_table import groups_of, runs
from negatrode.files.readers.text_rows import Row, decode_japanese, head_text, rows_of_text, widest_separator

NAME = "histogram-text"
TITLE = "Size histogram as plain table (.csv, .txt)"
KIND = "size-distribution"


def sniff(blob: Blob) -> int:
    """65 where one of the first lines names sizes with a unit and shares."""
    return 65 if _heading(head_text(blob.data, japanese=True)) else 0


def read(blob: Blob) -> Recording:
    """All runs; ReadError with its line where a cell is no number or the shares do not sum to 100 %."""
    text = decode_japanese(blob.data)
    line = _heading(text)
    if not line:
        raise ReadError(
            "no line that names sizes with their unit and shares", remedy="Give the columns headings"
        )
    metadata: dict[str, str] = {}
    blocks = runs(rows_of_text(text, widest_separator([line])), metadata)
    if not blocks:
        raise ReadError("no class under the headings", remedy="The file is cut off; export it again")
    return Recording(kind=KIND, format=NAME, source=blob.source, blocks=blocks, metadata=metadata)


def _heading(text: str) -> str:
    for line in text.split("\n", 120)[:120]:
        if not 3 < len(line) < 2000:
            continue
        cells = line.split(widest_separator([line]))
        if len(cells) > 1 and groups_of(Row("", tuple(c.strip().strip('"# ') or None for c in cells))):
            return line
    return ""
