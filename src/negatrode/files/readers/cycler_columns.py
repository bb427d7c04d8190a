"""What the column heads of a cycler's export mean, shared by the readers of cycling data.

A head ("Ewe/V", "Current(mA)", "Test Time / h", "Chg. Cap.(Ah)") becomes a canonical name in its unit:
time [s], voltage [V], current [A], capacities [A*h], energies [W*h], temperature [degC], cycle and step.
Heads outside the vocabulary keep their own name and unit. The spellings are those of the makers' exports
and of the Battery Data Format (Battery Data Alliance, LF Energy).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from negatrode.core.units import spell
from negatrode.files.text import number

# Unit in lower case -> factor into the canonical unit of its family
_FAMILIES: dict[str, dict[str, float]] = {
    "s": {
        "s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0, "ms": 1e-3, "min": 60.0,
        "mins": 60.0, "minute": 60.0, "minutes": 60.0, "h": 3600.0, "hr": 3600.0, "hrs": 3600.0,
        "hour": 3600.0, "hours": 3600.0, "d": 86400.0, "day": 86400.0, "days": 86400.0,
    },
    "V": {"v": 1.0, "mv": 1e-3, "uv": 1e-6, "volt": 1.0, "volts": 1.0},
    "A": {"a": 1.0, "ma": 1e-3, "ua": 1e-6, "na": 1e-9, "amp": 1.0, "amps": 1.0, "ampere": 1.0},
    "A*h": {"ah": 1.0, "mah": 1e-3, "uah": 1e-6, "c": 1 / 3600.0, "mc": 1e-3 / 3600.0, "as": 1 / 3600.0,
            "mas": 1e-3 / 3600.0, "amphr": 1.0, "ahr": 1.0, "mahr": 1e-3, "coulomb": 1 / 3600.0},
    "W*h": {"wh": 1.0, "mwh": 1e-3, "uwh": 1e-6, "kwh": 1e3, "whr": 1.0, "mwhr": 1e-3, "j": 1 / 3600.0,
            "watthr": 1.0},
    "W": {"w": 1.0, "mw": 1e-3, "uw": 1e-6, "watt": 1.0},
    "degC": {"degc": 1.0, "c": 1.0, "celsius": 1.0, "k": 1.0, "": 1.0},
    "ohm": {"ohm": 1.0, "ohms": 1.0, "mohm": 1e-3, "ω": 1.0, "mω": 1e-3},
    "mA*h/g": {"mah/g": 1.0, "ah/kg": 1.0, "ah/g": 1e3, "mahg-1": 1.0},
    "1": {"": 1.0, "1": 1.0, "-": 1.0, "#": 1.0},
}  # fmt: skip
_ZERO = {"k": -273.15}

_CHARGE = r"(?:charge|charging|chg\.?|cha|充电)"
_DISCHARGE = r"(?:discharge|discharging|dchg\.?|dch|dischg\.?|dchg|放电)"
_AMOUNT = r"(?:capacity|cap\.?|q|capacitance|容量)"

# Canonical name, its unit, the heads that mean it (the first is taken where a table has several), and
# whether the head alone (without a unit) says enough
_VOCABULARY: tuple[tuple[str, str, tuple[str, ...], bool], ...] = (
    ("time", "s", (
        r"test ?time|elapsed time|test", r"total ?time|总时间|测试时间", r"cumulative time",
        r"run[ -]?time|prog(?:ram)? (?:time|duration)|experiment time", r"time|t|zeit", r"relative time|时间",
    ), False),
    ("step_time", "s", (r"step ?time|step duration|t-step|state time", r"step"), False),
    ("voltage", "V", (
        r"<?ecell>?|<?ewe-ece>?", r"(?:cell |test )?voltage(?: measured)?|volts?|u|v|spannung|电压",
        r"(?:cell )?potential|<?ewe>?|e|e ?we|working (?:electrode )?potential",
        r"terminal voltage|voltage.*cell|[uv] ?cell",
    ), False),
    ("current", "A", (
        r"<i>", r"(?:cell |test |applied |measured )?current(?: measured)?|amps?|i|strom|电流|cur",
    ), False),
    ("charge_capacity", "A*h", (
        rf"{_CHARGE} ?{_AMOUNT}|q charge|ahcha|{_AMOUNT} ?{_CHARGE}|ah-cyc-charge|q[ _]?cha?rge|q ?chg",
    ), False),
    ("discharge_capacity", "A*h", (
        rf"{_DISCHARGE} ?{_AMOUNT}|q discharge|ahdch|{_AMOUNT} ?{_DISCHARGE}|ah-cyc-discharge|q ?dchg",
    ), False),
    ("capacity", "A*h", (
        rf"{_AMOUNT}|amp[- ]?hr|amp[- ]?hour", r"q charge/discharge|half cycle capacity",
        r"step (?:cumulative )?capacity|ah-step|ahstep",
    ), False),
    ("net_capacity", "A*h", (r"\(q-qo\)|q-qo|net capacity|ahaccu|ah",), False),
    ("specific_capacity", "mA*h/g", (rf"(?:spec(?:ific|\.)? ?)?{_AMOUNT}|{_AMOUNT} density",), False),
    ("charge_specific_capacity", "mA*h/g", (
        rf"{_CHARGE} ?(?:spec(?:ific|\.)? ?)?{_AMOUNT}|spec(?:ific|\.)? ?{_CHARGE} ?{_AMOUNT}|q charge",
    ), False),
    ("discharge_specific_capacity", "mA*h/g", (
        rf"{_DISCHARGE} ?(?:spec(?:ific|\.)? ?)?{_AMOUNT}|q discharge",
        rf"spec(?:ific|\.)? ?{_DISCHARGE} ?{_AMOUNT}",
    ), False),
    ("charge_energy", "W*h", (rf"(?:{_CHARGE}) ?(?:energy|engy)|energy charge|whcha|engy chg",), False),
    ("discharge_energy", "W*h", (rf"(?:{_DISCHARGE}) ?(?:energy|engy)|energy discharge|whdch",), False),
    ("energy", "W*h", (r"energy|watt[- ]?hr|wh", r"\|?energy\|?|step (?:cumulative )?energy"), False),
    ("power", "W", (r"power|p|watts?",), False),
    ("cycle", "1", (
        r"cycle[ -]?(?:number|index|count|no\.?|id|#|c)|cyc ?#|cyc-count|z cycle|循环号|循环序号",
        r"cycles?|cyc|total cycle", r"cycle p",
    ), True),
    ("step", "1", (
        r"step count|step ?(?:number|no\.?|#)", r"step[ -]?(?:index|id)|ns|工步号|工步序号", r"step|line",
    ), True),
    ("half_cycle", "1", (r"half ?cycle",), True),
    ("mode", "1", (r"mode",), True),
    ("temperature", "degC", (
        r"(?:cell |battery )?temp(?:erature)?(?:[ -]?(?:1|t1|cell|c))?|(?:surface )?temperature t1|t1|温度",
        r"aux temp(?:erature)?(?: ?1)?|ev ?temp|logtemp0*1", r"ambient temp(?:erature)?|tenv", r"t",
    ), False),
    ("resistance", "ohm", (r"(?:dc )?internal resistance|dcir|r", r"resistance"), False),
)  # fmt: skip
_COMPILED = tuple(
    (name, unit, tuple(re.compile(rf"(?:{p})\Z") for p in patterns), bare)
    for name, unit, patterns, bare in _VOCABULARY
)
# Of a maker's text whose heads carry no units: what its manual fixes
BARE_UNITS = {"voltage": "V", "current": "A", "capacity": "A*h", "energy": "W*h", "temperature": "degC"}
_NAMED_UNITS = {
    "volts": "v", "volt": "v", "amps": "a", "amp": "a", "amp-hr": "ah", "amp hr": "ah", "watt-hr": "wh",
    "watt hr": "wh",
}  # fmt: skip
STATE = re.compile(
    r"state|status|md|step ?(?:type|name|mode)|command|work(?:ing)? ?mode|工步类型|工步状态|状态"
)
DATE = re.compile(
    r"(?:date|dpt|real|absolute|system)[ -]?(?:and )?(?:time)?(?: iso string)?|timestamp|系统时间|日期"
)
VITAL = frozenset(
    ("time", "voltage", "current", "capacity", "charge_capacity", "discharge_capacity", "cycle", "step")
)
CANONICAL = VITAL | {name for name, *_ in _VOCABULARY}
_CAPACITIES = frozenset(name for name, *_ in _VOCABULARY if name.endswith("capacity"))


@dataclass(frozen=True)
class Channel:
    """A column of the export: its name and unit, how to get there, and how good a match the head is.

    ``content`` is "number", "clock" (hh:mm:ss, perhaps with days), "state" (words for charge and
    discharge) or "date". ``rank`` orders several heads of the same name: the smallest is taken.
    ``spelled`` is the unit as the head has it.
    """

    name: str
    unit: str
    factor: float = 1.0
    offset: float = 0.0
    content: str = "number"
    rank: int = 0
    head: str = ""
    spelled: str = ""

    @property
    def vital(self) -> bool:
        """Whether a technique rests on it, so that a cell that is no number stops the reading."""
        return self.name in VITAL


_SLASH = re.compile(r"^(?P<label>.+?)\s*/\s*(?P<unit>[^/]+(?:\s+vs\.?.*)?)$", re.IGNORECASE)
_FORMS = (
    re.compile(r"^(?P<label>.+?)\s*\((?P<unit>[^()]*(?:\([^()]*\)[^()]*)*)\)$"),
    re.compile(r"^(?P<label>.+?)\s*\[(?P<unit>[^\[\]]*)\]$"),
    re.compile(r"^(?P<label>.+?)\s*\{(?P<unit>[^{}]*)\}$"),
    re.compile(r"^(?P<label>.+)#(?P<unit>[^#]+)$"),
    re.compile(r"^(?P<label>.+?)\s*/\s*(?P<unit>m?a\.?h/k?g)$", re.IGNORECASE),
    _SLASH,
    re.compile(r"^(?P<label>.+)/(?P<unit>[^/]+)$"),
    re.compile(r"^(?P<label>.+?),\s*(?P<unit>[^,]+)$"),
    re.compile(r"^(?P<label>.+?)_(?P<unit>s|h|min|[mu]?V|[mu]?A|m?Ah|m?Wh|degC|C|v|a|ah|wh|mah|mwh)$"),
)


def plain_head(text: str) -> str:
    """A head as it is compared: one width, single blanks, no marks of a comment.

    >>> plain_head('~Time[s]'), plain_head(' "Cycle_Index" '), plain_head("Ｖoltage（V）")
    ('Time[s]', 'Cycle_Index', 'Voltage(V)')
    """
    plain = unicodedata.normalize("NFKC", text).strip().strip('"').lstrip("~#%").strip()
    return " ".join(plain.split())


def split_head(text: str) -> tuple[str, str]:
    """Label and unit of a head; the unit is "" where it has none.

    >>> split_head("Ewe/V"), split_head("Q charge/discharge/mA.h"), split_head("Current(mA)")
    (('Ewe', 'V'), ('Q charge/discharge', 'mA.h'), ('Current', 'mA'))
    >>> split_head("Test Time / s"), split_head("test_time_s"), split_head("Voltage#V"), split_head("Ns")
    (('Test Time', 's'), ('test_time', 's'), ('Voltage', 'V'), ('Ns', ''))
    """
    plain = plain_head(text)
    if plain.lower() in ("ox/red", "i range", "<i>"):
        return plain, ""
    for form in _FORMS:
        found = form.match(plain)
        if found and _is_unit(found["unit"]):
            return found["label"].strip(), found["unit"].strip()
    return plain, ""


def _is_unit(text: str) -> bool:
    """Whether the words after a head's slash or in its brackets are a unit (or the form of a clock)."""
    return ":" in text or any(_fold(text) in units for units in _FAMILIES.values())


def _fold(unit: str) -> str:
    """A unit as the families spell it: "mA.h" and "mA·h" -> "mah", "V vs. Li/Li+" -> "v", "°C" -> "degc"."""
    text = re.sub(r"\s*(?:vs\.?|versus)\b.*", "", unit.strip(), flags=re.IGNORECASE).strip()
    text = unicodedata.normalize("NFKC", text).replace("µ", "u").replace("μ", "u")
    if re.fullmatch(r"(?:°|º|ø|deg(?:ree)?s?\s*|›|â°|\?|\W)[Cc]", text):
        return "degc"
    return re.sub(r"[.\s·*⋅-]", "", text.lower()) if text not in ("-", "#") else text


def factor_of(unit: str, family: str) -> float | None:
    """The factor from a spelled unit into the family's canonical one; None where it is none of them.

    >>> factor_of("mA.h", "A*h"), factor_of("h", "s"), factor_of("V", "A")
    (0.001, 3600.0, None)
    """
    return _FAMILIES[family].get(_fold(unit))


def channel_of(head: str, *, unit: str | None = None, bare: bool = False) -> Channel:
    """The channel that a head names; heads outside the vocabulary keep label and unit.

    Parameters
    ----------
    unit:
        The unit where it stands in a row of its own below the heads.
    bare:
        Whether heads without a unit are in the units of BARE_UNITS and seconds (a maker's fixed format).

    >>> channel_of("<I>/mA").name, channel_of("<I>/mA").factor, channel_of("Time(h:min:s.ms)").content
    ('current', 0.001, 'clock')
    >>> channel_of("Temperature/°C").name, channel_of("Re(Z)/Ohm").name, channel_of("control/mA").name
    ('temperature', 'Re(Z)/Ohm', 'control/mA')
    >>> channel_of("Specific capacity (mAh/g)").name, channel_of("Ewe/mV").factor, channel_of("Current").name
    ('specific_capacity', 0.001, 'Current')
    """
    label, spelled = (plain_head(head), unit) if unit else split_head(head)
    words = " ".join(label.replace("_", " ").lower().split())
    stated = spelled or _NAMED_UNITS.get(words, words[:2] if words[:3] in ("ah-", "wh-") else "")
    if STATE.fullmatch(words) and not stated.strip("1-# "):
        return Channel("state", "", content="state", head=head)
    if DATE.fullmatch(words):
        return Channel("date", "", content="date", head=head)
    if ":" in stated or not stated:
        found = _clock(words, head, bare)
        if found is not None or ":" in stated:
            return found or Channel(plain_head(head), "s", content="clock", head=head)
    for name, canonical, patterns, alone in _COMPILED:
        rank = next((i for i, p in enumerate(patterns) if p.match(words)), None)
        if rank is None:
            continue
        factor = factor_of(stated, canonical) if stated or alone else None
        if factor is not None:
            offset = _ZERO.get(_fold(stated), 0.0) if canonical == "degC" else 0.0
            return Channel(name, canonical, factor, offset, "number", rank, head, spelled)
        if bare and not stated and name in BARE_UNITS:
            return Channel(name, canonical, rank=rank, head=head)
    return own(Channel("", "", head=head, spelled=spelled))


def own(channel: Channel) -> Channel:
    """The channel under its own head and unit, outside the vocabulary."""
    name = plain_head(channel.head) or "column"
    if name in CANONICAL:
        name = f"recorded {name}"  # a plain "current" without a unit is not the canonical one
    unit = re.sub(r"([AW])\.?h\b", r"\1*h", spell(channel.spelled)) if channel.spelled else ""
    if name.count("/") > 1:
        unit = ""  # "control/V/mA" is either
    return Channel(name, unit, head=channel.head, spelled=channel.spelled)


def _clock(words: str, head: str, bare: bool) -> Channel | None:
    """A time without a unit: clock times where its cells are such; else seconds in a maker's fixed format."""
    for name in ("step_time", "time"):
        patterns = next(p for n, _, p, _ in _COMPILED if n == name)
        rank = next((i for i, p in enumerate(patterns) if p.match(words)), None)
        if rank is not None and (name, words) != ("step_time", "step"):
            return Channel(name, "s" if bare else "", content="clock", rank=rank, head=head)
    return None


def settle(channels: Sequence[Channel], samples: Sequence[Sequence[str]]) -> list[Channel]:
    """The channels once some cells of each column are seen, each canonical name once.

    A clock whose cells are numbers is a time in seconds where the format says so, else a column of its
    own (its unit is not known). States and dates whose cells are numbers are plain columns.
    """
    found = []
    for channel, cells in zip(channels, samples, strict=True):
        full = [c for c in cells if c.strip()]
        numbers = bool(full) and all(number(c) is not None for c in full)
        c = channel
        if c.content == "clock" and any(":" in cell for cell in full):
            channel = Channel(c.name, "s", content="clock", rank=c.rank, head=c.head)
        elif c.content == "clock":
            known = c.name in CANONICAL and c.unit
            channel = Channel(c.name, "s", rank=c.rank, head=c.head) if known else own(c)
        elif channel.content in ("state", "date") and numbers:
            channel = own(channel)
        found.append(channel)
    return _resolve(found)


def _resolve(channels: Sequence[Channel]) -> list[Channel]:
    """The best head keeps a canonical name, the others go by their head.

    A potential of the cell is preferred to that of one electrode, an averaged current to a sampled one.
    """
    best: dict[str, int] = {}
    for i, channel in enumerate(channels):
        if channel.name in CANONICAL or channel.content in ("state", "date"):
            kept = best.get(channel.name)
            if kept is None or channel.rank < channels[kept].rank:
                best[channel.name] = i
    found = []
    for i, c in enumerate(channels):
        if best.get(c.name, i) == i:
            found.append(c)
        elif c.content == "clock":
            found.append(Channel(plain_head(c.head), "s", content="clock", head=c.head))
        else:
            found.append(own(c))
    return found


def is_cycling(channels: Sequence[Channel]) -> bool:
    """Whether there is a voltage, and a current or a capacity, each with its unit."""
    names = {c.name for c in channels}
    return "voltage" in names and ("current" in names or bool(names & _CAPACITIES))
