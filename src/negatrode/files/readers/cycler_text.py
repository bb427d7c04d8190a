"""Plain tables of cycling data (csv, tsv, txt) whose heads name a voltage and a current or a capacity.

"Time[s];U[V];I[A]", "t/s E/V I/mA", "Voltage(V),Capacity(mAh)" and the text exports of Neware, Landt,
Basytec, Digatron and Novonix count, since their heads say enough. A table whose heads name no units stays
with the reader of plain tables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Recording
from negatrode.files.blob import Blob
from negatrode.files.readers.cycler_block import build_block, stated
from negatrode.files.readers.cycler_header import Head, find_head, first_lines, labelled, text_of
from negatrode.files.readers.cycler_rows import read_rows
from negatrode.files.text import number

NAME = "cycler-text"
TITLE = "plain text of cycling data (voltage with current or capacity, and units)"
KIND = "cycling"

_MASS = re.compile(
    r"(?:active |sample |electrode )?(?:material )?mass\b(?: of active material)?", re.IGNORECASE
)
_MILLIGRAMS = {"mg": 1.0, "g": 1e3, "ug": 1e-3, "kg": 1e6}
# Novonix and others write 1.000 where nobody entered a mass
_PLACEHOLDERS = (1.0,)
_NEWARE = re.compile(r"(?:D?Chg\.\s*Cap\.|Capacitance_D?Chg)", re.IGNORECASE)


def sniff(blob: Blob) -> int:
    """75 where one of the first lines is such a header above numbers."""
    return 75 if find_head(first_lines(blob.data)) is not None else 0


def read(blob: Blob) -> Recording:
    """The recording in seconds, volts and amperes; ReadError with its line where a cell is no number."""
    lines = text_of(blob.data).split("\n")
    head = find_head(lines)
    if head is None:
        raise ReadError(
            "no header that names a voltage and a current or capacity with units",
            remedy="Name the columns with their units, as in 'Time [s], Voltage [V], Current [A]'",
        )
    repeated = [line.strip() for line in lines[head.line : head.first]]
    table = read_rows(lines, head.first, head.separator, head.channels, repeated=repeated)
    block, unread = build_block(table, facts=_capacity_reset(head))
    metadata = labelled(lines[: head.line], head.separator)
    return Recording(
        KIND,
        NAME,
        blob.source,
        blocks=(block,),
        settings=_settings(metadata),
        metadata=metadata,
        unread=unread,
    )


def _capacity_reset(head: Head) -> dict[str, Stated]:
    """Neware's counters start anew with every step; its heads ("Chg. Cap.") are unmistakable."""
    mark = next((c for c in head.cells if _NEWARE.match(c.strip())), None)
    return {"capacity_reset": Stated("step", "", f"Neware: {mark.strip()}")} if mark else {}


def _settings(metadata: Mapping[str, str]) -> dict[str, Stated]:
    """The mass of a line such as "Active mass: 1.23 mg" or "Mass (mg): 1.23"."""
    for key, text in metadata.items():
        if not _MASS.match(key):
            continue
        found = re.match(r"([\d.,]+(?:[eE][+-]?\d+)?)\s*([mu]?k?g)?\b", text)
        given = re.search(r"[(\[/]\s*([mu]?k?g)\s*[)\]]?\s*\Z", key)
        unit = (found[2] if found else None) or (given[1] if given else None)
        value = number(found[1]) if found else None
        if value is not None and unit in _MILLIGRAMS and value not in _PLACEHOLDERS:
            return stated("mass", value * _MILLIGRAMS[unit], "mg", f"header: {key}")
    return {}
