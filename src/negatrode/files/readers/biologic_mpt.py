"""BioLogic EC-Lab and BT-Lab text export (.mpt): a header whose length it declares, then one table.

The second line says "Nb header lines : N"; line N names the columns ("time/s", "Ewe/V", "<I>/mA"). Decimal
marks are points or commas, by the computer's settings. A positive current is oxidation at the working
electrode, which charges a cell whose working electrode is the positive one, half cells against lithium
included. "Capacity/mA.h" and "Q charge/discharge/mA.h" start anew with every half cycle (EC-Lab manual,
"Variables").
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Recording
from negatrode.files.blob import Blob
from negatrode.files.readers.cycler_block import build_block, pairs, stated
from negatrode.files.readers.cycler_columns import channel_of, is_cycling
from negatrode.files.readers.cycler_rows import read_rows
from negatrode.files.text import decode, number

NAME = "biologic-mpt"
TITLE = "BioLogic EC-Lab text export (.mpt)"
KIND = "cycling"

CONVENTION = "EC-Lab: a positive current is oxidation at the working electrode"
_MARK = re.compile(r"\A\ufeff?\s*(?:EC|BT)-Lab ASCII FILE", re.IGNORECASE)
_COUNT = re.compile(r"Nb header lines\s*:\s*(\d{1,6})")
# EC-Lab writes 0.001 where nobody entered a mass or an area
_PLACEHOLDER = 0.001
_ABSOLUTE = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})\s+(\d{1,2})[:.](\d{2})[:.](\d{2}(?:[.,]\d+)?)\Z")


def sniff(blob: Blob) -> int:
    """By the first line."""
    head = blob.data[:128].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")
    return 100 if _MARK.match(head.decode("latin-1")) else 0


def read(blob: Blob) -> Recording:
    """The table in seconds, volts and amperes, with mass, area and capacity where someone entered them.

    Raises ReadError where the header is not as long as it declares, the table has no voltage with a
    current or capacity (an impedance file), or a cell is no number.
    """
    lines = decode(blob.data).split("\n")
    count = _header_length(lines)
    heads = lines[count - 1].split("\t")
    while heads and not heads[-1].strip():
        heads.pop()
    channels = [channel_of(h) for h in heads]
    if not is_cycling(channels) or len(channels) < 2:
        raise ReadError(
            f"line {count} names {', '.join(h.strip() for h in heads[:6]) or 'nothing'}",
            where=f"line {count}",
            rule="the last header line names a potential (Ewe/V, Ecell/V) and a current or capacity",
            remedy="Export a cycling technique with these variables; the file may be cut off or edited",
        )
    lines[count:] = _relative(lines[count:], heads)
    table = read_rows(lines, count, "\t", channels)
    block, unread = build_block(table, convention=CONVENTION, facts=capacity_reset(heads))
    header = pairs(lines[1 : count - 1])
    technique = next((x.strip() for x in lines[2 : count - 1] if x.strip()), "")
    return Recording(
        KIND,
        NAME,
        blob.source,
        blocks=(block,),
        settings=_settings(header),
        metadata={"technique": technique, **header} if technique and ":" not in technique else header,
        unread=unread,
    )


def capacity_reset(heads: Sequence[str]) -> dict[str, Stated]:
    """When the file's capacity counter starts anew, for the heads that EC-Lab defines."""
    for name in ("Capacity/", "Q charge/discharge/"):
        head = next((h.strip() for h in heads if h.strip().startswith(name)), None)
        if head:
            return {"capacity_reset": Stated("half-cycle", "", f"EC-Lab: {head}")}
    return {}


def _header_length(lines: Sequence[str]) -> int:
    found = next((m for line in lines[:5] if (m := _COUNT.search(line))), None)
    if found is None:
        raise ReadError(
            "no line 'Nb header lines'",
            where="line 2",
            rule="the header declares its length",
            remedy="The file is cut off or damaged; export it again",
        )
    count = int(found[1])
    if not 2 < count < len(lines):
        raise ReadError(
            f"{len(lines)} lines where the header alone declares {count}",
            where=f"line {len(lines)}",
            remedy="The file is cut off; export it again",
        )
    return count


def _relative(rows: list[str], heads: Sequence[str]) -> list[str]:
    """Rows whose absolute time ("11/19/2024 15:14:45.925", month first) became seconds from the first."""
    place = next((i for i, h in enumerate(heads) if re.match(r"time/", h.strip(), re.IGNORECASE)), None)
    full = next((r for r in rows if r.strip()), "")
    cells = full.split("\t")
    if place is None or place >= len(cells) or not _ABSOLUTE.match(cells[place].strip()):
        return rows
    start: np.datetime64 | None = None
    out = []
    for row in rows:
        cells = row.split("\t")
        match = _ABSOLUTE.match(cells[place].strip()) if place < len(cells) else None
        if match:
            moment = _moment(match)
            start = moment if start is None else start
            cells[place] = f"{(moment - start) / np.timedelta64(1, 's'):.6f}"
        out.append("\t".join(cells))
    return out


def _moment(match: re.Match[str]) -> np.datetime64:
    month, day, year, hour, minute, second = match.groups()
    text = f"{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute}:{second.replace(',', '.')}"
    try:
        return np.datetime64(text, "us")
    except ValueError:
        raise ReadError(
            f"'{match[0]}' is no date", rule="absolute times are written month/day/year"
        ) from None


def _settings(header: Mapping[str, str]) -> dict[str, Stated]:
    return {
        **_quantity("mass", header, "Mass of active material", {"mg": 1.0, "g": 1e3, "ug": 1e-3}, "mg"),
        **_quantity("area", header, "Electrode surface area", {"cm": 1.0, "mm": 0.01}, "cm2"),
        **_quantity(
            "nominal_capacity", header, "Battery capacity", {"mA.h": 1e-3, "A.h": 1.0, "uA.h": 1e-6}, "A*h"
        ),
    }


def _quantity(
    name: str, header: Mapping[str, str], key: str, units: Mapping[str, float], unit: str
) -> dict[str, Stated]:
    """A number of the header in the unit wanted; EC-Lab's placeholder 0.001 counts as none."""
    words = header.get(key, "").replace("µ", "u").split()
    value = number(words[0]) if words else None
    spelled = words[1].rstrip("²2³\ufffd") if len(words) > 1 else ""
    if value is None or spelled not in units or value == _PLACEHOLDER:
        return {}
    return stated(name, value * units[spelled], unit, f"header: {key}")
