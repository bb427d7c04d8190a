"""TA Instruments text: Universal Analysis (``Sig1``, ``StartOfData``) and TRIOS (``[step]``) exports.

Universal Analysis writes one signal a column as declared by Nsig and Sig1..SigN, and rows of negative
time as event marks. TRIOS writes one table a step, with a row of names and a row of units.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Recording, Unread
from negatrode.files.blob import Blob
from negatrode.files.readers.thermal_channels import (
    Channel,
    build_block,
    channel_of,
    data_rows,
    direction_of,
    gas_name,
    heating_rate,
    is_thermal,
    split_label,
    stated_quantity,
    stated_word,
)
from negatrode.files.text import decode, number, split_cells

NAME = "ta-text"
TITLE = "TA Instruments text export (Universal Analysis, TRIOS)"
KIND = "thermal"

_SIGNAL = re.compile(r"^Sig(\d+)[\t ]+(.+)$")
_RAMP = re.compile(r"Ramp\s+(-?[\d.,]+)\s*\W{0,2}[CK]\s*/\s*min\s+to\s+(-?[\d.,]+)", re.IGNORECASE)
_TARGET = re.compile(r"(?:Equilibrate|Jump|Initial temperature)\D*?(-?\d[\d.,]*)", re.IGNORECASE)


def sniff(blob: Blob) -> int:
    """By the key words of either layout."""
    head = blob.data[:20000].replace(b"\x00", b"")
    if re.search(rb"^Sig1[\t ]", head, re.MULTILINE) and (b"StartOfData" in head or b"Nsig" in head):
        return 100
    trios = (b"trios version", b"[file parameters]", b"proceduresegments")
    return 100 if b"[step]" in head and any(w in head.lower() for w in trios) else 0


@dataclass
class _Header:
    """Key lines, in order; a key may come several times."""

    pairs: list[tuple[str, str]] = field(default_factory=list)

    def add(self, line: str) -> None:
        key, _, value = line.partition("\t")
        if not value and "," in line:
            key, _, value = line.partition(",")
        if not value:
            key, _, value = line.partition(" ")
        self.pairs.append((key.strip().strip('"'), value.replace("\t", " ").strip().strip('"')))

    def first(self, *keys: str) -> str:
        wanted = [k.lower() for k in keys]
        return next((v for k, v in self.pairs if k.lower() in wanted), "")

    def all(self, key: str) -> list[str]:
        return [v for k, v in self.pairs if k.lower() == key.lower()]


def read(blob: Blob) -> Recording:
    """The thermogram of a Universal Analysis or TRIOS text export.

    Raises ReadError where the number of signals declared is not the number of columns, a cell is no
    number, or the file is the instrument's binary data file rather than its export.
    """
    if b"\x0c\x00" in blob.data[:65536] and b"S\x00t\x00a\x00r\x00t\x00O\x00f" not in blob.data[:65536]:
        raise ReadError(
            "the binary data file of a TA instrument",
            remedy="Export it as text from Universal Analysis or TRIOS",
        )
    lines = [line.strip("\x0c") for line in decode(blob.data).split("\n")]
    steps = any(line.strip().lower() == "[step]" for line in lines)
    header, block, unread = _read_trios(lines) if steps else _read_universal(lines)
    return Recording(
        KIND,
        NAME,
        blob.source,
        blocks=(block,),
        settings=_settings(header, header.all("OrgMethod")),
        metadata={k: v for k, v in reversed(header.pairs) if v},
        unread=tuple(unread),
    )


def _read_universal(lines: Sequence[str]) -> tuple[_Header, Block, list[Unread]]:
    header, first = _Header(), None
    for i, line in enumerate(lines):
        if line.strip() == "StartOfData":
            first = i + 1
            break
        if line.startswith("OrgFile") and re.match(r"\s*-?[\d.]", "".join(lines[i + 1 : i + 2])):
            first = i + 1  # older exports begin their data here
            break
        if line.strip():
            header.add(line)
    if first is None:
        raise ReadError(
            "no 'StartOfData' line",
            where=f"line {len(lines)}",
            rule="the data follow StartOfData",
            remedy="The file is cut off; export it again",
        )
    signals = [m[2].strip() for m in map(_SIGNAL.match, lines[:first]) if m]
    declared = number(header.first("Nsig"))
    if (declared is None and header.first("Nsig")) or declared not in (None, float(len(signals))):
        raise ReadError(
            f"Nsig {header.first('Nsig')} but {len(signals)} Sig lines", remedy="Export the file again"
        )
    channels = [channel_of(*split_label(s)) for s in signals]
    _require_thermal(channels, signals)
    text = [line.strip(" ") for line in lines]
    separator = "\t" if any("\t" in line for line in text[first : first + 5]) else " "
    rows, numbers, unread = data_rows(text, first, separator, len(channels))
    if channels[0].name == "time":
        marks = [n for row, n in zip(rows, numbers, strict=True) if (number(row[0]) or 0.0) < 0]
        kept = [(r, n) for r, n in zip(rows, numbers, strict=True) if n not in set(marks)]
        unread += [Unread(f"line {n}", "an event mark (negative time)") for n in marks]
        rows, numbers = [r for r, _ in kept], [n for _, n in kept]
    block, more = build_block("measurement", channels, rows, numbers)
    return header, block, [*unread, *more]


def _read_trios(lines: Sequence[str]) -> tuple[_Header, Block, list[Unread]]:
    starts = [i for i, line in enumerate(lines) if line.strip().lower() == "[step]"]
    header = _Header()
    for line in lines[: starts[0]]:
        if line.strip() and not line.startswith("["):
            header.add(line)
    rows: list[list[str]] = []
    numbers: list[int] = []
    unread: list[Unread] = []
    names: list[str] = []
    channels: list[Channel] = []
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        if start + 4 > stop:
            raise ReadError(
                "a step without a table", where=f"line {start + 1}", remedy="Export the file again"
            )
        title, labels_line, units_line = lines[start + 1 : start + 4]
        separator = "\t" if "\t" in labels_line else ","
        labels = split_cells(labels_line, separator)
        units = split_cells(units_line, separator)
        if len(labels) != len(units):
            raise ReadError(
                f"{len(labels)} names but {len(units)} units",
                where=f"line {start + 4}",
                remedy="Export again",
            )
        header.pairs.append(("OrgMethod", title.strip().strip('"')))
        found = [channel_of(a, b) for a, b in zip(labels, units, strict=True)]
        if not channels:
            channels, names = found, labels
        if found != channels:
            unread.append(Unread(f"line {start + 1}", f"step '{title.strip()}' has other columns"))
            continue
        part = lines if stop == len(lines) else [*lines[:stop], ""]
        more, at, passed = data_rows(part, start + 4, separator, len(channels))
        rows, numbers, unread = rows + more, numbers + at, unread + passed
    _require_thermal(channels, names)
    block, left = build_block("measurement", channels, rows, numbers)
    return header, block, [*unread, *left]


def _require_thermal(channels: Sequence[Channel], labels: Sequence[str]) -> None:
    if not is_thermal(channels):
        raise ReadError(
            f"signals {', '.join(labels)}",
            rule="a thermogram has one temperature and a mass, DSC or DTA signal",
        )


def _settings(header: _Header, method: Sequence[str]) -> dict[str, Stated]:
    size = re.match(r"\s*([\d.,]+)\s*(mg|g|µg)?", header.first("Size", "Sample mass", "sample mass"))
    mass = number(size[1]) if size else None
    unit = {"g": "g", "µg": "ug"}.get(size[2] or "", "mg") if size else "mg"
    direction = next((direction_of(f"{k} {v}") for k, v in header.pairs if direction_of(f"{k} {v}")), None)
    return {
        **stated_quantity("mass", mass, unit, "Size"),
        **stated_word("direction", direction, "Exotherm"),
        **stated_quantity("heating_rate", _rate(method), "K/min", "OrgMethod"),
        **stated_word("atmosphere", _atmosphere(header, method), "Xcomment, Gas"),
    }


def _rate(method: Sequence[str]) -> float | None:
    segments: list[tuple[float | None, float, float]] = []
    last: float | None = None
    for step in method:
        ramp, target = _RAMP.search(step), _TARGET.search(step)
        if ramp:
            rate, stop = number(ramp[1]), number(ramp[2])
            if rate is not None and stop is not None:
                segments.append((last, stop, rate))
                last = stop
        elif target:
            last = number(target[1])
    return heating_rate(segments)


def _atmosphere(header: _Header, method: Sequence[str]) -> str:
    """The selected gas, where no step switches it; "" where which of two gases flowed is not said."""
    if any(re.search(r"select gas|switch gas", step, re.IGNORECASE) for step in method):
        return ""
    gases: dict[str, str | None] = {}
    for key, value in header.pairs:
        for place, name in re.findall(r"Gas\s*(\d)\s*[:\t ]\s*([^\t]+?)(?=\s+Gas\s*\d|$)", f"{key} {value}"):
            if not re.match(r"Event|flow", name, re.IGNORECASE):
                gases.setdefault(place, gas_name(name))
    selected = re.search(r"\bGas\s*(\d)", header.first("Controls"))
    if selected and selected[1] in gases:
        return gases[selected[1]] or ""
    named = {g for g in gases.values() if g}
    return named.pop() if len(named) == 1 else ""
