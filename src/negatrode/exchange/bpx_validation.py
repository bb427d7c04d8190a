"""Measured curves in a BPX file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from negatrode.core.errors import InputError
from negatrode.exchange.bpx_section import Section
from negatrode.material.table import Array


@dataclass(frozen=True, eq=False)
class Experiment:
    """A measured curve: ``time`` (s), ``current`` (A), ``voltage`` (V), ``temperature`` (K).

    The current is positive on discharge (BPX files hold it negative on discharge); ``temperature`` is None
    where it was not recorded.
    """

    name: str
    time: Array
    current: Array
    voltage: Array
    temperature: Array | None


def experiments(section: Section) -> dict[str, Experiment]:
    """The curves of the section "Validation"."""
    found = {name: _experiment(section.section(name), name) for name in section.content}
    section.refuse_rest()
    return found


def _experiment(section: Section, name: str) -> Experiment:
    columns = {key: np.array(section.numbers(key)) for key in ("Time [s]", "Current [A]", "Voltage [V]")}
    if "Temperature [K]" in section:
        columns["Temperature [K]"] = np.array(section.numbers("Temperature [K]"))
    section.refuse_rest()
    time = columns["Time [s]"]
    for key, values in columns.items():
        if len(values) != len(time):
            raise InputError(
                f"{len(values)} values and {len(time)} times",
                where=section.where(key),
                rule="as many as times",
            )
    if np.any(np.diff(time) < 0):
        raise InputError(
            "a time before its predecessor", where=section.where("Time [s]"), rule="time ascends"
        )
    return Experiment(
        name, time, -columns["Current [A]"], columns["Voltage [V]"], columns.get("Temperature [K]")
    )
