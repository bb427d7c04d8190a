"""EMSA/MAS spectral data file (ISO 22029:2022; R. F. Egerton et al., Proc. EMSA 1991): .msa, .emsa, .txt.

Lines ``#KEYWORD  -unit: value``, then ``#SPECTRUM``, the numbers, and ``#ENDOFDATA``. DATATYPE Y lists the
counts alone (NCOLUMNS a line) on the axis ``OFFSET + k * XPERCHAN``; XY lists pairs of energy and counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Column, Recording, Unread
from negatrode.files.blob import Blob
from negatrode.files.text import decode, number, require_number

NAME = "emsa"
TITLE = "EMSA/MAS spectral data file (ISO 22029)"
KIND = "spectrum"

MAX_POINTS = 1 << 20
_KEV = {"ev": 1e-3, "kev": 1.0}
_KEYWORD = re.compile(r"#(#?\s*[A-Za-z][\w ]*?)\s*(?:[-(]\s*([^:()]*?)\)?\s*)?(?::(.*))?$")
_XRAY = ("eds", "wds", "xrf")
_LOWEST_TOP = 0.1  # keV: an X-ray spectrum that ends below it is in another unit than it says
_SEPARATOR = re.compile(r"[,;\s]+")
_REMEDY = "Export the spectrum again"
_NUMBERS = (
    # keyword, setting, unit, sizes of the units it may be given in
    ("BEAMKV", "beam_energy", "keV", {"": 1.0, "kv": 1.0, "kev": 1.0}),
    ("LIVETIME", "live_time", "s", {"": 1.0, "s": 1.0, "sec": 1.0, "ms": 1e-3}),
    ("REALTIME", "real_time", "s", {"": 1.0, "s": 1.0, "sec": 1.0, "ms": 1e-3}),
    ("PROBECUR", "probe_current", "nA", {"": 1.0, "na": 1.0, "pa": 1e-3, "ua": 1e3}),
    ("ELEVANGLE", "elevation_angle", "deg", {"": 1.0, "dg": 1.0, "deg": 1.0, "degrees": 1.0}),
)


@dataclass(frozen=True)
class _Entry:
    """The value of a keyword, the unit beside the keyword, and the line."""

    value: str
    unit: str
    line: int


def sniff(blob: Blob) -> int:
    """By the words of its first keyword."""
    head = blob.data[:600].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n")
    return 100 if re.match(rb"(?i)#format\s*:\s*emsa", head) else 0


def read(blob: Blob) -> Recording:
    """The spectrum: energy in keV, counts; live time, beam energy and detector where stated.

    Raises ReadError where NPOINTS is not the number of points, #ENDOFDATA is missing, a required keyword is
    missing or given twice, the x axis is no energy, or a number is none.
    """
    lines = decode(blob.data).split("\n")
    start = _line_of(lines, "SPECTRUM", 0)
    entries, passed = _header(lines[:start])
    stop = _line_of(lines, "ENDOFDATA", start + 1)
    points = _count(entries)
    energy, counts = _points(entries, lines, start + 1, stop, points)
    _check_energy(energy, entries)
    column = _ordinate(counts, entries)
    after, trailing = _header(lines[stop + 1 :], first=stop + 2)
    return Recording(
        KIND,
        NAME,
        blob.source,
        blocks=(Block("spectrum", (Column("energy", "keV", energy), column)),),
        settings=_settings(entries),
        metadata={k.lower(): e.value for k, e in {**entries, **after}.items() if e.value},
        unread=(*passed, *trailing),
    )


def _ordinate(values: NDArray[np.float64], entries: Mapping[str, _Entry]) -> Column:
    """Counts where YUNITS says so, or says no more than "intensity" and the values are whole numbers."""
    said = entries["YUNITS"].value if "YUNITS" in entries else ""
    vague = re.fullmatch(r"(?i)|intensity|i", said) is not None
    whole = bool((values == np.floor(values)).all())
    if re.fullmatch(r"(?i)counts?|cts\.?|x-rays? \(counts\)", said) or (vague and whole):
        return Column("counts", "1", values)
    return Column("intensity", "" if vague else said[:40], values)


def _line_of(lines: list[str], keyword: str, first: int) -> int:
    """The line of a keyword that stands alone in the file's order; ReadError where there is none."""
    for i in range(first, len(lines)):
        found = _KEYWORD.match(lines[i].strip())
        if found and found[1].upper() == keyword:
            return i
    raise ReadError(
        f"no #{keyword}",
        where=f"line {len(lines)}",
        rule="the numbers stand between #SPECTRUM and #ENDOFDATA",
        remedy="The file is cut off or damaged; export it again",
    )


def _header(lines: list[str], first: int = 1) -> tuple[dict[str, _Entry], list[Unread]]:
    """Keywords in upper case with their values; a line that is none is reported."""
    entries: dict[str, _Entry] = {}
    passed = []
    for number_, raw in enumerate(lines, start=first):
        line = raw.strip()
        if not line:
            continue
        found = _KEYWORD.match(line)
        if not found:
            passed.append(Unread(f"line {number_}", line[:80]))
            continue
        name = " ".join(found[1].upper().split())
        value = (found[3] or "").strip()
        known = entries.get(name)
        if known is None:
            entries[name] = _Entry(value, (found[2] or "").strip(), number_)
        elif name in ("NPOINTS", "NCOLUMNS", "XUNITS", "DATATYPE", "XPERCHAN", "OFFSET"):
            if value != known.value:
                raise ReadError(
                    f"#{name} is '{known.value}' and '{value}'",
                    where=f"lines {known.line} and {number_}",
                    rule="a keyword of the axis stands once",
                    remedy=_REMEDY,
                )
        else:
            entries[name] = _Entry(f"{known.value}; {value}", known.unit, known.line)
    return entries, passed


def _required(entries: Mapping[str, _Entry], name: str) -> _Entry:
    if name not in entries:
        raise ReadError(f"no #{name}", rule="ISO 22029 requires it", remedy=_REMEDY)
    return entries[name]


def _number_of(entries: Mapping[str, _Entry], name: str) -> float:
    entry = _required(entries, name)
    return require_number(entry.value, where=f"line {entry.line} #{name}")


def _count(entries: Mapping[str, _Entry]) -> int:
    """NPOINTS, which the standard writes as a number with a point ("1024.")."""
    value = _number_of(entries, "NPOINTS")
    if not 2 <= value <= MAX_POINTS or value != int(value):
        raise ReadError(
            f"#NPOINTS is {value:g}",
            where=f"line {entries['NPOINTS'].line}",
            rule=f"a whole number within 2 to {MAX_POINTS}",
        )
    return int(value)


def _cells(lines: list[str], start: int, stop: int) -> Iterator[tuple[str, int]]:
    for i in range(start, stop):
        for cell in _SEPARATOR.split(lines[i].strip()):
            if cell:
                yield cell, i + 1


def _points(
    entries: Mapping[str, _Entry], lines: list[str], start: int, stop: int, points: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Energies in keV and counts; their number must be NPOINTS."""
    kind = _required(entries, "DATATYPE").value.upper()
    if kind not in ("Y", "XY"):
        raise ReadError(
            f"#DATATYPE is '{kind[:20]}'",
            where=f"line {entries['DATATYPE'].line}",
            rule="Y or XY",
            remedy=_REMEDY,
        )
    per_point = len(kind)
    values = [require_number(cell, where=f"line {line}") for cell, line in _cells(lines, start, stop)]
    if len(values) != per_point * points:
        raise ReadError(
            f"{len(values) / per_point:g} points",
            where=f"lines {start + 1} to {stop}",
            rule=f"#NPOINTS declares {points}",
            remedy="The file is cut off or damaged; export it again",
        )
    scale = _energy_scale(entries)
    table = np.array(values, dtype=np.float64).reshape(points, per_point)
    if kind == "XY":
        return np.ascontiguousarray(scale * table[:, 0]), np.ascontiguousarray(table[:, 1])
    step = _number_of(entries, "XPERCHAN")
    energy = _offset(entries, step) + step * np.arange(points, dtype=np.float64)
    return np.asarray(scale * energy, dtype=np.float64), np.ascontiguousarray(table[:, 0])


def _offset(entries: Mapping[str, _Entry], step: float) -> float:
    """The x of the first channel: OFFSET, or the channel of x = 0 turned round."""
    if "OFFSET" not in entries and "CHOFFSET" in entries:
        return -step * _number_of(entries, "CHOFFSET")
    return _number_of(entries, "OFFSET")


def _energy_scale(entries: Mapping[str, _Entry]) -> float:
    entry = _required(entries, "XUNITS")
    word = re.sub(r"(?i)energy|loss|[\s()\[\],-]", "", entry.value).lower()
    scale = _KEV.get(word)
    if scale is None:
        raise ReadError(
            f"#XUNITS is '{entry.value[:40]}'",
            where=f"line {entry.line}",
            rule="the x axis of an X-ray spectrum is an energy in eV or keV",
            remedy=_REMEDY,
        )
    for name in ("XPERCHAN", "OFFSET"):
        beside = entries[name].unit.lower() if name in entries else ""
        if beside in _KEV and _KEV[beside] != scale:
            raise ReadError(
                f"#{name} is in {entries[name].unit}",
                where=f"line {entries[name].line}",
                rule=f"#XUNITS says {entry.value}",
                remedy=_REMEDY,
            )
    return scale


def _check_energy(energy: NDArray[np.float64], entries: Mapping[str, _Entry]) -> None:
    steps = np.diff(energy)
    if not np.isfinite(energy).all() or (steps <= 0.0).any():
        place = int(np.argmax(~(steps > 0.0)))
        raise ReadError(
            f"energy {energy[place + 1]:g} keV after {energy[place]:g} keV",
            where=f"point {place + 2}",
            rule="energies rise",
            remedy=_REMEDY,
        )
    signal = entries["SIGNALTYPE"].value.lower() if "SIGNALTYPE" in entries else ""
    if signal[:3] in _XRAY and energy[-1] < _LOWEST_TOP:
        raise ReadError(
            f"an X-ray spectrum that ends at {energy[-1]:g} keV",
            rule=f"it ends above {_LOWEST_TOP:g} keV; #XUNITS may be wrong",
            remedy="Correct #XUNITS, or export the spectrum again",
        )


def _settings(entries: Mapping[str, _Entry]) -> dict[str, Stated]:
    """What a measurement needs; a value of zero or less is a blank form, not a statement."""
    found: dict[str, Stated] = {}
    for keyword, setting, unit, sizes in _NUMBERS:
        entry = entries.get(keyword)
        value = number(entry.value) if entry is not None else None
        size = sizes.get(entry.unit.lower().strip(), None) if entry is not None else None
        if entry is not None and value is not None and size is not None and value > 0.0:
            found[setting] = Stated(value * size, unit, f"line {entry.line} #{keyword}")
    signal = entries.get("SIGNALTYPE")
    if signal is not None and signal.value.lower()[:3] in ("eds", "wds"):
        found["detector"] = Stated(signal.value.lower()[:3], "", f"line {signal.line} #SIGNALTYPE")
    return found
