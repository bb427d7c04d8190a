"""The technique `xrd`: d002 and Lc(002) of the broad 002 band under every recipe at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError, NegatrodeError, Refusal
from negatrode.core.estimate import Component, Finding, Outcome
from negatrode.core.recording import Recording
from negatrode.core.settings import Settings
from negatrode.techniques.diffraction import band, lines
from negatrode.techniques.diffraction.corrections import carbon_form_factor, lorentz_polarisation
from negatrode.techniques.diffraction.figure import DiffractionFigure
from negatrode.techniques.diffraction.profile_fit import BandFit, fit_band
from negatrode.techniques.diffraction.recipes import KEYS, RECIPES
from negatrode.techniques.diffraction.scan import FEET_D, Scan, angle, choose_scans, stretch
from negatrode.techniques.diffraction.zero import Zero, find_zero
from negatrode.techniques.technique import Evaluation, Technique

Array = NDArray[np.float64]

# angles below are for Cu K-alpha; each is multiplied by stretch(wavelength)
COPIES = 48  # noise copies of the scan
FOOT_REACH = 0.5  # deg, points averaged at each foot
FOOT_CHOICE = 0.6  # deg, standard deviation of where people put a foot
SMOOTH = 1.2  # deg
SCHERRER_K = 0.9
REPEAT_LC = 0.05  # between preparations: 5 %, recalled (default measurement uncertainties of the field)
LEAST_SIGNAL = 8.0  # net height of the band over its own noise
# net height over background at the top; the ratio of Liu, Dahn et al. (Carbon 34, 1996, 193) is 1 plus this
LEAST_RISE = 0.2
BAND_WIDTH = (1.0, 16.0)  # deg at half height; narrower is crystalline, wider is no band


@dataclass(frozen=True, eq=False)
class _Part:
    """The scan between the feet: angles corrected for the zero error, masked lines bridged."""

    x: Array
    y: Array
    noise: Array
    feet: tuple[float, float]
    scale: float
    modulations: Mapping[str, Array]


def evaluate(recordings: Sequence[Recording], settings: Settings) -> Evaluation:
    """Every recipe of d002 and lc002.

    Raises MissingInput for an unknown wavelength, Refusal where the scan does not cover the band, holds
    no broad band, or is dominated by sharp lines.
    """
    scan, others = choose_scans(recordings, settings)
    if others and not _has_band(scan) and (found := next((s for s in others if _has_band(s)), None)):
        others = [scan, *(s for s in others if s is not found)]
        scan = found
    mine = settings.with_stated(scan.recording.settings)
    zero = find_zero(scan, others, mine)
    mono = mine.optional_word("monochromator")
    x = scan.two_theta - zero.offset
    sharp, mask, _ = lines.sharp_lines(x, scan.intensity, stretch(scan.wavelength))
    intensity = scan.intensity
    if zero.line is not None:
        # the core of the line is masked; its tails, which reach under the band, are subtracted
        intensity = intensity - zero.line.curve(scan.two_theta)
        mask = _without_silicon(x, intensity, zero.line, stretch(scan.wavelength))
    clean = lines.bridged(x, intensity, mask)
    part = _part(x, clean, scan.wavelength, monochromator=mono == "yes")
    shapes = _shapes(part, _copies(part, zero))
    _gate(part, shapes["raw"], sharp, scan)
    fit = _fit(part, np.interp(part.x, x, mask.astype(float)) > 0.0, scan.wavelength)
    moved = _moved(x, clean, scan.wavelength, mono == "yes")
    bare = None if isinstance(fit, NegatrodeError) else _bare(part, fit)
    budget = _Budget(scan, zero, shapes, moved, bare, _instrument_width(mine))
    outcomes = {
        "d002": _positions(budget, fit),
        "lc002": _widths(budget, fit),
    }
    findings = (*zero.findings, *_findings(scan, part, sharp, mono, mine))
    figure = _figure(scan, x, part, mask, fit, outcomes["d002"], zero)
    return Evaluation(outcomes, {"": tuple(findings)}, figure)


def _without_silicon(x: Array, intensity: Array, line: lines.SiliconLine, scale: float) -> NDArray[np.bool_]:
    """The mask of sharp lines once the silicon line is subtracted: its core, and what else is sharp."""
    core: NDArray[np.bool_] = np.abs(x - line.expected) <= 2.0 * line.width
    filled = lines.bridged(x, intensity, core)
    return core | lines.sharp_lines(x, filled, scale)[1]


def _has_band(scan: Scan) -> bool:
    try:
        x = scan.two_theta
        _, mask, _ = lines.sharp_lines(x, scan.intensity, stretch(scan.wavelength))
        part = _part(x, lines.bridged(x, scan.intensity, mask), scan.wavelength, monochromator=False)
        raw = _shapes(part, part.y[None, :])["raw"]
    except NegatrodeError:
        return False
    return bool(raw.width[0] > BAND_WIDTH[0] * part.scale and raw.height[0] > 0.1 * float(np.median(part.y)))


def _part(
    x: Array,
    y: Array,
    wavelength: float,
    *,
    monochromator: bool,
    shift: Sequence[float] = (0, 0),
) -> _Part:
    feet = tuple(
        float(np.clip(angle(d, wavelength) + move, x[0], x[-1]))
        for d, move in zip(FEET_D, shift, strict=True)
    )
    scale = stretch(wavelength)
    inside = (x >= feet[0] - FOOT_REACH * scale) & (x <= feet[1] + FOOT_REACH * scale)
    xs, ys = x[inside], y[inside]
    if np.ptp(ys) == 0.0:
        raise Refusal("the counts are all equal", rule="a band rises above its background")
    smooth = band.smoothed(xs, ys[None, :], SMOOTH * scale)[0]
    phi = lines.noise_factor(ys, smooth)
    noise = np.sqrt(phi * np.maximum(smooth, 1e-6 * float(np.max(np.abs(ys)))))
    lp = lorentz_polarisation(xs, wavelength=wavelength, monochromator=monochromator)
    f2 = carbon_form_factor(xs, wavelength=wavelength) ** 2
    middle = len(xs) // 2
    modulations = {"raw": np.ones_like(xs), "lp": lp / lp[middle], "lpf2": lp * f2 / (lp * f2)[middle]}
    return _Part(xs, ys, noise, (feet[0], feet[1]), scale, modulations)


def _copies(part: _Part, zero: Zero) -> Array:
    """The scan itself first, then COPIES with fresh noise (a seed of their own: the result is repeatable).

    Where a silicon line was subtracted, each copy has another line of the fit's covariance subtracted.
    """
    rng = np.random.default_rng(20)
    noisy = part.y + part.noise * rng.standard_normal((COPIES, len(part.x)))
    if zero.line is not None:
        away = np.abs(part.x - zero.line.expected) > 2.0 * zero.line.width
        noisy += np.where(away, lines.redrawn(zero.line, part.x + zero.offset, rng, COPIES), 0.0)
    return np.concatenate([part.y[None, :], noisy])


def _shapes(part: _Part, curves: Array, *, line: bool = True) -> dict[str, band.Shape]:
    """Shape of the net band, raw and divided by each modulation."""
    net = curves - band.straight_line(part.x, curves, part.feet, FOOT_REACH * part.scale) if line else curves
    inside = (part.x >= part.feet[0]) & (part.x <= part.feet[1])
    found = {}
    for name, modulation in part.modulations.items():
        divided = net / modulation
        smooth = band.smoothed(part.x, divided, SMOOTH * part.scale)
        found[name] = band.shape(part.x[inside], divided[:, inside], smooth[:, inside])
    return found


def _instrument_width(settings: Settings) -> float | None:
    width = settings.optional_quantity("instrument_width")
    if width is not None and width < 0.0:
        raise InputError(
            f"an instrument width of {width:g} deg", where="xrd.instrument_width", rule="0 or more"
        )
    return width


def _bare(part: _Part, fit: BandFit) -> Bare:
    """The shapes on the scan without the fitted background: under the recipe's straight line, and without."""
    net = (part.y - fit.background)[None, :]
    return Bare(_shapes(part, net), _shapes(part, net, line=False))


def _moved(
    x: Array, y: Array, wavelength: float, mono: bool
) -> list[tuple[str, dict[str, band.Shape], dict[str, band.Shape]]]:
    """The shapes with each foot moved down and up by FOOT_CHOICE, as far as the scan goes."""
    moved = []
    for name, direction in (("low-angle foot", (1.0, 0.0)), ("high-angle foot", (0.0, 1.0))):
        pair = []
        for sign in (-FOOT_CHOICE, FOOT_CHOICE):
            shift = [sign * stretch(wavelength) * k for k in direction]
            other = _part(x, y, wavelength, monochromator=mono, shift=shift)
            pair.append(_shapes(other, other.y[None, :]))
        moved.append((name, pair[0], pair[1]))
    return moved


def _gate(part: _Part, raw: band.Shape, sharp: Sequence[lines.Line], scan: Scan) -> None:
    height, spread = float(raw.height[0]), float(np.std(raw.height[1:]))
    where = scan.recording.source.path
    others = [
        s for s in sharp if part.feet[0] < s.two_theta < part.feet[1] and not _is_silicon(s, scan.wavelength)
    ]
    strongest = max((s.height for s in others), default=0.0)
    if strongest > 2.0 * max(height, 0.0) or len(others) > 6:
        places = ", ".join(f"{s.two_theta:.2f}" for s in others[:6])
        raise Refusal(
            f"{len(others)} sharp lines between the feet (2 theta {places} deg)",
            where=where,
            rule="sharp lines of crystals dominate: this is no pattern of a non-graphitic carbon",
            remedy="Measure the powder without crystalline admixture",
        )
    line = band.straight_line(part.x, part.y[None, :], part.feet, FOOT_REACH * part.scale)[0]
    under = float(np.interp(raw.top[0], part.x, line))
    if not height > LEAST_SIGNAL * spread or height < LEAST_RISE * under:
        raise Refusal(
            f"a net height of {height:.3g} over a background of {under:.3g} with a noise of {spread:.2g}",
            where=where,
            rule="no 002 band stands out of the background",
            remedy="Count longer, or check that the scan is of the carbon",
        )
    width, place = float(raw.width[0]), float(raw.top[0])
    narrow, wide = (w * part.scale for w in BAND_WIDTH)
    if not narrow < width < wide:
        raise Refusal(
            f"a band {width:.2g} deg wide at half height",
            where=where,
            rule=f"the 002 band of a non-graphitic carbon is {narrow:.2g} to {wide:.3g} deg wide",
        )
    d = _bragg(place, scan.wavelength)
    if not 0.33 < d < 0.43:
        raise Refusal(
            f"the band's top lies at d = {d:.3f} nm", where=where, rule="002 lies within 0.33 to 0.43 nm"
        )


def _is_silicon(line: lines.Line, wavelength: float) -> bool:
    return abs(line.two_theta - angle(float(lines.SILICON_D111), wavelength)) < 0.4


def _fit(part: _Part, masked: NDArray[np.bool_], wavelength: float) -> BandFit | NegatrodeError:
    # masked points hold a bridge, not data: they keep their place and lose their weight
    variance = np.where(masked, 1e8, 1.0) * part.noise**2
    try:
        return fit_band(part.x, part.y, variance, part.modulations["lpf2"], wavelength)
    except NegatrodeError as error:
        return error


def _bragg(two_theta: float, wavelength: float) -> float:
    """d = lambda / (2 sin theta)."""
    return wavelength / (2.0 * math.sin(math.radians(two_theta) / 2.0))


def _scherrer(width: float, two_theta: float, wavelength: float) -> float:
    """L = K lambda / (beta cos theta), beta in radians of 2 theta."""
    return SCHERRER_K * wavelength / (math.radians(width) * math.cos(math.radians(two_theta) / 2.0))


POSITIONS = {
    "house": ("raw", "centroid"),
    "half-height": ("raw", "upper_centroid"),
    "peak-top": ("raw", "top"),
    "lp-centroid": ("lp", "upper_centroid"),
    "lp-f2": ("lpf2", "upper_centroid"),
    "jis-r7651": ("lpf2", "middle"),
}
WIDTHS = {
    "house": ("raw", "width"),
    "lp-centroid": ("lp", "width"),
    "lp-f2": ("lpf2", "width"),
    "jis-r7651": ("lpf2", "width"),
    "integral-breadth": ("raw", "breadth"),
}
NO_INTERNAL = "the method has silicon mixed into the sample; none was declared or found"


@dataclass(frozen=True, eq=False)
class Bare:
    """Shapes of the band alone as the fit sees it, with the recipe's straight line and without one."""

    lined: Mapping[str, band.Shape]
    free: Mapping[str, band.Shape]


@dataclass(frozen=True, eq=False)
class _Budget:
    """What the uncertainties of d002 and Lc are made of."""

    scan: Scan
    zero: Zero
    shapes: Mapping[str, band.Shape]
    moved: Sequence[tuple[str, dict[str, band.Shape], dict[str, band.Shape]]]
    bare: Bare | None
    instrument_width: float | None

    @property
    def key(self) -> str:
        return self.scan.recording.source.sha256[:12]

    def values(self, curve: str, name: str) -> Array:
        """The quantity of the scan itself, then of its noise copies."""
        found: Array = getattr(self.shapes[curve], name)
        return found

    def feet(self, curve: str, name: str, slope: float) -> list[Component]:
        """Choice of the feet: normal with FOOT_CHOICE, from the scan with each foot moved down and up."""
        found = []
        here = float(self.values(curve, name)[0])
        for place, low, high in self.moved:
            down = float(getattr(low[curve], name)[0]) - here
            up = float(getattr(high[curve], name)[0]) - here
            # the root mean square of both sides holds the curvature, which their difference loses
            change = math.copysign(math.sqrt(0.5 * (down**2 + up**2)), up - down)
            found.append(Component(f"choice of the {place}", slope * change, f"{self.key}:{place}"))
        return [*found, *self.background(curve, name, slope)]

    def background(self, curve: str, name: str, slope: float) -> list[Component]:
        """A straight line under a background that is not: the change when the fitted one is removed first.

        A corrected intensity is meant to give the crystals' own spacing and size, so there the straight
        line, which cuts the band's tails, counts as well; it is part of what an uncorrected recipe defines.
        """
        if self.bare is None:
            return []
        other = (self.bare.free if curve == "lpf2" else self.bare.lined)[curve]
        change = float(getattr(other, name)[0]) - float(self.values(curve, name)[0])
        if curve != "lpf2":
            change /= math.sqrt(3.0)  # anywhere between the two readings (GUM 4.3.7)
        return [Component("straight line for the background", slope * change, f"{self.key}:background")]

    def line_width(self) -> tuple[float, float]:
        """The instrument's width (deg) and its standard uncertainty."""
        if self.instrument_width is not None:
            return self.instrument_width, 0.1 * self.instrument_width
        if self.zero.width is not None:
            return self.zero.width, 0.1 * self.zero.width
        # laboratory diffractometers have 0.05 to 0.2 deg; on a band degrees wide this hardly counts
        return 0.12, 0.05


def _positions(budget: _Budget, fit: BandFit | NegatrodeError) -> dict[str, Outcome | NegatrodeError]:
    found: dict[str, Outcome | NegatrodeError] = {}
    for recipe, (curve, name) in POSITIONS.items():
        places = budget.values(curve, name)
        if not np.all(np.isfinite(places)) or not 1.0 < places[0] < 170.0:
            found[recipe] = Refusal("the band has no such position", rule="its net area is positive")
            continue
        d, slope = _spacing(float(places[0]), budget.scan.wavelength)
        counting = abs(slope) * float(np.std(places[1:], ddof=1))
        components = (
            Component("counting statistics", counting, f"{budget.key}:counts"),
            *budget.feet(curve, name, slope),
            _displacement(budget, slope),
        )
        found[recipe] = _named(recipe, Outcome(d, components), budget)
    found["fit"] = fit if isinstance(fit, NegatrodeError) else _fitted_spacing(budget, fit)
    return found


def _named(recipe: str, outcome: Outcome, budget: _Budget) -> Outcome:
    if recipe == "jis-r7651" and budget.zero.kind != "internal-si":
        return Outcome(outcome.value, outcome.components, admissible=False, why_not=NO_INTERNAL)
    return outcome


def _spacing(two_theta: float, wavelength: float) -> tuple[float, float]:
    """d and its slope against 2 theta (nm per deg)."""
    d = _bragg(two_theta, wavelength)
    return d, -d / math.tan(math.radians(two_theta) / 2.0) * math.radians(1.0) / 2.0


def _displacement(budget: _Budget, slope: float) -> Component:
    return Component(budget.zero.source, slope * budget.zero.u, budget.zero.key)


def _fitted_spacing(budget: _Budget, fit: BandFit) -> Outcome:
    d = 1.0 / fit.s
    place = 2.0 * math.degrees(math.asin(min(budget.scan.wavelength * fit.s / 2.0, 1.0)))
    slope = _spacing(place, budget.scan.wavelength)[1]
    error = Component("counting statistics (fit)", d * d * fit.s_error, f"{budget.key}:counts-fit")
    return Outcome(d, (error, _displacement(budget, slope)))


def _widths(budget: _Budget, fit: BandFit | NegatrodeError) -> dict[str, Outcome | NegatrodeError]:
    found: dict[str, Outcome | NegatrodeError] = {}
    for recipe, (curve, name) in WIDTHS.items():
        widths, tops = budget.values(curve, name), budget.values(curve, "top")
        found[recipe] = _size(budget, recipe, curve, name, widths, float(tops[0]))
    if isinstance(fit, NegatrodeError):
        found["fit"] = fit
    else:
        # 1/L of a width in s: the Scherrer equation, since d(s)/d(2 theta) = cos(theta)/lambda
        size = SCHERRER_K / fit.width
        relative = fit.width_error / fit.width
        counting = Component("counting statistics (fit)", size * relative, f"{budget.key}:counts-fit")
        found["fit"] = Outcome(size, (counting, _repeat(budget, size)), log_scale=True)
    return found


def _repeat(budget: _Budget, size: float) -> Component:
    return Component(
        "repeat of preparation and width, 5 % (recalled)", REPEAT_LC * size, f"{budget.key}:repeat-lc"
    )


def _size(
    budget: _Budget, recipe: str, curve: str, name: str, widths: Array, top: float
) -> Outcome | NegatrodeError:
    line, u_line = budget.line_width()
    width = float(widths[0])
    if not np.all(np.isfinite(widths)) or width <= 1.2 * line:
        return Refusal(f"a width of {width:.3g} deg", rule=f"it must exceed the instrument's {line:.2g} deg")
    pure = math.sqrt(width**2 - line**2)
    size = _scherrer(pure, top, budget.scan.wavelength)
    slope = -size * width / pure**2  # dL/d(width)
    components = (
        Component(
            "counting statistics",
            abs(slope) * float(np.std(widths[1:], ddof=1)),
            f"{budget.key}:counts-width",
        ),
        *budget.feet(curve, name, slope),
        Component(
            "width of the instrument's line", size * line * u_line / pure**2, f"{budget.key}:line-width"
        ),
        _repeat(budget, size),
    )
    return _named(recipe, Outcome(size, components, log_scale=True), budget)


def _findings(
    scan: Scan, part: _Part, sharp: Sequence[lines.Line], mono: str | None, settings: Settings
) -> list[Finding]:
    found = []
    reached = [angle(d, scan.wavelength) for d in FEET_D]
    if part.feet[0] > reached[0] + 0.01 or part.feet[1] < reached[1] - 0.01:
        text = f"the scan ends at {part.feet[0]:.2f} and {part.feet[1]:.2f} deg, inside the feet of the band"
        found.append(Finding("short-scan", text, warning=True))
    foreign = [
        s for s in sharp if not _is_silicon(s, scan.wavelength) and part.feet[0] < s.two_theta < part.feet[1]
    ]
    if foreign:
        places = ", ".join(
            f"{s.two_theta:.2f} deg (d {_bragg(s.two_theta, scan.wavelength):.4f} nm)" for s in foreign
        )
        text = f"sharp lines of a holder, graphite or an impurity were left out: {places}"
        found.append(Finding("sharp-lines", text, warning=True))
    if "ka2_ratio" in scan.recording.settings and "wavelength" not in settings.given:
        text = "K-alpha1 and K-alpha2 are not resolved in so broad a band: their weighted mean was used"
        found.append(Finding("k-alpha-mean", text))
    if mono is None:
        text = "no monochromator is stated: polarisation was taken without one (lp recipes, about 0.0002 nm)"
        found.append(Finding("no-monochromator-stated", text))
    return found


def _figure(
    scan: Scan,
    x: Array,
    part: _Part,
    mask: NDArray[np.bool_],
    fit: BandFit | NegatrodeError,
    positions: Mapping[str, Outcome | NegatrodeError],
    zero: Zero,
) -> DiffractionFigure:
    line = band.straight_line(part.x, part.y[None, :], part.feet, FOOT_REACH * part.scale)[0]
    fitted = np.full(len(x), np.nan)
    start = int(np.searchsorted(x, part.x[0]))
    if isinstance(fit, BandFit):
        fitted[start : start + len(part.x)] = fit.curve
    slope = (line[-1] - line[0]) / (part.x[-1] - part.x[0])
    marks = {
        name: (angle(o.value, scan.wavelength), o.value)
        for name, o in positions.items()
        if isinstance(o, Outcome) and o.value is not None
    }
    return DiffractionFigure(
        path=scan.recording.source.path,
        wavelength=scan.wavelength,
        two_theta=x,
        intensity=scan.intensity,
        background=line[0] + slope * (x - part.x[0]),
        fitted=fitted,
        masked=mask,
        window=part.feet,
        marks=marks,
        zero=zero.offset,
    )


TECHNIQUE = Technique(
    name="diffraction",
    section="xrd",
    title="X-ray diffraction",
    kinds=("diffraction", "table"),
    recipes=RECIPES,
    keys=KEYS,
    evaluate=evaluate,
)
