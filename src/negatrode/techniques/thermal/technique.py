"""TECHNIQUE "thermal": the exothermic peak temperature in air at 10 K/min."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from negatrode.core.errors import NegatrodeError, Refusal
from negatrode.core.estimate import Component, Finding, Outcome, Recipe
from negatrode.core.recording import Recording
from negatrode.core.settings import Key, Settings
from negatrode.techniques.technique import Evaluation, Technique
from negatrode.techniques.thermal import kissinger
from negatrode.techniques.thermal.figure import Peak, ThermalFigure
from negatrode.techniques.thermal.peaks import Curve, Top, curve_of, tops
from negatrode.techniques.thermal.thermogram import Thermogram, thermogram

PROPERTY = "exothermic_peak_temperature"

RECIPES = (
    Recipe(
        PROPERTY,
        "burn-off",
        "1",
        "The exothermic peak of highest temperature, in which the carbon burns off",
        "convention",
        default=True,
    ),
    Recipe(PROPERTY, "first", "1", "The exothermic peak of lowest temperature", "convention"),
    Recipe(PROPERTY, "largest", "1", "The highest exothermic peak", "convention"),
    Recipe(PROPERTY, "dtg", "1", "Temperature of the fastest loss of mass", "convention"),
)

KEYS = (
    Key("atmosphere", "", "gas that the sample was heated in", example="air"),
    Key("heating_rate", "K/min", "heating rate, where the file holds no time", example="10 K/min"),
    Key("direction", "", "which way exotherms point in the file", choices=("exo-up", "exo-down")),
    Key("mass", "mg", "mass of the sample", example="5 mg"),
    Key("activation_energy", "kJ/mol", "of burn-off, for the conversion to 10 K/min", example="150 kJ/mol"),
    Key("columns", "", "columns of a plain table", example="time [min], temperature [degC], dta [uV]"),
)

SCALE = 3.0  # K, repeatability of a DTA peak; between laboratories 15 K
RATE_ERROR = 0.01  # relative, of a heating rate
SAME_RATE = 0.01  # relative: closer to 10 K/min nothing is converted
ENERGY_RELATIVE = kissinger.ENERGY_SPREAD / kissinger.ENERGY

_NO_SIGNAL = "mass alone shows no heat: the property is a peak of DTA or DSC"
_DTG_WHY = "the rate of mass loss is no thermal signal"

_PICKS: Mapping[str, Callable[[Sequence[Top]], Top]] = {
    "burn-off": lambda found: found[-1],
    "first": lambda found: found[0],
    "largest": lambda found: max(found, key=lambda t: t.height),
}


class _NoChannel(Refusal):
    """A file without the channel that a recipe needs; another file of the sample may hold it."""


@dataclass(frozen=True)
class _Energy:
    """Activation energy in kJ/mol, and whether the user gave it."""

    value: float
    given: bool


@dataclass
class _Run:
    """What one recording gives."""

    outcomes: dict[str, Outcome | NegatrodeError] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    figure: ThermalFigure | None = None


def evaluate(recordings: Sequence[Recording], settings: Settings) -> Evaluation:
    """All recipes on each run; several runs are repeats and averaged."""
    if not recordings:
        raise Refusal("no thermogram is given")
    energy = _energy(settings)
    runs = [_run(thermogram(r, settings), energy) for r in recordings]
    outcomes = {recipe.name: _mean([run.outcomes[recipe.name] for run in runs]) for recipe in RECIPES}
    findings = list(dict.fromkeys(f for run in runs for f in run.findings))
    if len(runs) > 1:
        findings.append(_repeats(runs))
    text = "3 degC is the repeatability of the peak in one laboratory; laboratories differ by about 15 degC"
    findings.append(Finding("repeatability-only", text))
    figure = next((run.figure for run in runs if run.figure and len(run.figure.signal)), runs[0].figure)
    return Evaluation({PROPERTY: outcomes}, {PROPERTY: tuple(findings)}, figure)


def _energy(settings: Settings) -> _Energy:
    given = settings.optional_quantity("activation_energy")
    if given is not None and not 20.0 <= given <= 500.0:
        raise Refusal(
            f"thermal.activation_energy is {given:g} kJ/mol",
            where=settings.origin,
            rule="carbon burns with 20 to 500 kJ/mol",
        )
    return _Energy(kissinger.ENERGY if given is None else given, given is not None)


def _run(run: Thermogram, energy: _Energy) -> _Run:
    found = _Run(findings=list(run.findings))
    curve: Curve | None = None
    peaks: tuple[Top, ...] = ()
    if len(run.signal):
        try:
            curve = curve_of(run.temperature, run.signal, rate=_first_rate(run))
            peaks = tops(curve, run.path)
            chosen = {name: pick(peaks) for name, pick in _PICKS.items()}
            found.outcomes |= {name: _outcome(run, top, energy) for name, top in chosen.items()}
            found.findings += _peak_findings(run, curve, peaks, energy)
        except Refusal as error:
            found.outcomes |= dict.fromkeys(_PICKS, error)
    else:
        no_heat = _NoChannel(
            "the file holds mass but neither heat flow nor DTA",
            where=run.path,
            rule=_NO_SIGNAL,
            remedy="Export the DTA or DSC signal; recipe 'dtg' shows the mass loss",
        )
        found.outcomes |= dict.fromkeys(_PICKS, no_heat)
    found.outcomes["dtg"] = _dtg(run, energy)
    found.figure = _figure(run, curve, peaks)
    return found


def _first_rate(run: Thermogram) -> float:
    """Mean rate of the whole run in K/min."""
    if len(run.time):
        return 60.0 * float(np.ptp(run.temperature)) / float(np.ptp(run.time))
    return float(run.stated_rate or 0.0)


def _outcome(run: Thermogram, top: Top, energy: _Energy) -> Outcome:
    """The peak at 10 K/min and its components."""
    rate = run.rate_near(top.temperature)
    ratio = math.log(rate / kissinger.RATE)
    converted = abs(ratio) > SAME_RATE
    value = kissinger.convert(top.temperature, rate, energy.value) if converted else top.temperature
    stem = run.sha[:12]
    slope = kissinger.per_log_rate(top.temperature, energy.value)
    parts = [
        Component("position of the top in the noise", top.u_noise, f"{stem}:{top.temperature:.2f}:noise"),
        Component("shape of the top", top.u_shape, f"{stem}:{top.temperature:.2f}:shape"),
        Component("choice of baseline", top.u_baseline, f"{stem}:baseline"),
        Component("temperature scale and repeatability", SCALE, f"{stem}:temperature-scale"),
        Component("heating rate", -RATE_ERROR * slope, f"{stem}:heating-rate"),
    ]
    if converted:
        u = ENERGY_RELATIVE * energy.value
        shift = kissinger.convert(top.temperature, rate, energy.value - u) - value
        parts.append(Component("activation energy", -shift, "thermal:activation-energy"))
    return Outcome(value, tuple(c for c in parts if c.u != 0.0))


def _peak_findings(run: Thermogram, curve: Curve, peaks: Sequence[Top], energy: _Energy) -> list[Finding]:
    listed = ", ".join(f"{t.temperature:.1f} degC ({t.height:.3g} {run.unit})" for t in peaks)
    found = [Finding("peaks", f"exothermic peaks at {listed}", warning=False)]
    if peaks[-1] is not max(peaks, key=lambda t: t.height):
        text = "the peak of highest temperature is not the highest peak; recipe 'largest' takes that one"
        found.append(Finding("burn-off-not-largest", text, warning=True))
    if curve.dip > max(t.height for t in peaks):
        text = f"an endotherm ({curve.dip:.3g} {run.unit}) is deeper than the peaks are high: which way?"
        found.append(Finding("endotherm", text, warning=True))
    return [*found, *_rate_findings(run, peaks[-1].temperature, energy)]


def _rate_findings(run: Thermogram, temperature: float, energy: _Energy) -> list[Finding]:
    rate = run.rate_near(temperature)
    origin = "measured from time and temperature" if len(run.time) else "as stated"
    found = [Finding("heating-rate", f"{rate:.4g} K/min near {temperature:.0f} degC, {origin}")]
    if abs(math.log(rate / kissinger.RATE)) <= SAME_RATE:
        return found
    moved = kissinger.convert(temperature, rate, energy.value) - temperature
    word = "given" if energy.given else "recalled for carbon, not measured (130 to 180)"
    text = (
        f"converted from {rate:.4g} to 10 K/min by Kissinger's relation, {moved:+.1f} K, with "
        f"{energy.value:g} kJ/mol {word}, taken to {100 * ENERGY_RELATIVE:.0f} %"
    )
    return [*found, Finding("converted", text, warning=abs(moved) > SCALE)]


def _dtg(run: Thermogram, energy: _Energy) -> Outcome | NegatrodeError:
    """The fastest loss of mass, for comparison only."""
    if not len(run.mass):
        return _NoChannel("the file holds no mass", where=run.path, rule="recipe 'dtg' needs the mass")
    try:
        from scipy.signal import savgol_filter

        step = float(np.ptp(run.temperature)) / (len(run.mass) - 1)
        window = max(5, int(8.0 / step) // 2 * 2 + 1)
        loss = -savgol_filter(run.mass, window, 2, deriv=1, delta=step)
        curve = curve_of(run.temperature, loss, rate=_first_rate(run))
        top = max(tops(curve, run.path, what="loss of mass"), key=lambda t: t.height)
        found = _outcome(run, top, energy)
    except Refusal as error:
        return error
    notes = tuple(_rate_findings(run, top.temperature, energy))
    return Outcome(found.value, found.components, admissible=False, why_not=_DTG_WHY, findings=notes)


def _mean(found: Sequence[Outcome | NegatrodeError]) -> Outcome | NegatrodeError:
    """The mean over the files that hold the channel; the first refusal of these where there is one."""
    found = [f for f in found if not isinstance(f, _NoChannel)] or found
    refused = next((f for f in found if isinstance(f, NegatrodeError)), None)
    if refused is not None:
        return refused
    outcomes = [f for f in found if isinstance(f, Outcome)]
    if len(outcomes) == 1:
        return outcomes[0]
    n = len(outcomes)
    parts = tuple(Component(c.source, c.u / n, c.key, c.dof) for o in outcomes for c in o.components)
    first = outcomes[0]
    value = float(np.mean([o.value for o in outcomes if o.value is not None]))
    return Outcome(value, parts, admissible=first.admissible, why_not=first.why_not, findings=first.findings)


def _repeats(runs: Sequence[_Run]) -> Finding:
    values = [
        o.value for run in runs if isinstance(o := run.outcomes["burn-off"], Outcome) and o.value is not None
    ]
    spread = f", burn-off peaks {min(values):.1f} to {max(values):.1f} degC" if values else ""
    far = len(values) > 1 and max(values) - min(values) > 4.0 * SCALE
    counted = len(values) or len(runs)
    return Finding("repeats", f"mean of {counted} of {len(runs)} runs{spread}", warning=far)


def _figure(run: Thermogram, curve: Curve | None, peaks: Sequence[Top]) -> ThermalFigure:
    empty = np.zeros(0)
    marks = tuple(
        Peak(t.temperature, t.height, tuple(name for name, pick in _PICKS.items() if pick(peaks) is t))
        for t in peaks
    )
    return ThermalFigure(
        path=run.path,
        temperature=curve.temperature if curve else empty,
        signal=curve.raw if curve else empty,
        baseline=curve.baseline if curve else empty,
        unit=run.unit,
        peaks=marks,
        mass_temperature=run.temperature if len(run.mass) else empty,
        mass=run.mass,
    )


TECHNIQUE = Technique("thermal", "thermal", "Thermal analysis", ("thermal", "table"), RECIPES, KEYS, evaluate)
