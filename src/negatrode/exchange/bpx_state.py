"""Header and state of a BPX file: version, initial conditions, surroundings."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from negatrode.core.errors import InputError
from negatrode.exchange.bpx_section import Section, check_number, describe

KELVIN = (150.001, 499.999)
CONVENTIONAL_CONCENTRATION = 1000.0  # mol m-3: c_e0 where a file gives none, as in PyBaMM
CONDUCTION = "Thermal conductivity [W.m-1.K-1]"
_SALT = (1e-3, 2e4)  # mol m-3
_VERSION = re.compile(r"(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?\Z")


@dataclass(frozen=True)
class State:
    """Initial state of charge, salt concentration (mol m-3), temperatures (K, None where not given).

    ``hysteresis``: place and content of the initial states by side; ``heat_transfer`` in W m-2 K-1.
    """

    charge: float
    concentration: float
    temperatures: dict[str, float | None]
    hysteresis: dict[str, tuple[str, object] | None]
    heat_transfer: float | None


def read_version(header: Section) -> tuple[str, tuple[int, int]]:
    """The version as it stands, and its first two numbers; InputError where it is not 0.x or 1.x."""
    found = header.raw("BPX")
    if isinstance(found, int | float) and not isinstance(found, bool):
        found = (
            f"{check_number(found, 0, 1000, header.where('BPX')):.1f}"  # before version 0.5 it was a number
        )
    where = header.where("BPX")
    match = _VERSION.match(found) if isinstance(found, str) else None
    if match is None:
        raise InputError(describe(found), where=where, rule='a version such as "1.1.0"')
    release = (int(match[1]), int(match[2]))
    if release[0] > 1:
        raise InputError(f"version {found}", where=where, rule="versions 0.x and 1.x are known")
    return found, release


def _hysteresis_field(begin: Section, side: str) -> tuple[str, object] | None:
    key = f"Initial hysteresis state: {side} electrode"
    if begin.content.get(key) is None:
        begin.asked.add(key)
        return None
    return begin.where(key), begin.raw(key)


def _refuse_aged(state: Section) -> None:
    """A degradation state that is not zero changes the cell in ways that the file does not spell out."""
    worn = state.optional_section("Degradation")
    for key, value in list(worn.take_rest().items()):
        if key not in ("LLI", "LAM: Positive electrode", "LAM: Negative electrode"):
            raise InputError("a field that does not belong here", where=worn.where(key), rule="LLI and LAM")
        parts = (
            Section(value, (*worn.place, key))
            if isinstance(value, dict)
            else Section({key: value}, worn.place)
        )
        for part in parts.content:
            loss = parts.number(part, -1e300, 1e300)
            if loss != 0:
                raise InputError(
                    f"a loss of {loss:g}",
                    where=parts.where(part),
                    rule="a cell is read as it was when fresh",
                    remedy="Apply the loss to the parameters and remove the section Degradation",
                )


def read_old_state(cell: Section, electrolyte: Section, say: Callable[[str], None]) -> State:
    """Conditions of a file before version 1.0, in the sections of the cell and the electrolyte."""
    conduction = cell.optional_number(CONDUCTION, 0, 1e6)
    if conduction is not None:
        say(f"{cell.where(CONDUCTION)}: {conduction:g}, not part of a lumped heat balance")
    temperatures = {
        "ambient": cell.optional_number("Ambient temperature [K]", *KELVIN),
        "initial": cell.optional_number("Initial temperature [K]", *KELVIN),
    }
    salt = electrolyte.number("Initial concentration [mol.m-3]", *_SALT)
    return State(1.0, salt, temperatures, {"Negative": None, "Positive": None}, None)


def read_state(top: Section, say: Callable[[str], None]) -> State:
    """The section "State" of a file from version 1.0 on; all of it is optional."""
    state = top.optional_section("State")
    begin = state.optional_section("Initial conditions")
    around = state.optional_section("Thermal environment")
    charge = begin.optional_number("Initial state-of-charge", 0, 1, null=True)
    salt = begin.optional_number("Initial electrolyte concentration [mol.m-3]", *_SALT, null=True)
    if charge is None:
        say("no initial state of charge in the file: full (1) is taken")
    if salt is None:
        say(f"no initial salt concentration in the file: {CONVENTIONAL_CONCENTRATION:g} mol/m3 is taken")
    found = State(
        charge=1.0 if charge is None else charge,
        concentration=CONVENTIONAL_CONCENTRATION if salt is None else salt,
        temperatures={
            "ambient": around.optional_number("Ambient temperature [K]", *KELVIN, null=True),
            "initial": begin.optional_number("Initial temperature [K]", *KELVIN, null=True),
        },
        hysteresis={side: _hysteresis_field(begin, side) for side in ("Negative", "Positive")},
        heat_transfer=around.optional_number("Heat transfer coefficient [W.m-2.K-1]", 0, 1e6, null=True),
    )
    _refuse_aged(state)
    for part in (begin, around, state):
        part.refuse_rest()
    return found
