"""From a recording to one heating run, exotherms up, or the gate that refuses it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import MissingInput, Refusal
from negatrode.core.estimate import Finding
from negatrode.core.recording import Block, Column, Recording
from negatrode.core.settings import Settings
from negatrode.files.readers.thermal_channels import channel_of
from negatrode.files.tables import named_block
from negatrode.techniques.thermal.atmosphere import require_oxygen

Array = NDArray[np.float64]

MAX_POINTS = 4000  # more are averaged in groups
MIN_POINTS = 30
MAX_STEP = 10.0  # K between points: a peak is some 50 K wide
MIN_SPAN = 100.0  # K
COOLED = 20.0  # K by which a run may fall back (self-heating) before it is several runs
RATE_WINDOW = 150.0  # K on either side of a peak, over which the rate is measured
RATE_RANGE = (0.5, 100.0)  # K/min
RATE_TOLERANCE = 0.10  # relative, between the stated and the measured rate
HEAVY = 20.0  # mg
HUGE = 1e12  # in any unit: no signal, but damage

_CALORIMETRY = re.compile(
    r"\bMCC\b|micro\W?scale combustion|combustion flow calorimet|\bPCFC\b|heat release rate|\bHRR\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, eq=False)
class Thermogram:
    """One heating run on an even grid of time (of temperature where there is no time).

    Attributes
    ----------
    time:
        s, shape (n,); empty where the file has none.
    temperature:
        degC of the sample, shape (n,).
    signal:
        Heat flow or temperature difference in ``unit``, exotherms up, shape (n,) or empty.
    mass:
        In ``mass_unit``, shape (n,) or empty.
    stated_rate:
        K/min as the file or the user states it.
    """

    path: str
    sha: str
    time: Array
    temperature: Array
    signal: Array
    unit: str
    mass: Array
    mass_unit: str
    stated_rate: float | None
    findings: tuple[Finding, ...]

    def rate_near(self, temperature: float) -> float:
        """Heating rate in K/min within 150 K of a temperature: measured, else as stated."""
        if not len(self.time):
            return float(self.stated_rate or 0.0)
        rate = self._slope(np.abs(self.temperature - temperature) <= RATE_WINDOW)
        if not RATE_RANGE[0] <= rate <= RATE_RANGE[1]:
            raise Refusal(
                f"{rate:.4g} K/min near {temperature:.0f} degC",
                where=self.path,
                rule=f"heating rates lie between {RATE_RANGE[0]:g} and {RATE_RANGE[1]:g} K/min",
                remedy="Export a run heated at 10 K/min; check the unit of the times",
            )
        usual = self._slope(np.ones(len(self.time), dtype=bool))
        if self.stated_rate and abs(usual / self.stated_rate - 1.0) > RATE_TOLERANCE:
            raise Refusal(
                f"the times and temperatures give {usual:.4g} K/min, stated are {self.stated_rate:.4g} K/min",
                where=self.path,
                rule=f"the two agree within {100 * RATE_TOLERANCE:.0f} %",
                remedy="Correct thermal.heating_rate, or the unit of the times",
            )
        return rate

    def _slope(self, rows: NDArray[np.bool_]) -> float:
        """Median of the slopes over a tenth of the rows, which a self-heating sample hardly moves."""
        time, temperature = self.time[rows], self.temperature[rows]
        lag = max(1, len(time) // 10)
        return 60.0 * float(np.median((temperature[lag:] - temperature[:-lag]) / (time[lag:] - time[:-lag])))


def thermogram(recording: Recording, settings: Settings) -> Thermogram:
    """The heating run of a recording.

    Raises Refusal (no oxygen, combustion calorimetry, no heating run) or MissingInput (atmosphere,
    direction, heating rate), in this order, for what cannot be measured need not be asked for.
    """
    path = recording.source.path
    own = settings.with_stated(recording.settings)
    block = _block(recording, own)
    _refuse_calorimetry(recording, block)
    why = "the file does not say which gas the sample was heated in"
    notes = list(require_oxygen(own.word("atmosphere", why=why), path))
    if not block.has("temperature"):
        raise Refusal(f"the columns are {', '.join(block.names())}", where=path, rule="one is temperature")
    signal = next((block.column(n) for n in ("heat_flow", "dta") if block.has(n)), None)
    mass = next((block.column(n) for n in ("mass", "mass_percent") if block.has(n)), None)
    if signal is None and mass is None:
        raise Refusal("neither heat flow nor DTA nor mass", where=path, rule="a thermogram has one of them")
    sign = 1.0
    if signal is not None:
        why = "the file does not say which way exotherms point"
        sign = -1.0 if own.word("direction", why=why) == "exo-down" else 1.0
    time = block.column("time") if block.has("time") else None
    rate = own.optional_quantity("heating_rate") if time is not None else own.quantity(
        "heating_rate", why="the file holds no time from which the rate could be measured"
    )  # fmt: skip
    if rate is not None and not RATE_RANGE[0] <= rate <= RATE_RANGE[1]:
        raise Refusal(
            f"thermal.heating_rate is {rate:g} K/min",
            where=path,
            rule=f"rates lie between {RATE_RANGE[0]:g} and {RATE_RANGE[1]:g} K/min",
        )
    weight = own.optional_quantity("mass")
    if weight is not None and weight > HEAVY:
        text = f"{weight:.3g} mg of sample heat themselves and starve of oxygen; 5 mg or so are usual"
        notes.append(Finding("heavy-sample", text, warning=True))
    table = [c.values if c is not None else None for c in (time, block.column("temperature"), signal, mass)]
    grid = _even(_heating(table, path), path)
    return Thermogram(
        path, recording.source.sha256, grid[0], grid[1], sign * grid[2], signal.unit if signal else "",
        grid[3], mass.unit if mass else "", rate, tuple(notes),
    )  # fmt: skip


def _block(recording: Recording, settings: Settings) -> Block:
    if recording.kind != "table":
        if not recording.blocks:
            raise Refusal("there is no thermogram", where=recording.source.path)
        return max(recording.blocks, key=lambda b: _span(b))
    columns = settings.word("columns", why="the table does not say which column is which")
    where = f"{settings.origin} {settings.section}.columns"
    plain = named_block(recording, columns, where=where)
    found = []
    for column in plain.columns:
        channel = channel_of(column.name.replace("_percent", ""), column.unit)
        if column.name in _UNITS and (channel.name, channel.unit) != (column.name, _UNITS[column.name]):
            raise MissingInput(
                f"'{column.name} [{column.unit}]'",
                key=f"{settings.section}.columns",
                where=where,
                rule="time and temperature need their unit",
                remedy=f'Write "{_COLUMNS}"',
            )
        found.append(Column(channel.name, channel.unit, column.values * channel.factor + channel.offset))
    return Block(plain.name, tuple(found))


_UNITS = {"time": "s", "temperature": "degC"}
_COLUMNS = "time [min], temperature [degC], dta [uV]"


def _span(block: Block) -> float:
    if not block.has("temperature"):
        return -1.0
    values = block.column("temperature").values
    return float(np.ptp(np.clip(values, -HUGE, HUGE))) if len(values) else 0.0


def _refuse_calorimetry(recording: Recording, block: Block) -> None:
    words = [*block.names(), *recording.metadata, *recording.metadata.values()]
    found = next((m[0] for m in map(_CALORIMETRY.search, words) if m), None)
    if found:
        raise Refusal(
            f"'{found}' marks microscale combustion calorimetry",
            where=recording.source.path,
            rule="it burns the gases of a pyrolysis, its peak is not that of the solid in air",
            remedy="Measure DTA or DSC in air",
        )


def _heating(table: list[Array | None], path: str) -> list[Array | None]:
    """The rows from the coldest point to the hottest; Refusal where they hold more than one heating."""
    temperature = table[1]
    if temperature is None or len(temperature) < MIN_POINTS:
        count = 0 if temperature is None else len(temperature)
        raise Refusal(f"{count} points", where=path, rule=f"a thermogram has at least {MIN_POINTS}")
    if temperature[0] > temperature[-1] and table[0] is None:
        table = [None if c is None else c[::-1] for c in table]
        temperature = table[1]
    if temperature is None or not all(c is None or bool((np.abs(c) < HUGE).all()) for c in table):
        raise Refusal(f"a value that is no number below {HUGE:g}", where=path, remedy="Export the file again")
    last = int(np.argmax(temperature))
    first = int(np.argmin(temperature[: last + 1]))
    rows = slice(first, last + 1)
    heated = temperature[rows]
    if float(np.ptp(heated)) < MIN_SPAN or len(heated) < MIN_POINTS:
        raise Refusal(
            f"{len(heated)} points over {float(np.ptp(heated)):.0f} K of heating",
            where=path,
            rule=f"a heating run has {MIN_POINTS} points and {MIN_SPAN:.0f} K at least",
        )
    fallen = float(np.max(np.maximum.accumulate(heated) - heated))
    if fallen > COOLED:
        raise Refusal(
            f"the temperature falls by {fallen:.0f} K within the heating",
            where=path,
            rule="one heating run is analysed",
            remedy="Export the heating segment in air alone",
        )
    return [None if c is None else np.asarray(c[rows], dtype=float) for c in table]


def _even(table: list[Array | None], path: str) -> tuple[Array, Array, Array, Array]:
    """Groups averaged to at most 4000 points, on an even grid of time or else of temperature."""
    group = max(1, -(-len(_given(table[1])) // MAX_POINTS))
    time, temperature, signal, mass = (_averaged(_given(c), group) for c in table)
    axis = time if len(time) else temperature
    if bool(np.any(np.diff(axis) <= 0.0)):
        if len(time):
            raise Refusal(
                "times that do not rise", where=path, rule="each point of a heating run has a later time"
            )
        order = np.unique(np.maximum.accumulate(axis), return_index=True)[1]
        axis, temperature, signal, mass = (
            c[order] if len(c) else c for c in (axis, temperature, signal, mass)
        )
    steps = np.diff(axis)
    if float(np.max(np.abs(steps / np.median(steps) - 1.0))) > 0.05:
        even = np.linspace(axis[0], axis[-1], len(axis))
        temperature, signal, mass = (
            np.interp(even, axis, c) if len(c) else c for c in (temperature, signal, mass)
        )
        axis = even
    step = float(np.ptp(temperature)) / max(len(temperature) - 1, 1)
    if step > MAX_STEP:
        raise Refusal(f"a point every {step:.3g} K", where=path, rule=f"points lie within {MAX_STEP:g} K")
    return axis if len(time) else time, temperature, signal, mass


def _given(column: Array | None) -> Array:
    return np.zeros(0) if column is None else column


def _averaged(values: Array, group: int) -> Array:
    if group == 1 or not len(values):
        return values
    whole = len(values) // group * group
    return np.asarray(values[:whole].reshape(-1, group).mean(axis=1), dtype=float)
