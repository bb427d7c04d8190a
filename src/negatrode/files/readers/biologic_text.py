"""BioLogic text export without a header: the first line names the columns as EC-Lab does.

"cycle number <tab> Ecell/V <tab> Capacity/mA.h" or "time/s <tab> Ewe/V <tab> <I>/mA", with or without a
tab at the end. Nothing else is in the file: mass and area must come from elsewhere.
"""

from __future__ import annotations

import re

from negatrode.core.recording import Recording
from negatrode.files.blob import Blob
from negatrode.files.readers.biologic_mpt import CONVENTION, capacity_reset
from negatrode.files.readers.cycler_block import build_block
from negatrode.files.readers.cycler_columns import channel_of, is_cycling
from negatrode.files.readers.cycler_rows import read_rows
from negatrode.files.text import decode, is_text

NAME = "biologic-text"
TITLE = "BioLogic text export without header"
KIND = "cycling"

_POTENTIAL = re.compile(r"<?(?:Ewe|Ecell|Ewe-Ece)>?/[mu]?V\Z")


def sniff(blob: Blob) -> int:
    """By a first line of EC-Lab's variable names, split by tabs."""
    if not is_text(blob.data):
        return 0
    line = decode(blob.data[:8192]).lstrip("\ufeff").split("\n", 1)[0]
    heads = [h.strip() for h in line.split("\t") if h.strip()]
    if len(heads) < 2 or not any(_POTENTIAL.match(h) for h in heads):
        return 0
    return 90 if is_cycling([channel_of(h) for h in heads]) else 0


def read(blob: Blob) -> Recording:
    """The table in seconds, volts and amperes; ReadError with its line where a cell is no number."""
    lines = decode(blob.data).split("\n")
    heads = lines[0].split("\t")
    while heads and not heads[-1].strip():
        heads.pop()
    table = read_rows(lines, 1, "\t", [channel_of(h) for h in heads], repeated=[lines[0].strip()])
    block, unread = build_block(table, convention=CONVENTION, facts=capacity_reset(heads))
    return Recording(KIND, NAME, blob.source, blocks=(block,), unread=unread)
