"""The user's half cell as data of a calibration."""

from __future__ import annotations

from typing import Any

import numpy as np

from negatrode.battery.assembly import Source
from negatrode.battery.build import Design
from negatrode.battery.calibrate import Calibration, HalfCellData, calibrated, prior_title
from negatrode.core.errors import InputError, NegatrodeError
from negatrode.flow.sample import Measured
from negatrode.techniques.cycling.figure import CyclingFigure

# Between repeated half cells of one laboratory (1 sd), and of a charge read at a potential (share).
_REPEAT = 0.015
_READ = 0.01


def calibration_of(measured: Measured, source: Source, design: Design) -> tuple[Calibration | None, str]:
    """Calibrate with the first half cell of the particles that has a mass; or say why not.

    ``[electrode] calibration = "off"`` leaves the priors as they are.
    """
    word = measured.design.words.get("calibration", "auto")
    if word not in ("auto", "off"):
        raise InputError(
            f"{word!r}", where=f"{measured.design.where} electrode.calibration", rule='it is "auto" or "off"'
        )
    figure = half_cell_of(measured)
    if word == "off" or figure is None:
        return None, ""
    try:
        return calibrated(source, design, half_cell_data(figure)), ""
    except NegatrodeError as error:
        return None, f"{figure.path} could not calibrate the material: {error.sentence()}"


def half_cell_of(measured: Measured) -> CyclingFigure | None:
    """The first half cell of the particles that has a mass."""
    return next((f for f in _figures(measured) if f.specific and f.material == "particle"), None)


def _figures(measured: Measured) -> list[CyclingFigure]:
    found = [t.evaluation.figure for t in measured.traces if t.evaluation is not None]
    return [f for f in found if isinstance(f, CyclingFigure)]


def half_cell_data(figure: CyclingFigure) -> HalfCellData:
    """First delithiation, a later lithiation, the first charge and the rates of a measured half cell."""
    out = next((b for b in figure.branches if b.name == "delithiation"), None)
    rate = next((r for r in figure.rates if r.branch == "delithiation" and r.current), None)
    if out is None or rate is None or not rate.current:
        raise InputError(
            "no delithiation with a known current",
            where=figure.path,
            rule="a calibration needs one whole cycle",
        )
    later = next((b for b in figure.branches if b.name == "lithiation" and b.cycle > out.cycle), None)
    # Charges of the figure are per gram, those of the rate table whole: their ratio is the mass.
    grams = 1000 * rate.capacity / float(figure.delithiation[0])
    others = [
        (r.current / grams, 1000 * r.capacity / grams)
        for r in figure.rates
        if r.branch == "delithiation" and r.current and r.complete and r.current > 1.5 * rate.current
    ]
    capacity = float(figure.delithiation[0])
    first = next(b for b in figure.branches if b.name == "lithiation")
    return HalfCellData(
        rate.current / grams,
        _ordered(out.charge, out.voltage, 1.0),
        None if later is None else _ordered(later.charge, later.voltage, -1.0),
        float(figure.lithiation[0]),
        low=max(float(first.voltage.min()), 0.001),
        high=float(out.voltage.max()),
        held=_is_held(first.voltage),
        rates=tuple(others[:4]),
        noise=_READ * capacity,
        mass_uncertainty=_REPEAT,
    )


def _ordered(charge: Any, volts: Any, way: float) -> tuple[Any, Any]:
    """A branch from its beginning, with the instrument's noise on the potential smoothed to one direction."""
    q = np.abs(charge - charge[0])
    return q, way * np.maximum.accumulate(way * volts)


def _is_held(volts: Any) -> bool:
    """Whether the lithiation ends in a hold: the last twentieth of its points at the lowest potential."""
    last = volts[-max(len(volts) // 20, 3) :]
    return bool(np.ptp(last) < 0.002)


def calibration_section(calibration: Calibration) -> dict[str, Any]:
    """The report's part on a calibration: prior and posterior of what moved, in the user's units."""
    rows = []
    before = {p.name: p for p in calibration.before.predictions}
    for p in calibration.source.predictions:
        was = before[p.name]
        if np.std(p.values) < 0.8 * np.std(was.values):
            rows.append({"title": f"{p.title} / {p.unit}", "prior": _band(was), "posterior": _band(p)})
    told = [
        (prior_title(name), float(np.sqrt(calibration.covariance[k, k])), float(calibration.mean[k]))
        for k, name in enumerate(calibration.names)
    ]
    told.sort(key=lambda item: item[1])
    strongest = ", ".join(f"{title} ({u:.2f})" for title, u, _ in told[:5])
    far = [title for title, _, z in told if abs(z) > 2.5]
    words = (
        "Posterior over the priors of the links by the measured half cell. Most told (standard deviation "
        f"after, 1 before): {strongest}. Misfit {calibration.misfit:.2g} times the noise"
        + (
            f", the posterior widened by {calibration.noise_scale**0.5:.2g}"
            if calibration.noise_scale > 1
            else ""
        )
        + "."
    )
    if far:
        words += f" Beyond 2.5 standard deviations of their priors: {', '.join(far)}:"
        words += " the links fit this powder badly there."
    return {"words": words, "rows": rows}


def _band(p: Any) -> str:
    low, high = p.interval()
    return f"{p.values[0]:.4g} ({low:.3g} to {high:.3g})"


def calibration_json(calibration: Calibration) -> dict[str, Any]:
    """The posterior in results.json: stored with the material."""
    return {
        "unknowns": list(calibration.names),
        "mean": calibration.mean.tolist(),
        "covariance": calibration.covariance.tolist(),
        "misfit": calibration.misfit,
        "noise_scale": calibration.noise_scale,
        "section": calibration_section(calibration)["rows"],
    }
