"""Battery Parameter eXchange (BPX, Faraday Institution) files, versions 0.x and 1.x, as cells.

The standard's kinetics are ``j = 2 j0 sinh(F eta / 2 R T)`` with
``j0 = F K sqrt((c_e / c_e0) x (1 - x))``, ``c_e0`` the initial concentration; every coefficient depends on
temperature by ``exp(E / R (1 / T_ref - 1 / T))``. Functions are numbers, expressions in x (stoichiometry or
mol m-3) or points, between which the monotone cubic of Fritsch and Carlson runs.

Points of JSON that no standard field explains are refused; what is read and has no part in the cell
(user-defined parameters, thermal conductivity, validation curves) is told through ``say`` and kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from negatrode.cell.cell import Cell, Thermal
from negatrode.cell.electrode import Electrode, Separator
from negatrode.core.errors import ExpressionError, InputError, MissingInput, NegatrodeError
from negatrode.exchange.bpx_electrode import (
    FRACTION,
    LENGTH,
    Surroundings,
    placed,
    read_electrode,
)
from negatrode.exchange.bpx_electrolyte import read_electrolyte
from negatrode.exchange.bpx_section import Section, check_number, describe, read_json, spell
from negatrode.exchange.bpx_state import CONDUCTION, KELVIN, read_old_state, read_state, read_version
from negatrode.exchange.bpx_validation import Experiment, experiments
from negatrode.exchange.bpx_write import write_bpx
from negatrode.exchange.expressions import parse
from negatrode.material.table import REFERENCE_TEMPERATURE

MODELS = ("SPM", "SPMe", "DFN", "Partial")
_MOVED = {
    "Initial temperature [K]": "From version 1.0 on it stands in State > Initial conditions",
    "Ambient temperature [K]": "From version 1.0 on it stands in State > Thermal environment",
    "Initial concentration [mol.m-3]": "From version 1.0 on it is 'Initial electrolyte concentration "
    "[mol.m-3]' in State > Initial conditions",
    CONDUCTION: "Move it to Parameterisation > User-defined",
}
_PARTS = ("Cell", "Electrolyte", "Negative electrode", "Positive electrode", "Separator")


@dataclass(frozen=True, eq=False)
class BpxFile:
    """All of a BPX file.

    ``user_defined`` is kept as it stands; ``notes`` tell what was assumed and what has no part in ``cell``.
    """

    cell: Cell
    version: str
    model: str
    title: str
    description: str
    references: str
    user_defined: Mapping[str, Any]
    validation: Mapping[str, Experiment]
    notes: tuple[str, ...]


def _silent(_: str) -> None:
    pass


def read_bpx(
    path: str | Path,
    *,
    heat_transfer_coefficient: float | None = None,
    say: Callable[[str], None] = _silent,
) -> Cell:
    """The cell in a BPX file (JSON).

    Parameters
    ----------
    path:
        The file.
    heat_transfer_coefficient:
        W m-2 K-1 over the external surface; goes before the file's own (which exists from version 1.1 on).
        Without either the cell keeps its temperature.
    say:
        Is told, in sentences, what was assumed and what of the file has no part in the cell.

    Raises
    ------
    ReadError
        Damaged JSON, repeated keys, numbers that are not finite.
    MissingInput
        A field that is needed is missing, as in files for the single-particle model.
    InputError, ExpressionError
        A field of the wrong type, out of bounds, unknown, or no arithmetic; ``where`` is its place.
    """
    return read_bpx_file(path, heat_transfer_coefficient=heat_transfer_coefficient, say=say).cell


def read_bpx_file(
    path: str | Path,
    *,
    heat_transfer_coefficient: float | None = None,
    say: Callable[[str], None] = _silent,
) -> BpxFile:
    """The same with all else that the file holds (parameters and errors as in `read_bpx`)."""
    top = read_json(path)
    notes: list[str] = []
    if heat_transfer_coefficient is not None:
        check_number(heat_transfer_coefficient, 0, 1e6, "heat_transfer_coefficient")
    try:
        found = _Reader(top, heat_transfer_coefficient, notes).whole()
    except NegatrodeError as error:
        raise error.at(str(path)) from None
    for note in found.notes:
        say(note)
    return found


def read_bpx_validation(path: str | Path) -> dict[str, Experiment]:
    """The measured curves in the section "Validation" by name; empty where there are none.

    The file's current is negative on discharge; the curves' is positive on discharge.
    """
    try:
        return experiments(read_json(path).optional_section("Validation"))
    except NegatrodeError as error:
        raise error.at(str(path)) from None


class _Reader:
    """One pass over a file."""

    def __init__(self, top: Section, cooling: float | None, notes: list[str]) -> None:
        self.top, self.cooling, self.notes = top, cooling, notes
        self.say = notes.append
        header = top.section("Header")
        self.version, self.release = read_version(header)
        self.model = header.text("Model")
        if self.model not in MODELS:
            raise InputError(
                describe(self.model), where=header.where("Model"), rule=f"one of {', '.join(MODELS)}"
            )
        self.title, self.description, self.references = (
            header.text(key, "") for key in ("Title", "Description", "References")
        )
        header.refuse_rest()

    def whole(self) -> BpxFile:
        """All sections."""
        parameters = self.top.section("Parameterisation")
        self._refuse_incomplete(parameters)
        if self.release < (0, 3):
            self.say(
                "Header > BPX: versions before 0.3 wrote j = j0 sinh(...); read with j = 2 j0 sinh(...), "
                "as the bpx package and PyBaMM do"
            )
        cell = self._cell(parameters)
        user = parameters.optional_section("User-defined").take_rest()
        _check_user_defined(user, ("Parameterisation", "User-defined"))
        if user:
            self.say(f"Parameterisation > User-defined: kept, not part of the cell: {', '.join(user)[:300]}")
        parameters.refuse_rest()
        validation = experiments(self.top.optional_section("Validation"))
        self.top.refuse_rest()
        return BpxFile(
            cell=cell,
            version=self.version,
            model=self.model,
            title=self.title,
            description=self.description,
            references=self.references,
            user_defined=user,
            validation=validation,
            notes=tuple(self.notes),
        )

    def _refuse_incomplete(self, parameters: Section) -> None:
        missing = [part for part in _PARTS if part not in parameters]
        if missing:
            place = parameters.where(missing[0])
            raise MissingInput(
                f"no section {', '.join(missing)} in a parameter set for the model {self.model}",
                key=place,
                where=place,
                rule="a cell has both electrodes, a separator and an electrolyte",
                remedy="Give a parameter set for the Doyle-Fuller-Newman model",
            )

    def _cell(self, parameters: Section) -> Cell:
        section = parameters.section("Cell")
        salt = parameters.section("Electrolyte")
        state = (
            read_old_state(section, salt, self.say)
            if self.release < (1, 0)
            else read_state(self.top, self.say)
        )
        reference = self._reference_temperature(section, parameters)
        start = {k: reference if v is None else v for k, v in state.temperatures.items()}
        for name, value in state.temperatures.items():
            if value is None:
                self.say(f"no {name} temperature in the file: {reference:g} K, the reference, is taken")
        electrolyte = read_electrolyte(salt, state.concentration, reference, _MOVED, self.say)
        electrodes = [
            read_electrode(
                parameters.section(f"{side} electrode"),
                Surroundings(
                    side == "Negative", state.charge, state.concentration, reference,
                    state.hysteresis[side], self.say,
                ),
            )
            for side in ("Negative", "Positive")
        ]  # fmt: skip
        separator = _separator(parameters.section("Separator"))
        limits = (
            section.number("Lower voltage cut-off [V]", -10, 10),
            section.number("Upper voltage cut-off [V]", -10, 10),
        )
        pairs = section.number("Number of electrode pairs connected in parallel to make a cell", 1, 1e6)
        if pairs != int(pairs):
            raise InputError(f"{pairs:g} electrode pairs", where=spell(section.place), rule="a whole number")
        area = section.number("Electrode area [m2]", 1e-10, 1e4)
        capacity = section.number("Nominal cell capacity [A.h]", 1e-12, 1e6)
        thermal = self._thermal(section, state.heat_transfer)
        section.refuse_rest(_MOVED)
        cell = placed(
            section.place,
            lambda: Cell(
                name=self.title or "BPX cell",
                negative=electrodes[0],
                separator=separator,
                positive=electrodes[1],
                electrolyte=electrolyte,
                area=area * pairs,
                nominal_capacity=capacity,
                voltage_limits=limits,
                ambient_temperature=start["ambient"],
                initial_temperature=start["initial"],
                reference_temperature=reference,
                thermal=thermal,
            ),
        )
        self._compare_limits(cell)
        return cell

    def _reference_temperature(self, section: Section, parameters: Section) -> float:
        key = "Reference temperature [K]"
        found = section.optional_number(key, *KELVIN)
        if found is not None:
            return found
        needing = _first_dependence(parameters.content, parameters.place)
        if needing:
            raise MissingInput(
                "the field is missing",
                key=section.where(key),
                where=section.where(key),
                rule=f"{needing} holds relative to it",
                remedy="Add it to the file",
            )
        self.say(
            f"no reference temperature in the file, and nothing depends on it: {REFERENCE_TEMPERATURE} K"
        )
        return REFERENCE_TEMPERATURE

    def _thermal(self, section: Section, stated: float | None) -> Thermal | None:
        keys = {
            "Density [kg.m-3]": (1.0, 1e5),
            "Specific heat capacity [J.K-1.kg-1]": (1.0, 1e5),
            "Volume [m3]": (1e-15, 1e2),
            "External surface area [m2]": (1e-12, 1e4),
        }
        values = {key: section.optional_number(key, *bounds) for key, bounds in keys.items()}
        coefficient = stated if self.cooling is None else self.cooling
        if coefficient is None:
            if any(v is not None for v in values.values()):
                self.say(
                    "no heat transfer coefficient: the cell keeps its temperature; thermal data are not used"
                )
            return None
        for key, value in values.items():
            if value is None:
                raise MissingInput(
                    "the field is missing",
                    key=section.where(key),
                    where=section.where(key),
                    rule="a heat balance with a heat transfer coefficient needs it",
                    remedy="Add it to the file, or leave the heat transfer coefficient out",
                )
        density, heat, volume, surface = (float(v) for v in values.values() if v is not None)
        return Thermal(density * heat * volume, coefficient * surface)

    def _compare_limits(self, cell: Cell) -> None:
        """Tell where the stoichiometry windows reach beyond the cut-off voltages, as the bpx package does."""
        if (
            not isinstance(cell.negative, Electrode)
            or len(cell.negative.particles + cell.positive.particles) != 2
        ):
            return
        minus, plus = cell.negative.particles[0], cell.positive.particles[0]
        assert minus.window is not None
        assert plus.window is not None
        for i, word in ((0, "lower"), (1, "upper")):
            u = float(plus.material.potential(plus.window[i]) - minus.material.potential(minus.window[i]))
            beyond = (cell.voltage_limits[0] - u) if i == 0 else (u - cell.voltage_limits[1])
            if beyond > 1e-3:
                self.say(
                    f"the stoichiometry limits give {u:.4f} V, {beyond * 1e3:.1f} mV "
                    f"beyond the {word} cut-off"
                )


def _separator(section: Section) -> Separator:
    layer = (
        section.number("Thickness [m]", *LENGTH),
        section.number("Porosity", *FRACTION),
        section.number("Transport efficiency", *FRACTION),
    )
    section.refuse_rest()
    return placed(section.place, lambda: Separator(*layer))


def _check_user_defined(content: Mapping[str, Any], place: tuple[str, ...]) -> None:
    """User-defined parameters are numbers, points, sections of such, and expressions that parse."""
    for key, value in content.items():
        where = spell((*place, key))
        if isinstance(value, dict):
            _check_user_defined(value, (*place, key))
        elif isinstance(value, str):
            if key == "description":
                continue
            try:
                parse(value)
            except ExpressionError as error:
                raise error.at(where) from None
        elif isinstance(value, list):
            Section({key: value}, place).numbers(key)
        else:
            Section({key: value}, place).number(key, -1e300, 1e300)


def _first_dependence(content: Any, place: tuple[str, ...]) -> str:
    """The place of the first activation energy or entropic coefficient that is not zero, or ""."""
    for key, value in content.items():
        if isinstance(value, dict) and not key.startswith("Entropic") and key != "User-defined":
            found = _first_dependence(value, (*place, key))
            if found:
                return found
        elif ("activation energy" in key or key.startswith("Entropic")) and value != 0:
            return spell((*place, key))
    return ""


__all__ = ["BpxFile", "Experiment", "read_bpx", "read_bpx_file", "read_bpx_validation", "write_bpx"]
