"""Arbin MITS export as csv: "Data_Point,Test_Time(s),...,Current(A),Voltage(V),Charge_Capacity(Ah),...".

Both spellings of its heads are read ("Test_Time(s)" and "Test Time (s)"). Charging currents are positive.
When the capacity counters start anew is up to the schedule, so nothing is stated of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from negatrode.core.errors import ReadError
from negatrode.core.recording import Recording
from negatrode.files.blob import Blob
from negatrode.files.readers.cycler_block import build_block
from negatrode.files.readers.cycler_columns import plain_head
from negatrode.files.readers.cycler_header import find_head, labelled
from negatrode.files.readers.cycler_rows import read_rows
from negatrode.files.readers.text_rows import head_text
from negatrode.files.text import decode

NAME = "arbin-csv"
TITLE = "Arbin export (.csv)"
KIND = "cycling"

CONVENTION = "Arbin: charging currents are positive"
_MARKS = (re.compile(r"test[_ ]time\s*\(s\)"), re.compile(r"step[_ ]index"), re.compile(r"cycle[_ ]index"))


def is_arbin(heads: Sequence[str]) -> bool:
    """Whether heads are those of an Arbin table (test time, step and cycle index).

    >>> is_arbin(["Data_Point", "Test_Time(s)", "Step_Index", "Cycle_Index", "Current(A)"])
    True
    """
    words = [plain_head(h).lower() for h in heads]
    return all(any(mark.match(w) for w in words) for mark in _MARKS)


def sniff(blob: Blob) -> int:
    """By the heads."""
    head = find_head(head_text(blob.data).split("\n"))
    return 96 if head is not None and is_arbin(head.cells) else 0


def read(blob: Blob) -> Recording:
    """The recording in seconds, volts and amperes; ReadError with its line where a cell is no number."""
    lines = decode(blob.data).split("\n")
    head = find_head(lines)
    if head is None:
        raise ReadError(
            "no line of heads with a voltage and a current",
            where=f"line {len(lines)}",
            remedy="The file is cut off; export it again",
        )
    table = read_rows(lines, head.first, head.separator, head.channels, repeated=[lines[head.line].strip()])
    block, unread = build_block(table, convention=CONVENTION)
    metadata = labelled(lines[: head.line], head.separator)
    return Recording(KIND, NAME, blob.source, blocks=(block,), metadata=metadata, unread=unread)
