"""The form of a cell file: which keys it has, which are quantities, and where each one stands.

Pydantic is used here alone. Whether the numbers make a cell is for ``exchange/cell_file.py``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from negatrode.core.catalogue import near_matches
from negatrode.core.errors import InputError, MissingInput, NegatrodeError, UnitError
from negatrode.exchange.cell_quantity import quantity

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

SCHEMA_VERSION = 1
MAX_BYTES = 64 * 1024 * 1024

_UNION = ("str", "dict[str,any]")
_Model = TypeVar("_Model", bound=BaseModel)


def _in(unit: str) -> BeforeValidator:
    """A quantity in this unit; what is wrong with it goes through pydantic to the place where it stands."""

    def read(given: object) -> float:
        try:
            return quantity(given, unit)
        except UnitError as error:
            raise PydanticCustomError(
                "quantity", "{found}", {"found": error.found, "rule": error.rule}
            ) from None

    return BeforeValidator(read)


Length = Annotated[float, _in("m")]
Area = Annotated[float, _in("m2")]
Charge = Annotated[float, _in("A*h")]
Volts = Annotated[float, _in("V")]
Kelvin = Annotated[float, _in("K")]
Seconds = Annotated[float, _in("s")]
Share = Annotated[float, _in("1")]
Conductivity = Annotated[float, _in("S/m")]
Concentration = Annotated[float, _in("mol/m3")]
SpecificArea = Annotated[float, _in("1/m")]
Resistance = Annotated[float, _in("ohm*m2")]
Energy = Annotated[float, _in("J/mol")]
Word = Annotated[str, Field(min_length=1, max_length=200)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
# A function has five forms; exchange/cell_functions.py tells them apart.
FunctionOf = Any


class Row(BaseModel):
    """A table that holds no other keys than these, and nothing converted unasked."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)


class BaseRow(Row):
    """``from = { pybamm = "Chen2020" }`` or ``{ bpx = "cell.json" }``."""

    pybamm: Word | None = None
    bpx: Word | None = None


class CellRow(Row):
    """``[cell]``."""

    name: Word | None = None
    area: Area | None = None
    nominal_capacity: Charge | None = None
    voltage_limits: Annotated[list[Volts], Field(min_length=2, max_length=2)] | None = None
    ambient_temperature: Kelvin | None = None
    initial_temperature: Kelvin | None = None
    reference_temperature: Kelvin | None = None
    contact_resistance: Resistance | None = None


class LayerRow(Row):
    """``[separator]``, and what an electrode shares with it."""

    thickness: Length | None = None
    porosity: Share | None = None
    transport_efficiency: Share | None = None
    tortuosity: Share | None = None
    bruggeman: Share | None = None


class ParticleRow(Row):
    """``[[negative.particles]]``."""

    material: Word | None = None
    radius: Length | None = None
    volume_fraction: Share | None = None
    stoichiometry: Share | None = None
    window: Annotated[list[Share], Field(min_length=2, max_length=2)] | None = None
    area_per_volume: SpecificArea | None = None
    film_resistance: Resistance | None = None


class ElectrodeRow(LayerRow):
    """``[negative]``, ``[positive]``."""

    conductivity: Conductivity | None = None
    double_layer_capacitance: Annotated[float, _in("F/m2")] | None = None
    particles: Annotated[list[ParticleRow], Field(max_length=1000)] | None = None


class LithiumRow(Row):
    """``[lithium]``: a lithium counter-electrode in place of the negative electrode."""

    exchange_current: FunctionOf = None
    conductivity: Conductivity | None = None
    thickness: Length | None = None


class ElectrolyteRow(Row):
    """``[electrolyte]``."""

    name: Word | None = None
    initial_concentration: Concentration | None = None
    conductivity: FunctionOf = None
    diffusivity: FunctionOf = None
    transference: FunctionOf = None
    thermodynamic_factor: FunctionOf = None


class ThermalRow(Row):
    """``[thermal]``: a lumped heat balance."""

    heat_capacity: Annotated[float, _in("J/K")] | None = None
    cooling: Annotated[float, _in("W/K")] | None = None


class HysteresisRow(Row):
    """``[materials.NAME.hysteresis]``."""

    kind: Literal["current-sigmoid", "one-state"] | None = None
    lithiation: FunctionOf = None
    delithiation: FunctionOf = None
    decay: Share | None = None
    initial: Share | None = None


class MaterialRow(Row):
    """``[materials.NAME]``."""

    name: Word | None = None
    maximum_concentration: Concentration | None = None
    potential: FunctionOf = None
    diffusivity: FunctionOf = None
    exchange_current: FunctionOf = None
    electrolyte_factor: FunctionOf = None
    entropy: FunctionOf = None
    hysteresis: HysteresisRow | None = None


class ProtocolRow(Row):
    """``[protocol]``; a step is a sentence, a table or a group of them (exchange/cell_protocol.py)."""

    steps: Annotated[list[str | dict[str, Any]], Field(min_length=1, max_length=100_000)]
    cycles: Count = 1


class InitialRow(Row):
    """``initial`` of ``[simulate]``."""

    soc: Share | None = None
    voltage: Volts | None = None


class SimulateRow(Row):
    """``[simulate]``."""

    model: Literal["DFN", "SPMe", "SPM"] = "DFN"
    accuracy: Word = "standard"
    initial: InitialRow | None = None


class Document(Row):
    """A whole file."""

    schema_version: int
    base: BaseRow | None = Field(default=None, alias="from")
    cell: CellRow = CellRow()
    negative: ElectrodeRow | None = None
    lithium: LithiumRow | None = None
    separator: LayerRow = LayerRow()
    positive: ElectrodeRow | None = None
    electrolyte: ElectrolyteRow = ElectrolyteRow()
    thermal: ThermalRow | None = None
    materials: dict[str, MaterialRow] = Field(default_factory=dict)
    protocol: ProtocolRow | None = None
    simulate: SimulateRow = SimulateRow()


def read_document(path: str | Path) -> Document:
    """The keys of a TOML file, each of its type.

    Raises
    ------
    InputError
        No TOML; a key that is not known (with near matches), or whose value has another form.
    UnitError
        A quantity without its unit, or with one of another dimension.
    MissingInput
        A file without ``schema_version``.
    """
    document = as_row(Document, _toml(Path(path)), str(path))
    if document.schema_version != SCHEMA_VERSION:
        raise InputError(
            f"schema_version {document.schema_version}", where=f"{path} schema_version",
            rule=f"this version reads schema_version {SCHEMA_VERSION}",
        )  # fmt: skip
    return document


def as_row(model: type[_Model], given: object, where: str, place: str = "") -> _Model:
    """A table as its row; a refusal names file and TOML key."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise _refusal(first, where, place, model) from None
    except RecursionError:
        raise InputError("nested too deeply", where=where, rule="tables within tables, six deep") from None


def dotted(parts: Sequence[int | str]) -> str:
    """A place in a TOML file.

    >>> dotted(["negative", "particles", 0, "radius"])
    'negative.particles[0].radius'
    """
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in parts).lstrip(".")


def missing(key: str, where: str, example: str) -> MissingInput:
    """The refusal of a file that lacks a key."""
    return MissingInput(f"{key} is missing", key=key, where=where, remedy=f"Write {example}")


def _toml(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(
                f"{path.stat().st_size} bytes", where=str(path), rule=f"a cell file has at most {MAX_BYTES}"
            )
        text = path.read_bytes().decode("utf-8-sig")
        return tomllib.loads(text.replace("\r\n", "\n"))
    except FileNotFoundError:
        raise InputError("no such file", where=str(path), remedy="Check the path") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"cannot be read ({error})", where=str(path), rule="a cell file is UTF-8 text"
        ) from None
    except (ValueError, RecursionError) as error:  # also a whole number of too many digits
        raise InputError(f"no TOML: {error}", where=str(path), remedy="Correct the line named") from None


def _refusal(error: ErrorDetails, where: str, place: str, model: type[BaseModel]) -> NegatrodeError:
    parts = _place(error["loc"])
    key = dotted([place, *parts] if place else parts)
    at = f"{where} {key}".strip()
    if error["type"] == "quantity":
        return UnitError(error["ctx"]["found"], where=at, rule=error["ctx"]["rule"])
    if error["type"] == "extra_forbidden":
        known = _keys_at(parts[:-1], model)
        hint = near_matches(str(parts[-1]), known) or f"Known: {', '.join(known)}"
        return InputError(f"unknown key '{parts[-1]}'", where=at, rule="known keys only", remedy=hint)
    if error["type"] == "missing":
        return MissingInput(f"{key} is missing", key=key, where=where, remedy=f"Write {parts[-1]} = ...")
    given = repr(error.get("input"))
    shown = given if len(given) <= 60 else f"{given[:57]}..."
    return InputError(f"found {shown}", where=at, rule=error["msg"])


def _place(loc: Sequence[int | str]) -> list[int | str]:
    """A pydantic place without the names of the types of a union, which follow the number of an item."""
    return [p for i, p in enumerate(loc) if not (i and isinstance(loc[i - 1], int) and p in _UNION)]


def _keys_at(parts: Sequence[int | str], model: type[BaseModel]) -> list[str]:
    """The keys that the table at a place may have."""
    for part in parts:
        field = next((f for n, f in model.model_fields.items() if part in (n, f.alias)), None)
        if field is not None:
            model = _row_within(field.annotation) or model
    return [f.alias or n for n, f in model.model_fields.items()]


def _row_within(annotation: object) -> type[Row] | None:
    """The first row type in an annotation such as ``list[Row] | None``."""
    if isinstance(annotation, type) and issubclass(annotation, Row):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        if (found := _row_within(part)) is not None:
            return found
    return None
