"""Protocols that could never end, or never begin, are refused before the first step."""

from __future__ import annotations

from negatrode.cell.cell import Cell
from negatrode.cell.control import discharging
from negatrode.cell.protocol import Protocol, Step
from negatrode.core.errors import InputError


def check(protocol: Protocol, cell: Cell) -> None:
    """Refuse what can never end.

    Steps that draw or supply a current, a power or through a resistance may go without an end: the cell's
    voltage limits end the simulation. Rests and holds need one.

    Raises
    ------
    InputError
        With the step, and what would end it.
    """
    for number, step in enumerate(protocol.steps):
        where = f"step {number + 1}" + (f" ({step.text!r})" if step.text else "")
        try:
            _check_step(step, cell)
        except InputError as error:
            raise error.at(where) from None


def _check_step(step: Step, cell: Cell) -> None:
    low, high = cell.voltage_limits
    still = step.mode in ("rest", "voltage") or (
        step.mode in ("current", "c-rate", "power") and step.value == 0
    )
    if step.mode == "voltage" and not low - 1e-9 <= step.value <= high + 1e-9:
        raise InputError(
            f"a hold at {step.value:g} V", rule=f"the cell's limits are {low:g} and {high:g} V",
            remedy="hold within them, or change the cell's limits",
        )  # fmt: skip
    for end in step.ends:
        if end.quantity == "voltage":
            _check_voltage(step, end.value, low, high)
    if still and not _comes(step):
        raise InputError(
            f"{step.mode} without an end that comes",
            rule="a rest ends by time, a hold by time or current",
            remedy='add "for ..." or "until ..."',
        )  # fmt: skip
    if step.mode in ("current", "c-rate"):
        amps = abs(step.value) * (cell.nominal_capacity if step.mode == "c-rate" else 1.0)
        for end in step.ends:
            level = end.value * (cell.nominal_capacity if end.quantity == "c-rate" else 1.0)
            if end.quantity in ("current", "c-rate") and amps > level and len(step.ends) == 1:
                raise InputError(
                    f"a constant {amps:g} A until {level:g} A",
                    rule="a constant current never falls",
                    remedy="end it by voltage, time or capacity",
                )


def _comes(step: Step) -> bool:
    """Whether one of the ends must come while the current is zero or the voltage held."""
    for end in step.ends:
        if end.quantity == "time":
            return True
        if step.mode == "voltage" and end.quantity in ("current", "c-rate") and end.value > 0:
            return True
    return False


def _check_voltage(step: Step, volts: float, low: float, high: float) -> None:
    way = discharging(step)
    if step.mode == "voltage" and volts != step.value:
        raise InputError(
            f"a hold at {step.value:g} V until {volts:g} V", rule="a held voltage does not change"
        )
    if not low - 1e-9 <= volts <= high + 1e-9:
        raise InputError(
            f"an end at {volts:g} V", rule=f"the cell's limits, {low:g} and {high:g} V, come first",
            remedy="end within them, or change the cell's limits",
        )  # fmt: skip
    if way > 0 and volts >= high:
        raise InputError(f"a discharge until {volts:g} V", rule=f"the voltage falls, from {high:g} V at most")
    if way < 0 and volts <= low:
        raise InputError(f"a charge until {volts:g} V", rule=f"the voltage rises, from {low:g} V at least")
