"""NETZSCH Proteus ASCII export (STA, TG, DSC): ``#KEY:value`` lines, then ``##Temp./°C;Time/min;...``.

The header says separator, decimal mark, sample mass, segments (heating rates) and, as ``#EXO:``, which
way exotherms point: 1 up, -1 down.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Recording
from negatrode.files.blob import Blob
from negatrode.files.readers.thermal_channels import (
    atmosphere_of,
    build_block,
    channel_of,
    data_rows,
    gas_name,
    heating_rate,
    is_thermal,
    split_label,
    stated_quantity,
    stated_word,
)
from negatrode.files.text import decode, number, separator_of, split_cells

NAME = "netzsch-text"
TITLE = "NETZSCH Proteus ASCII export"
KIND = "thermal"

_SEPARATORS = {"SEMICOLON": ";", "COMMA": ",", "TAB": "\t", "SPACE": " ", "BLANK": " "}
_SEGMENT = re.compile(r"(-?\d+[.,]?\d*)[^/\d]*/(-?\d+[.,]?\d*)\s*\(?K/min\)?/(-?\d+[.,]?\d*)")
_DIRECTIONS = {1.0: "exo-up", -1.0: "exo-down"}


def sniff(blob: Blob) -> int:
    """By the first header words."""
    head = blob.data[:4096].replace(b"\x00", b"")
    if b"#EXPORTTYPE:" in head or b"#FORMAT:NETZSCH" in head.replace(b" ", b""):
        return 100
    return 95 if head.lstrip(b"\xef\xbb\xbf\xff\xfe").startswith(b"#") and b"##Temp." in head else 0


def read(blob: Blob) -> Recording:
    """The thermogram of a Proteus export, temperature in degC, time in s.

    Raises ReadError where the header is missing or contradicts the data (decimal mark, number of
    columns), where several measurements are exported side by side, or a cell is no number.
    """
    lines = decode(blob.data).split("\n")
    head = next((i for i, line in enumerate(lines) if line.startswith("##")), None)
    if head is None:
        raise ReadError(
            "no line of column names ('##Temp./...')",
            where=f"line {len(lines)}",
            remedy="The file is cut off; export it again",
        )
    entries = _entries(lines[:head])
    if "COMPARE" in entries.get("EXPORTTYPE", ""):
        raise ReadError(
            "several measurements side by side", remedy="Export each measurement alone (DATA ALL)"
        )
    separator = _SEPARATORS.get(entries.get("SEPARATOR", "").upper()) or separator_of(
        lines[head + 1 : head + 20]
    )
    labels = [c for c in split_cells(lines[head], separator) if c]
    channels = [channel_of(*split_label(label)) for label in labels]
    if not is_thermal(channels):
        raise ReadError(
            f"columns {', '.join(labels)}",
            where=f"line {head + 1}",
            rule="a thermogram has one temperature and a mass, DSC or DTA signal",
        )
    rows, numbers, passed = data_rows(
        lines, head + 1, separator, len(channels), repeated=[lines[head].strip()]
    )
    _check_decimal(entries.get("DECIMAL", "").upper(), rows, numbers)
    block, unread = build_block("measurement", channels, rows, numbers)
    return Recording(
        KIND,
        NAME,
        blob.source,
        blocks=(block,),
        settings=_settings(entries),
        metadata={k.lower(): v for k, v in entries.items() if v},
        unread=(*passed, *unread),
    )


def _entries(lines: list[str]) -> dict[str, str]:
    """``#SAMPLE MASS /mg: ,10.2,,,`` -> {"SAMPLE MASS /mg": "10.2"}."""
    found: dict[str, str] = {}
    for line in lines:
        if line.startswith("#") and ":" in line:
            key, _, value = line[1:].partition(":")
            found.setdefault(key.strip(), value.strip(" \t,;"))
    return found


def _check_decimal(mark: str, rows: list[list[str]], numbers: list[int]) -> None:
    wrong = {"POINT": ",", "COMMA": "."}.get(mark)
    if wrong is None:
        return
    for row, line in zip(rows, numbers, strict=True):
        cell = next((c for c in row if wrong in c), None)
        if cell is not None:
            raise ReadError(
                f"'{cell}'", where=f"line {line}", rule=f"the header declares the decimal mark {mark}"
            )


def _settings(entries: Mapping[str, str]) -> dict[str, Stated]:
    mass = next((v for k, v in entries.items() if k.startswith("SAMPLE MASS")), "")
    unit = "g" if any(k.startswith("SAMPLE MASS") and k.endswith("/g") for k in entries) else "mg"
    exo = number(entries.get("EXO", ""))
    segments = [v for k, v in entries.items() if re.fullmatch(r"SEG\.\s*\d+", k)]
    return {
        **stated_quantity("mass", number(mass), unit, "#SAMPLE MASS"),
        **stated_word("direction", _DIRECTIONS.get(exo) if exo is not None else None, "#EXO"),
        **stated_quantity(
            "heating_rate", _rate(segments or [entries.get("RANGE", "")]), "K/min", "#SEG., #RANGE"
        ),
        **stated_word("atmosphere", _atmosphere(entries), "#PURGE GAS, #PROTECTIVE GAS, #ATMOSPHERE"),
    }


def _rate(segments: list[str]) -> float | None:
    found = []
    for segment in segments:
        for match in _SEGMENT.finditer(segment):
            start, rate, stop = (number(match[i]) for i in (1, 2, 3))
            if start is not None and rate is not None and stop is not None:
                found.append((start, stop, rate))
    return heating_rate(found)


def _atmosphere(entries: Mapping[str, str]) -> str:
    gases = []
    for key, value in entries.items():
        match = re.fullmatch(r"(PURGE GAS|PROTECTIVE GAS|ATMOSPHERE)\s*(\d*)", key.upper())
        if not match:
            continue
        place = match[2]
        label = f"FLOW RATE {place}" if match[1] == "PURGE GAS" else "FLOW RATE PROTECTIVE"
        flow = next((number(v) for k, v in entries.items() if k.upper().startswith(label)), None)
        if flow != 0.0:
            gases.append(gas_name(value))
    return atmosphere_of(gases)
