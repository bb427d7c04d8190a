"""Steps as the sentences that cyclers and cell models use.

``Discharge|Charge at <current, C-rate, power or resistance>``, ``Hold at <voltage>`` or ``Rest``, then
``for <time>`` and ``until <voltage, current, C-rate or capacity>`` (several joined by "or"), then
``(<time> period)``:

    Discharge at 1C until 2.5 V
    Charge at C/2 for 30 minutes or until 4.2 V (10 second period)
    Hold at 4.2 V until C/50 or 50 mA
    Rest for 10 minutes
"""

from __future__ import annotations

import re
from difflib import get_close_matches

from negatrode.cell.protocol import End, Step
from negatrode.core.errors import InputError

EXAMPLES = (
    "Discharge at 1C until 2.5 V",
    "Charge at C/2 until 4.2 V",
    "Hold at 4.2 V until C/50",
    "Rest for 10 minutes",
    "Discharge at 5 W for 20 min or until 2.8 V",
)
_PREFIX = {"": 1.0, "u": 1e-6, "µ": 1e-6, "m": 1e-3, "k": 1e3}
_UNITS = {
    "A": "current",
    "V": "voltage",
    "W": "power",
    "Ohm": "resistance",
    "ohm": "resistance",
    "Ω": "resistance",
}
_TIMES = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86400.0),
}
_NUMBER = r"[+]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_VALUE = re.compile(rf"^({_NUMBER})\s*([^\s\d].*)$")
_PER_HOUR = re.compile(rf"^C\s*/\s*({_NUMBER})$")
_PERIOD = re.compile(r"^(.*?)\s*\(\s*(.+?)\s+period\s*\)\s*$", re.IGNORECASE)
_VERBS = ("Discharge", "Charge", "Hold", "Rest")


def parse(text: str) -> Step:
    """The step that a sentence asks for.

    >>> parse("Charge at C/2 for 30 minutes or until 4.2 V")  # doctest: +ELLIPSIS
    Step(mode='c-rate', value=-0.5, ends=(End(quantity='time', value=1800.0), End(quantity='voltage', ...

    Raises
    ------
    InputError
        With the words that are not understood.
    """
    sentence = " ".join(text.split())
    period = None
    if match := _PERIOD.match(sentence):
        sentence, period = match.group(1), seconds(match.group(2), text)
    head, ends = _split_ends(sentence, text)
    verb, _, what = head.partition(" at ")
    word = _verb(verb.strip(), text)
    if word == "Rest":
        if what:
            raise _misunderstood(f"at {what}", text, "a rest has no value")
        return Step("rest", 0.0, tuple(ends), period=period, text=text)
    if not what:
        raise _misunderstood(head, text, f'"{word} at" needs a value')
    mode, value = electric(what.strip(), text)
    if (word == "Hold") != (mode == "voltage") and word == "Hold":
        raise _misunderstood(what, text, "a hold is at a voltage")
    if mode == "capacity":
        raise _misunderstood(what, text, "a step is at a current, C-rate, voltage, power or resistance")
    if mode == "resistance" and word == "Charge":
        raise _misunderstood(what, text, "a resistance discharges")
    sign = -1.0 if word == "Charge" and mode != "voltage" else 1.0
    return Step(mode, sign * value, tuple(ends), period=period, text=text)


def seconds(text: str, whole: str = "") -> float:
    """A duration in s: "10 minutes", "0.5 h".

    >>> seconds("1.5 hours")
    5400.0
    """
    match = _VALUE.match(text.strip())
    unit = match.group(2).strip() if match else ""
    if match is None or unit not in _TIMES:
        raise _misunderstood(text, whole or text, "a time in s, min, h or d", unit, tuple(_TIMES))
    return float(match.group(1)) * _TIMES[unit]


def electric(text: str, whole: str = "") -> tuple[str, float]:
    """What is asked for and its value in A, C, V, W, ohm or A h: ("c-rate", 0.5) for "C/2".

    >>> electric("50 mA"), electric("C/20"), electric("2.5V")
    (('current', 0.05), ('c-rate', 0.05), ('voltage', 2.5))
    """
    if match := _PER_HOUR.match(text):
        return "c-rate", 1.0 / _positive(match.group(1), text, whole)
    match = _VALUE.match(text)
    if match is None:
        raise _misunderstood(text, whole or text, "a number and a unit")
    number, unit = _positive(match.group(1), text, whole, zero=True), match.group(2).replace(" ", "")
    if unit == "C":
        return "c-rate", number
    for known, mode in (*_UNITS.items(), ("Ah", "capacity"), ("A.h", "capacity")):
        prefix = unit.removesuffix(known)
        if unit.endswith(known) and prefix in _PREFIX:
            return mode, number * _PREFIX[prefix]
    raise _misunderstood(text, whole or text, "units are A, C, V, W, Ohm and Ah", unit, tuple(_UNITS))


def _positive(number: str, text: str, whole: str, *, zero: bool = False) -> float:
    value = float(number)
    if not (0.0 < value < 1e12 or (zero and value == 0.0)):
        raise _misunderstood(text, whole or text, "numbers are positive and finite")
    return value


def _split_ends(sentence: str, text: str) -> tuple[str, list[End]]:
    """The part before the ends, and the ends."""
    found = re.search(r"\s(for|until)\s", sentence, re.IGNORECASE)
    if found is None:
        return sentence, []
    head, tail = sentence[: found.start()], sentence[found.start() :].strip()
    ends, kind = [], ""
    for part in re.split(r"\s+or\s+|\s+(?=until\s)|\s+(?=for\s)", tail):
        words = part.split(" ", 1)
        if words[0].lower() in ("for", "until"):
            kind, part = words[0].lower(), words[1] if len(words) > 1 else ""
        if part:
            ends.append(_end(kind, part.strip(), text))
    return head, ends


def _end(kind: str, part: str, text: str) -> End:
    if kind == "for":
        return End("time", seconds(part, text))
    quantity, value = electric(part.removeprefix("<").removeprefix(">").strip(), text)
    if quantity not in ("voltage", "current", "c-rate", "capacity"):
        raise _misunderstood(part, text, "a step ends at a voltage, current, C-rate or capacity")
    return End(quantity, value)


def _verb(word: str, text: str) -> str:
    for verb in _VERBS:
        if word.lower() == verb.lower():
            return verb
    raise _misunderstood(word, text, "a step begins with " + ", ".join(_VERBS), word.capitalize(), _VERBS)


def _misunderstood(
    part: str, text: str, rule: str, word: str = "", known: tuple[str, ...] = ()
) -> InputError:
    near = get_close_matches(word, known, n=1)
    remedy = f"did you mean {near[0]!r}?" if near else "for example: " + "; ".join(EXAMPLES[:3])
    return InputError(f"{part!r} is not understood", where=f"step {text!r}", rule=rule, remedy=remedy)
