"""CELL.toml: a cell, what is done to it, and how it is simulated.

::

    schema_version = 1
    from = { pybamm = "Chen2020" }        # optional: a cell whose values the rest overrides; or { bpx = ... }

    [cell]
    name = "pouch 12"
    area = "0.1027 m2"
    nominal_capacity = "5 Ah"
    voltage_limits = ["2.5 V", "4.2 V"]

    [negative]                            # or [lithium], for a half cell
    thickness = "85.2 um"
    porosity = 0.25
    bruggeman = 1.5                       # or tortuosity, or transport_efficiency
    conductivity = "215 S/m"              # of the whole layer

    [[negative.particles]]
    material = "graphite"
    radius = "5.86 um"
    volume_fraction = 0.75
    stoichiometry = 0.9014                # or window and [simulate] initial
    window = [0.0279, 0.9106]             # at 0 % and at 100 % state of charge

    [materials.graphite]
    maximum_concentration = "33133 mol/m3"
    potential = { file = "graphite.csv", x_column = "x", column = "U", unit = "V" }
    diffusivity = "3.3e-14 m2/s"
    exchange_current = "0.679 A/m2"       # k in k sqrt(x (1 - x)) sqrt(c_e / 1000 mol m-3)

    [protocol]
    steps = ["Discharge at 1C until 2.5 V", "Rest for 10 minutes"]
    cycles = 3

    [simulate]
    model = "DFN"
    accuracy = "standard"
    initial = { soc = 1.0 }

Functions: ``exchange/cell_functions.py``. Steps: ``exchange/cell_protocol.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from negatrode.cell.accuracy import accuracy
from negatrode.cell.cell import Cell
from negatrode.cell.cell_check import check_cell
from negatrode.cell.initial import initial_cell
from negatrode.cell.protocol import Protocol
from negatrode.cell.protocol_check import check
from negatrode.core.errors import InputError, NegatrodeError
from negatrode.exchange.cell_document import BaseRow, Document, read_document
from negatrode.exchange.cell_parts import Assembly
from negatrode.exchange.cell_protocol import read_protocol
from negatrode.exchange.cell_write import write_cell

__all__ = ["CellFile", "SimulateSettings", "read_cell", "read_cell_file", "write_cell"]


@dataclass(frozen=True)
class SimulateSettings:
    """``[simulate]``: model, level of accuracy, and the start (state of charge or voltage, V; or neither)."""

    model: str = "DFN"
    accuracy: str = "standard"
    soc: float | None = None
    voltage: float | None = None


@dataclass(frozen=True, eq=False)
class CellFile:
    """All of a cell file; ``cell`` is in its initial state, ``notes`` tell what was assumed on the way."""

    cell: Cell
    protocol: Protocol | None
    simulate: SimulateSettings
    notes: tuple[str, ...] = ()


def read_cell(path: str | Path) -> tuple[Cell, Protocol | None]:
    """The cell of a CELL.toml in its initial state, and its protocol.

    Raises
    ------
    InputError, UnitError, MissingInput, ExpressionError, ReadError, Refusal
        With the file and the TOML key.
    """
    found = read_cell_file(path)
    return found.cell, found.protocol


def read_cell_file(path: str | Path, *, say: Callable[[str], None] | None = None) -> CellFile:
    """All of a CELL.toml; ``say`` hears the notes as they come up. Errors as in :func:`read_cell`."""
    place = Path(path)
    notes: list[str] = []

    def note(text: str) -> None:
        notes.append(text)
        if say is not None:
            say(text)

    document = read_document(place)
    simulate = _simulate(document, place)
    base = None if document.base is None else _base(document.base, place, note)
    cell = Assembly(document, base, place, note).cell()
    try:
        check_cell(cell)
        cell = initial_cell(cell, soc=simulate.soc, voltage=simulate.voltage)
    except NegatrodeError as error:
        raise error.at(str(place)) from None
    protocol = None if document.protocol is None else read_protocol(document.protocol, place)
    if protocol is not None:
        try:
            check(protocol, cell)
        except NegatrodeError as error:
            raise error.at(f"{place} protocol") from None
    return CellFile(cell, protocol, simulate, tuple(notes))


def _simulate(document: Document, place: Path) -> SimulateSettings:
    row = document.simulate
    try:
        accuracy(row.accuracy)
    except InputError as error:
        raise error.at(f"{place} simulate.accuracy") from None
    soc = voltage = None
    if row.initial is not None:
        soc, voltage = row.initial.soc, row.initial.voltage
        if (soc is None) == (voltage is None):
            raise InputError(
                "neither or both of soc and voltage", where=f"{place} simulate.initial",
                rule="the start is given once", remedy="Write initial = { soc = 1.0 }",
            )  # fmt: skip
    if soc is not None and not 0.0 <= soc <= 1.0:
        raise InputError(f"{soc:g}", where=f"{place} simulate.initial.soc", rule="0 <= soc <= 1")
    return SimulateSettings(row.model, row.accuracy, soc, voltage)


def _base(row: BaseRow, place: Path, note: Callable[[str], None]) -> Cell:
    where = f"{place} from"
    if (row.pybamm is None) == (row.bpx is None):
        raise InputError(
            "neither or both of pybamm and bpx", where=where, rule="one cell to begin with",
            remedy='Write from = { pybamm = "Chen2020" } or from = { bpx = "cell.json" }',
        )  # fmt: skip
    try:
        if row.bpx is not None:
            from negatrode.exchange.bpx import read_bpx

            return read_bpx(place.parent / row.bpx, say=note)
        from negatrode.exchange.pybamm_cell import from_pybamm

        return from_pybamm(row.pybamm)
    except NegatrodeError as error:
        raise error.at(where) from None
