"""What the columns and header words of a thermal export mean, shared by the readers of thermal text.

A column's label and unit become one of the canonical channels (time [s], temperature [degC], mass [mg],
mass_percent [%], heat_flow, dta); others are kept under their own name. Nothing is concluded from a
file's name: atmosphere, heating rate and direction come from the header or stay unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Column, Unread
from negatrode.core.units import spell
from negatrode.files.readers.data_lines import last_line_doubt, row_cells
from negatrode.files.text import number, require_number

# Scale and offset into the canonical unit: value * factor + offset
_TIME = {"s": 1.0, "min": 60.0, "h": 3600.0, "hr": 3600.0, "ms": 1e-3}
_TEMPERATURE = {"degC": 0.0, "K": -273.15}
_MASS = {"mg": 1.0, "g": 1e3, "ug": 1e-3, "kg": 1e6}
_FRACTION = {"%": 1.0, "wt%": 1.0, "1": 100.0, "mg/mg": 100.0, "g/g": 100.0}
_HEAT = {
    "mW": ("mW", 1.0), "W": ("mW", 1e3), "uW": ("mW", 1e-3),
    "W/g": ("W/g", 1.0), "mW/mg": ("W/g", 1.0), "mW/g": ("W/g", 1e-3), "W/kg": ("W/g", 1e-3),
    "uW/mg": ("W/g", 1e-3), "kW/kg": ("W/g", 1.0),
    "uV": ("uV", 1.0), "mV": ("uV", 1e3), "uV/mg": ("uV/mg", 1.0), "mV/mg": ("uV/mg", 1e3),
}  # fmt: skip
_DIFFERENCE = {"K": "K", "degC": "K", "K/mg": "K/mg", "degC/mg": "K/mg"}

_DERIVED = re.compile(
    r"deriv|^d\W?(?:tg|dsc|dta)|\bddsc|\bd\w*/d|\bdt[gm]|\brates?\b|flow\W*\(?(?:purge|prot|balance|sample)|"
    r"\bgas|purge|sensit|capacity|\bcp\b|\b(?:non\W?)?rev|integral|baseline|smooth|\bset|pressure|loss"
)
_KINDS = (
    ("furnace_temperature", re.compile(r"(?:furnace|oven|program|reference|ref|block|sensor)\W*temp|\btr\b")),
    ("dta", re.compile(r"\bs?dta\b|(?:temp\w*|temperature)\W*diff|\bdelta\W*t\b|δt|∆t")),
    ("heat_flow", re.compile(r"heat\W*flow|heatflow|\bdsc\b|\bhf\b|wärmestrom|waermestrom|热流|heat\W*flux")),
    ("temperature", re.compile(r"temp|\bts\b|^t\W*\(?\[?(?:°|deg)|温度")),
    ("mass", re.compile(r"\bmass|weight|\btga?\b|\bmasse|gewicht|质量|重量")),
    ("time", re.compile(r"\btime|\bzeit|^t$|时间")),
)
CANONICAL = ("time", "temperature", "mass", "mass_percent", "heat_flow", "dta")
_SIGNALS = ("mass", "mass_percent", "heat_flow", "dta")

_GASES = {
    "n2": "nitrogen", "nitrogen": "nitrogen", "stickstoff": "nitrogen",
    "ar": "argon", "argon": "argon", "he": "helium", "helium": "helium",
    "o2": "oxygen", "oxygen": "oxygen", "sauerstoff": "oxygen",
    "air": "air", "luft": "air", "synthetic air": "air", "synth. air": "air", "dry air": "dry air",
    "compressed air": "air", "co2": "carbon dioxide", "carbon dioxide": "carbon dioxide",
    "vacuum": "vacuum", "h2": "hydrogen", "hydrogen": "hydrogen",
}  # fmt: skip
_NO_GAS = ("", "-", "--", "---", "none", "n/a", "off", "<none>", "no gas", "not set")

_POINTS = r"\w*\W{0,3}(?:is\s+|direction\W{0,3}|points?\s+)?"
_EXO_UP = re.compile(rf"\^\s*exo|[↑]\s*exo|exo{_POINTS}(?:up\b|↑)|endo{_POINTS}(?:down\b|↓)", re.IGNORECASE)
_EXO_DOWN = re.compile(
    rf"\^\s*endo|[↓]\s*exo|exo{_POINTS}(?:down\b|↓)|endo{_POINTS}(?:up\b|↑)", re.IGNORECASE
)


@dataclass(frozen=True)
class Channel:
    """A column of the export: its canonical name and unit, and how to get there."""

    name: str
    unit: str
    factor: float = 1.0
    offset: float = 0.0

    @property
    def canonical(self) -> bool:
        """Whether a technique understands it."""
        return self.name in CANONICAL


def plain_unit(text: str) -> str:
    """The one spelling of an instrument's unit: "›C" (a lost degree sign) and "µV" understood.

    >>> plain_unit("[°C]"), plain_unit("(mW/mg)"), plain_unit("W g-1"), plain_unit("µV")
    ('degC', 'W/g', 'W/g', 'uV')
    """
    unit = text.strip().strip("[]()").strip()
    if re.fullmatch(r"(?:\W|Â°|o|º|deg\.?\s*)?[Cc]|Cel", unit):
        return "degC"
    unit = unit.replace("µ", "u").replace("μ", "u").replace("·", "*").replace("^", "")
    unit = re.sub(r"^(m?W)\s*(m?g)-1$", r"\1/\2", unit)
    return spell(re.sub(r"\bsecs?\b|\bseconds?\b", "s", unit))


_LABELLED = (
    re.compile(r"^(?P<label>[^(\[]*?)\s*/\s*(?P<unit>\(.+\)|\[.+\]|[^/\s]+)$"),  # NETZSCH "DSC/(mW/mg)"
    re.compile(r"^(?P<label>.+?)\s*[(\[](?P<unit>[^()\[\]]+(?:\([^()]*\)[^()\[\]]*)?)[)\]]$"),
    re.compile(r"^(?P<label>.+?/)\s*(?P<unit>\(.+\)|[^/\s]+)$"),
    re.compile(r"^(?P<label>.+?)(?:,\s*|\s+in\s+)(?P<unit>\S+)$"),
    re.compile(r"^(?P<label>.+?)[_ ](?P<unit>degC|°C|C|K|s|min|h|mg|g|%|mW|uW|W|W/g|mW/mg|uV)$"),
)


def split_label(text: str) -> tuple[str, str]:
    """Label and unit of a column's head; the unit is "" where it has none.

    >>> split_label("##Temp./°C"), split_label("Heat Flow (mW)"), split_label("DSC/(mW/mg)")
    (('##Temp.', '°C'), ('Heat Flow', 'mW'), ('DSC', '(mW/mg)'))
    """
    plain = text.strip().strip('"').strip()
    for pattern in _LABELLED:
        match = pattern.match(plain)
        if match:
            return match["label"].rstrip("/"), match["unit"]
    return plain, ""


def kind_of(label: str) -> str:
    """The kind of channel that a label names, "" where it names none of ours.

    >>> kind_of("Heat Flow"), kind_of("Deriv. Weight"), kind_of("##Temp."), kind_of("Sample Purge Flow")
    ('heat_flow', '', 'temperature', '')
    """
    text = label.strip().strip("#").replace("_", " ").lower()
    if _DERIVED.search(text):
        return ""
    return next((name for name, pattern in _KINDS if pattern.search(text)), "")


def channel_of(label: str, unit: str) -> Channel:
    """The channel of a labelled column; one that is not canonical keeps its label and unit.

    >>> channel_of("Time", "min"), channel_of("Weight", "%").name
    (Channel(name='time', unit='s', factor=60.0, offset=0.0), 'mass_percent')
    """
    kind, unit = kind_of(label), plain_unit(unit) if unit.strip() else ""
    if kind == "time" and unit in _TEMPERATURE:
        kind = "temperature" if len(label.strip("# ")) == 1 else ""  # "T [K]" beside "t [s]"
    if kind == "time" and unit in _TIME:
        return Channel("time", "s", _TIME[unit])
    if kind in ("temperature", "furnace_temperature") and unit in _TEMPERATURE:
        return Channel(kind, "degC", 1.0, _TEMPERATURE[unit])
    if kind == "mass" and "change" in label.lower():
        change = unit == "%"  # of the initial mass, so 100 % stands where it starts
        return Channel("mass_percent", "%", 1.0, 100.0) if change else Channel("mass_change", unit)
    if kind == "mass" and unit in _MASS:
        return Channel("mass", "mg", _MASS[unit])
    if kind == "mass" and unit in _FRACTION:
        return Channel("mass_percent", "%", _FRACTION[unit])
    if kind in ("heat_flow", "dta") and unit in _HEAT:
        target, factor = _HEAT[unit]
        return Channel(kind, target, factor)
    if kind == "dta" and unit in _DIFFERENCE:
        return Channel("dta", _DIFFERENCE[unit])
    return Channel(" ".join(label.strip().strip("#").split()) or "column", unit)


def is_thermal(channels: Iterable[Channel]) -> bool:
    """Whether there is one temperature and at least one signal against it."""
    names = [c.name for c in channels]
    temperatures = names.count("temperature") or names.count("furnace_temperature")
    return temperatures == 1 and any(s in names for s in _SIGNALS)


def data_rows(
    lines: Sequence[str], first: int, separator: str, width: int, *, repeated: Sequence[str] = ()
) -> tuple[list[list[str]], list[int], list[Unread]]:
    """The cells of the data lines from index ``first`` on, their line numbers, and what was passed over.

    Blank lines and repetitions of the header are passed over; a line with another number of cells than
    the header is a ReadError (empty cells at its end do not count).
    """
    rows: list[list[str]] = []
    numbers: list[int] = []
    unread: list[Unread] = []
    for i, line in enumerate(lines[first:], start=first + 1):
        if not line.strip(" \t,;"):
            continue
        if line.strip() in repeated:
            unread.append(Unread(f"line {i}", "the header once more"))
            continue
        rows.append(row_cells(line, separator, width, i))
        numbers.append(i)
    if lines and lines[-1].strip() and rows:
        unread.append(last_line_doubt(rows, numbers[-1]))
    return rows, numbers, unread


def build_block(
    name: str, channels: Sequence[Channel], rows: Sequence[Sequence[str]], lines: Sequence[int]
) -> tuple[Block, tuple[Unread, ...]]:
    """The block of an export's data rows.

    Every cell of a canonical channel must be a finite number, else ReadError with its line. Another
    column that holds no numbers is left out and reported. A furnace temperature stands for the sample's
    only where there is no other.
    """
    if len(rows) < 2:
        raise ReadError(f"{len(rows)} rows of data", rule="a thermogram has at least two")
    names = [c.name for c in channels]
    if "temperature" not in names and names.count("furnace_temperature") == 1:
        i = names.index("furnace_temperature")
        channels = [
            *channels[:i],
            Channel("temperature", "degC", 1.0, channels[i].offset),
            *channels[i + 1 :],
        ]
    columns: list[Column] = []
    unread: list[Unread] = []
    for i, channel in enumerate(channels):
        if any(c.name == channel.name for c in columns):
            unread.append(Unread(f"column {i + 1}", f"a second column '{channel.name}'"))
            continue
        values = _values(channel, [row[i] for row in rows], lines)
        if values is None:
            unread.append(Unread(f"column {i + 1}", f"'{channel.name}' holds cells that are no numbers"))
        else:
            columns.append(Column(channel.name, channel.unit, values))
    _check_plausible(columns, lines)
    _check_repeated(columns, rows, lines)
    return Block(name, tuple(columns)), tuple(unread)


def _values(channel: Channel, cells: list[str], lines: Sequence[int]) -> NDArray[np.float64] | None:
    found = [number(c) for c in cells]
    if None in found:
        if not channel.canonical:
            return None
        i = found.index(None)
        require_number(cells[i], where=f"line {lines[i]} column '{channel.name}'")
    return np.array(found, dtype=np.float64) * channel.factor + channel.offset


def _check_repeated(columns: Sequence[Column], rows: Sequence[Sequence[str]], lines: Sequence[int]) -> None:
    """A run of lines that stands twice: time goes back to rows that were there before."""
    time = next((c.values for c in columns if c.name == "time"), None)
    back = np.flatnonzero(np.diff(time) < 0) + 1 if time is not None else np.array([], dtype=int)
    if not len(back):
        return
    i = int(back[0])
    earlier = {tuple(row) for row in rows[:i]}
    if any(tuple(row) in earlier for row in rows[i : i + 3]):
        raise ReadError(
            "time goes back and lines stand twice",
            where=f"line {lines[i]}",
            rule="a thermogram holds each moment once",
            remedy="The file is damaged; export it again",
        )


def _check_plausible(columns: Sequence[Column], lines: Sequence[int]) -> None:
    for column in columns:
        bad = ~np.isfinite(column.values)
        if column.name == "temperature":
            bad |= (column.values < -273.15) | (column.values > 4000.0)
        if column.name in CANONICAL and bad.any():
            i = int(np.argmax(bad))
            raise ReadError(
                f"{column.name} {column.values[i]:g} {column.unit}",
                where=f"line {lines[i]}",
                rule="temperatures lie between absolute zero and 4000 degC, all values are finite",
                remedy="The file is damaged or its unit is wrong; export it again",
            )


def direction_of(text: str) -> str | None:
    """ "exo-up" or "exo-down" where a text says which way exotherms point, once and without contradiction.

    >>> direction_of("^exo"), direction_of("Heat Flow Endo Up (mW)"), direction_of("Exotherm Down")
    ('exo-up', 'exo-down', 'exo-down')
    """
    up, down = bool(_EXO_UP.search(text)), bool(_EXO_DOWN.search(text))
    return None if up == down else ("exo-up" if up else "exo-down")


def gas_name(text: str) -> str | None:
    """The gas of a header entry in one spelling, as the file says it where unknown, None for "---".

    >>> gas_name("N2"), gas_name("Air 50.0 ml/min"), gas_name("---"), gas_name("N2/O2 80/20")
    ('nitrogen', 'air', None, 'N2/O2 80/20')
    """
    plain = re.split(r"[,;/(]?\s*[-\d.,]+\s*\(?m[lL]\s*/\s*min", text)[0].strip(" ,;/\t")
    if plain.lower() in _NO_GAS:
        return None
    return _GASES.get(plain.lower(), plain)


def gas_flow(text: str) -> float | None:
    """The flow of "Air 50.0 ml/min" in ml/min."""
    found = re.search(r"([\d.,]+)\s*\(?m[lL]\s*/\s*min", text)
    return number(found[1]) if found else None


def atmosphere_of(gases: Iterable[str | None]) -> str:
    """The gases that flow, each once, joined by " + "."""
    return " + ".join(dict.fromkeys(g for g in gases if g))


def heating_rate(segments: Iterable[tuple[float | None, float, float]]) -> float | None:
    """The one rate (K/min) of all heating segments (from, to, rate); None where they differ or cool only.

    >>> heating_rate([(30.0, 1000.0, 10.0), (1000.0, 30.0, 20.0)])
    10.0
    """
    rates = {abs(rate) for start, stop, rate in segments if rate and (start is None or stop > start)}
    return rates.pop() if len(rates) == 1 else None


def stated_word(name: str, value: str | None, where: str) -> dict[str, Stated]:
    """Entry for a word, empty where the file states none."""
    return {name: Stated(value, "", where)} if value else {}


def stated_quantity(name: str, value: float | None, unit: str, where: str) -> dict[str, Stated]:
    """Entry for a positive number, empty where the file states none."""
    return {name: Stated(value, unit, where)} if value is not None and value > 0 else {}
