"""``[protocol]`` of a cell file. A step is written in one of four forms::

    "Discharge at 1C until 2.5 V"                                        # cell/sentences.py
    { mode = "current", value = "1 A", direction = "charge", ends = ["4.2 V", "2 h"], period = "10 s" }
    { mode = "drive", unit = "A", times = [0, 10, 20], values = [1, 2, 0] }    # times in s; or file, columns
    { repeat = 3, steps = ["Discharge at 1C until 2.5 V", "Rest for 1 h"] }

Every repetition of a group is a cycle of its own, and so is every run of steps between groups.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from negatrode.cell.protocol import End, Protocol, Step
from negatrode.cell.sentences import electric, parse, seconds
from negatrode.core.errors import InputError, NegatrodeError
from negatrode.exchange.cell_columns import read_columns
from negatrode.exchange.cell_document import Count, Kelvin, ProtocolRow, Row, Seconds, Word, as_row, missing

MOST_STEPS = 1_000_000
_DEEPEST = 8
_DRIVEN = {"A": "current", "W": "power", "V": "voltage"}
_OF = {"current": "A", "c-rate": "C", "voltage": "V", "power": "W", "resistance": "ohm"}
_Numbers = Annotated[list[float], Field(max_length=10_000_000)]


class _StepRow(Row):
    mode: Literal["current", "c-rate", "voltage", "power", "resistance", "rest"]
    value: Word | None = None
    direction: Literal["charge", "discharge"] | None = None
    ends: Annotated[list[Word], Field(max_length=100)] = Field(default_factory=list)
    period: Seconds | None = None
    temperature: Kelvin | None = None
    sentence: Word | None = None


class _DriveRow(Row):
    mode: Literal["drive"]
    unit: Literal["A", "W", "V"]
    times: _Numbers | None = None
    values: _Numbers | None = None
    file: Word | None = None
    time_column: Word | None = None
    column: Word | None = None
    ends: Annotated[list[Word], Field(max_length=100)] = Field(default_factory=list)
    period: Seconds | None = None
    temperature: Kelvin | None = None


class _SentenceRow(Row):
    sentence: Word
    temperature: Kelvin | None = None


class _GroupRow(Row):
    repeat: Count
    steps: Annotated[list[str | dict[str, Any]], Field(min_length=1, max_length=100_000)]


def read_protocol(row: ProtocolRow, place: Path) -> Protocol:
    """The protocol of a cell file.

    Raises
    ------
    InputError, UnitError, MissingInput
        With file and the number of the step.
    """
    groups = _groups(row.steps, place, "protocol.steps", 0) * row.cycles
    _refuse_endless(groups)
    steps = tuple(step for group in groups for step in group)
    numbers = tuple(number for number, group in enumerate(groups) for _ in group)
    return Protocol(steps, numbers)


def _groups(items: list[str | dict[str, Any]], place: Path, where: str, depth: int) -> list[tuple[Step, ...]]:
    """The cycles that a list of steps and groups makes."""
    if depth > _DEEPEST:
        raise InputError(f"groups {depth} deep", where=f"{place} {where}", rule=f"{_DEEPEST} at most")
    cycles: list[tuple[Step, ...]] = []
    loose: list[Step] = []
    for number, item in enumerate(items):
        at = f"{where}[{number}]"
        if isinstance(item, dict) and ("repeat" in item or "steps" in item):
            if loose:
                cycles.append(tuple(loose))
                loose = []
            group = as_row(_GroupRow, item, str(place), at)
            cycles += _groups(group.steps, place, f"{at}.steps", depth + 1) * group.repeat
            _refuse_endless(cycles)
        else:
            loose.append(_step(item, place, at))
    return cycles + ([tuple(loose)] if loose else [])


def _refuse_endless(cycles: list[tuple[Step, ...]]) -> None:
    count = sum(map(len, cycles))
    if count > MOST_STEPS:
        raise InputError(f"{count} steps", where="protocol", rule=f"a protocol has {MOST_STEPS} at most")


def _step(item: str | dict[str, Any], place: Path, at: str) -> Step:
    try:
        if isinstance(item, str):
            return parse(item)
        if item.get("mode") == "drive":
            return _drive(as_row(_DriveRow, item, str(place), at), place, at)
        if "sentence" in item and "mode" not in item:
            said = as_row(_SentenceRow, item, str(place), at)
            return replace(parse(said.sentence), temperature=said.temperature)
        return _plain(as_row(_StepRow, item, str(place), at), place, at)
    except NegatrodeError as error:
        if error.where.startswith(str(place)):
            raise
        raise error.at(f"{place} {at}") from None


def _plain(row: _StepRow, place: Path, at: str) -> Step:
    known = {"period": row.period, "temperature": row.temperature, "text": row.sentence or ""}
    ends = tuple(_end(text) for text in row.ends)
    if row.mode == "rest":
        if row.value is not None or row.direction is not None:
            raise InputError("a rest with a value or a direction", rule="a rest has neither")
        return Step("rest", 0.0, ends, **known)  # type: ignore[arg-type]  # of their types, by the row
    if row.value is None:
        raise missing(f"{at}.value", str(place), f'value = "1 {_OF[row.mode]}"')
    quantity, value = electric(row.value.removeprefix("-").strip())
    value = -value if row.value.startswith("-") else value
    if quantity != row.mode:
        raise InputError(f"{row.value!r} for mode {row.mode!r}", rule=f"a value in {_OF[row.mode]}")
    needs_direction = row.mode in ("current", "c-rate", "power")
    if needs_direction != (row.direction is not None) or (needs_direction and value < 0):
        raise InputError(
            f"{row.value!r} with direction {row.direction}",
            rule='currents and powers are not negative and have direction = "charge" or "discharge"',
        )
    sign = -1.0 if row.direction == "charge" else 1.0
    return Step(row.mode, sign * value, ends, **known)  # type: ignore[arg-type]  # as above


def _end(text: str) -> End:
    """ "2.5 V", "C/50", "10 min" or "1 Ah"; a voltage may be negative (half cells are near zero)."""
    try:
        quantity, value = electric(text.removeprefix("-").strip())
    except InputError:
        return End("time", seconds(text))
    if text.startswith("-"):
        value = -value
    return End(quantity, value)


def _drive(row: _DriveRow, place: Path, at: str) -> Step:
    names = (row.file, row.time_column, row.column)
    if row.file is not None and row.time_column is not None and row.column is not None:
        if row.times is not None or row.values is not None:
            raise InputError("a file beside times and values", rule="a drive cycle is given once")
        times, values = (
            tuple(column.tolist())
            for column in read_columns(place.parent / row.file, (row.time_column, row.column))
        )
    elif row.times is not None and row.values is not None and names == (None, None, None):
        times, values = tuple(row.times), tuple(row.values)
    else:
        raise missing(f"{at}.times", str(place), 'times and values, or file = "...", time_column and column')
    return Step(
        "drive", 0.0, tuple(_end(text) for text in row.ends), drive=(times, values),
        drive_quantity=_DRIVEN[row.unit], period=row.period, temperature=row.temperature,
    )  # fmt: skip


def step_text(step: Step) -> str:
    """A step as an item of ``steps``: its sentence where that says all of it, else a table.

    >>> from negatrode.cell.protocol import rest
    >>> step_text(rest(600.0)), step_text(parse("Charge at C/2 until 4.2 V"))
    ('{ mode = "rest", ends = ["600.0 s"] }', '"Charge at C/2 until 4.2 V"')
    """
    from negatrode.exchange.cell_text import number, text

    if step.text:
        spoken = parse(step.text)
        if spoken == step:
            return text(step.text)
    parts = [f'mode = "{step.mode}"']
    if step.drive is not None:
        units = {quantity: unit for unit, quantity in _DRIVEN.items()}
        times, values = (", ".join(map(number, column)) for column in step.drive)
        parts += [f'unit = "{units[step.drive_quantity]}"', f"times = [{times}]", f"values = [{values}]"]
    elif step.mode != "rest":
        signed = step.mode in ("voltage", "resistance")
        parts.append(f'value = "{number(step.value if signed else abs(step.value))} {_OF[step.mode]}"')
        if not signed:
            parts.append(f'direction = "{"charge" if step.value < 0 else "discharge"}"')
    if step.ends:
        parts.append("ends = [" + ", ".join(text(_end_text(end)) for end in step.ends) + "]")
    if step.period is not None:
        parts.append(f'period = "{number(step.period)} s"')
    if step.temperature is not None:
        parts.append(f'temperature = "{number(step.temperature)} K"')
    if step.text:
        parts.append(f"sentence = {text(step.text)}")
    return "{ " + ", ".join(parts) + " }"


def _end_text(end: End) -> str:
    units = {"voltage": "V", "current": "A", "c-rate": "C", "time": "s", "capacity": "Ah"}
    return f"{end.value!r} {units[end.quantity]}"
