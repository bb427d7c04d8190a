"""Furnace programmes in TOML: steps (ramps and holds) or points, and the gas.

::

    gas = "air"                       # or "N2", "Ar", "He", "O2", "vacuum", or oxygen = "5 %"
    start = "25 degC"
    steps = [{ to = "250 degC", rate = "2 K/min" }, { hold = "2 h" }, { to = "300 degC", rate = "1 K/min" }]
    # or: points = [["0 h", "25 degC"], ["2 h", "250 degC"], ["6 h", "250 degC"]]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from negatrode.core.catalogue import near_matches
from negatrode.core.errors import InputError
from negatrode.flow.section import Section, as_quantity
from negatrode.process.programme import GASES, Gas, Programme, Step, from_steps

_MOST_STEPS = 500


def read_programme(section: Section, default_gas: str | None = None) -> Programme:
    """The programme of a section; marks the keys ``gas``, ``oxygen``, ``start``, ``steps``, ``points``."""
    gas = _gas(section, default_gas)
    start = section.quantity("start", "degC") if section.has("start") else 25.0
    has_steps, has_points = section.has("steps"), section.has("points")
    if has_steps == has_points:
        raise InputError(
            "both steps and points" if has_steps else "no temperature programme",
            where=section.where,
            remedy='write steps = [{ to = "250 degC", rate = "2 K/min" }, { hold = "2 h" }]',
        )
    key = "steps" if has_steps else "points"
    rows = section.body[key]
    if not isinstance(rows, list) or not rows or len(rows) > _MOST_STEPS:
        raise InputError(f"{key} is no list of 1 to {_MOST_STEPS} entries", where=section.place(key))
    if has_points:
        return _points(rows, gas, section.place(key))
    steps = [_step(row, gas, f"{section.place(key)}[{k}]") for k, row in enumerate(rows)]
    return from_steps(steps, start, section.place(key))


def _gas(section: Section, default: str | None) -> Gas:
    if section.has("gas") and section.has("oxygen"):
        raise InputError("both a gas and a share of oxygen", where=section.where, remedy="keep one of them")
    if section.has("oxygen"):
        share = section.share("oxygen")
        return Gas(f"{100 * share:g} % O2", share)
    return named_gas(section.word("gas", default=default), section.place("gas"))


def named_gas(name: str, where: str) -> Gas:
    """A gas by its name; InputError with the nearest names."""
    by_name = {k.lower(): g for k, g in GASES.items()} | {
        "nitrogen": GASES["N2"], "argon": GASES["Ar"], "helium": GASES["He"], "oxygen": GASES["O2"],
    }  # fmt: skip
    if name.lower() not in by_name:
        raise InputError(
            f"'{name}' is no gas that is known",
            where=where,
            rule=f'one of {", ".join(GASES)}, or oxygen = "5 %" in an inert gas',
            remedy=near_matches(name, list(GASES)),
        )
    return by_name[name.lower()]


def _step(row: object, gas: Gas, where: str) -> Step:
    if not isinstance(row, dict):
        raise InputError(f"{row!r}", where=where, rule='a step is a table such as { hold = "2 h" }')
    step = Section(row, where)
    own = _gas(step, gas.name) if step.has("gas") or step.has("oxygen") else gas
    found = Step(own, step.optional("to", "degC"), step.optional("rate", "K/s"), step.optional("hold", "s"))
    step.end()
    return found


def _points(rows: list[Any], gas: Gas, where: str) -> Programme:
    times, celsius = [], []
    for k, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != 2:
            raise InputError(f"{row!r}", where=f"{where}[{k}]", rule='a point is ["2 h", "250 degC"]')
        times.append(as_quantity(row[0], "s", f"{where}[{k}]"))
        celsius.append(as_quantity(row[1], "degC", f"{where}[{k}]"))
    return Programme(np.array(times) - times[0], np.array(celsius), (gas,) * (len(rows) - 1), where)


def example(body: Mapping[str, Any], where: str = "example") -> Programme:
    """The programme of a TOML table by itself.

    >>> run = example({"gas": "air", "steps": [{"to": "250 degC", "rate": "2 K/min"}, {"hold": "2 h"}]})
    >>> round(run.end / 3600, 6)
    3.875
    """
    return read_programme(Section(body, where))
