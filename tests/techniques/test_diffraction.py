"""d002 and Lc: closed forms, simulated powders, standards, gates and refusals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from negatrode.core.errors import InputError, MissingInput, NegatrodeError, Refusal
from negatrode.core.estimate import Estimate, Outcome
from negatrode.core.provenance import Source, Stated
from negatrode.core.recording import Block, Column, Recording, Sheet
from negatrode.core.settings import Settings
from negatrode.files.blob import Blob
from negatrode.files.readers import xrdml
from negatrode.files.registry import read
from negatrode.techniques.diffraction import band, lines
from negatrode.techniques.diffraction import technique as xrd
from negatrode.techniques.diffraction.corrections import carbon_form_factor, lorentz_polarisation
from negatrode.techniques.diffraction.profile_fit import pseudo_voigt
from negatrode.techniques.diffraction.scan import angle
from negatrode.techniques.diffraction.simulate import (
    CU_MEAN,
    Carbon,
    ideal_pattern,
    silicon_pattern,
    simulate_pattern,
    xrdml_text,
)
from negatrode.techniques.diffraction.technique import TECHNIQUE
from negatrode.techniques.technique import Evaluation, estimate

CU = {"wavelength": Stated(CU_MEAN, "nm", "file")}
X = np.arange(10.0, 60.001, 0.05)


def recording(
    x: object, y: object, *, stated: Mapping[str, Stated] = CU, name: str = "scan.xy", mark: str = "ab"
) -> Recording:
    """A scan as a reader returns it."""
    columns = (
        Column("two_theta", "deg", np.asarray(x, dtype=float)),
        Column("intensity", "counts", np.asarray(y, dtype=float)),
    )
    block = Block("scan", columns, {})
    return Recording("diffraction", "test", Source(name, mark * 32), (block,), settings=stated)


def evaluated(*recordings: Recording, **given: object) -> Evaluation:
    """All recipes on the recordings."""
    return TECHNIQUE.evaluate(list(recordings), Settings("xrd", TECHNIQUE.keys, given))


def outcome(evaluation: Evaluation, prop: str, recipe: str) -> Outcome:
    """What one recipe gives; its refusal is raised."""
    found = evaluation.outcomes[prop][recipe]
    if isinstance(found, NegatrodeError):
        raise found
    return found


def value(evaluation: Evaluation, prop: str, recipe: str) -> float:
    """The number of one recipe."""
    number = outcome(evaluation, prop, recipe).value
    assert number is not None
    return number


def codes(evaluation: Evaluation) -> set[str]:
    """The codes of the findings that hold for both properties."""
    return {f.code for f in evaluation.findings[""]}


def clean(carbon: Carbon, x: np.ndarray = X, *, scale: float = 100.0) -> Recording:
    """The expected counts of a long measurement, without noise."""
    stated = {"wavelength": Stated(carbon.wavelength, "nm", "file")}
    return recording(x, scale * ideal_pattern(x, carbon), stated=stated)


# ---------------------------------------------------------------- closed forms


@pytest.mark.parametrize(
    ("wavelength", "d", "two_theta"),
    [
        (0.15406, 0.15406 / math.sqrt(2.0), 90.0),
        (0.2, 0.2, 60.0),
        (0.0711, 0.0711, 60.0),
        (0.15406, 0.3354, 26.5548),
    ],
)
def test_bragg_both_ways(wavelength: float, d: float, two_theta: float) -> None:
    """lambda = 2 d sin(theta): sin 30 deg = 1/2, sin 45 deg = 1/sqrt 2; graphite with Cu K-alpha1."""
    assert angle(d, wavelength) == pytest.approx(two_theta, abs=1e-4)
    assert xrd._bragg(two_theta, wavelength) == pytest.approx(d, rel=5e-6)


def test_a_wavelength_too_long_for_the_spacing_is_refused() -> None:
    """lambda > 2 d has no angle."""
    with pytest.raises(Refusal):
        angle(0.1, 0.25)


def test_the_slope_of_bragg_is_its_derivative() -> None:
    """d(d)/d(2 theta) by a central difference."""
    d, slope = xrd._spacing(23.0, CU_MEAN)
    step = 1e-4
    numeric = (xrd._bragg(23.0 + step, CU_MEAN) - xrd._bragg(23.0 - step, CU_MEAN)) / (2 * step)
    assert d == pytest.approx(xrd._bragg(23.0, CU_MEAN))
    assert slope == pytest.approx(numeric, rel=1e-6)


def test_scherrer_by_hand() -> None:
    """K lambda / (beta cos theta): 0.9 x 0.15 nm / (0.1 x cos 60 deg) = 2.7 nm."""
    assert xrd._scherrer(math.degrees(0.1), 120.0, 0.15) == pytest.approx(2.7, rel=1e-12)


@pytest.mark.parametrize(
    ("two_theta", "factor"),
    # (1 + cos^2 2t) / (sin^2 t cos t): 1/(0.5 x 0.70711); 1.25/(0.25 x 0.866025); 1.25/(0.75 x 0.5)
    [(90.0, 2.828427), (60.0, 5.773503), (120.0, 3.333333)],
)
def test_lorentz_polarisation_by_hand(two_theta: float, factor: float) -> None:
    """Without a monochromator."""
    found = lorentz_polarisation(np.array([two_theta]), wavelength=0.15406, monochromator=False)
    assert found[0] == pytest.approx(factor, rel=1e-6)


def test_a_monochromator_changes_the_polarisation_only() -> None:
    """At 2 theta = 90 deg its cosine vanishes: the factor is 2/(1 + A) times as large."""
    plain = lorentz_polarisation(np.array([90.0]), wavelength=0.15406, monochromator=False)[0]
    behind = lorentz_polarisation(np.array([90.0]), wavelength=0.15406, monochromator=True)[0]
    share = math.cos(math.radians(26.5548)) ** 2
    assert behind / plain == pytest.approx(2.0 / (1.0 + share), rel=1e-5)


def test_the_form_factor_of_carbon_starts_at_six_electrons_and_falls() -> None:
    """f(0) = Z; the four-Gaussian sum of the International Tables C gives 3.560 at s = 0.2 per angstrom."""
    place = math.degrees(2.0 * math.asin(0.2 * 1.54187))
    found = carbon_form_factor(np.array([1e-3, place]), wavelength=0.154187)
    assert found[0] == pytest.approx(6.0, abs=0.01)
    assert found[1] == pytest.approx(3.560, abs=0.006)


def test_a_pseudo_voigt_has_half_its_height_at_half_its_width() -> None:
    """Whatever its Lorentzian share, at both sides."""
    for eta in (0.0, 0.3, 1.0):
        np.testing.assert_allclose(
            pseudo_voigt(np.array([2.0, 2.3, 2.6]), 2.3, 0.6, eta), [0.5, 1.0, 0.5], rtol=1e-12
        )


def test_a_gaussian_band_on_a_straight_line() -> None:
    """Centroid, top, width 2.3548 sigma and breadth sqrt(2 pi) sigma come back to 2 in 1000."""
    x = np.arange(10.0, 36.0, 0.02)
    sigma, centre = 2.0, 23.0
    y = 50.0 + 3.0 * x + 1000.0 * np.exp(-((x - centre) ** 2) / (2 * sigma**2))
    net = y[None, :] - band.straight_line(x, y[None, :], (11.0, 35.0), 0.3)
    found = band.shape(x, net, net)
    for place in (found.centroid, found.upper_centroid, found.top, found.middle):
        assert place[0] == pytest.approx(centre, abs=2e-3)
    assert found.width[0] == pytest.approx(2.0 * math.sqrt(2.0 * math.log(2.0)) * sigma, rel=2e-3)
    assert found.breadth[0] == pytest.approx(math.sqrt(2.0 * math.pi) * sigma, rel=2e-3)
    assert found.height[0] == pytest.approx(1000.0, rel=2e-3)


def test_a_lopsided_triangle_has_its_centroid_at_the_third_of_its_corners() -> None:
    """Corners 18, 22, 29: centroid 23; the chord at the share f of the height is 11 (1 - f) wide.

    The top is that of a cubic, which rounds the corner off: f is half of what it finds.
    """
    x = np.arange(16.0, 31.0, 0.005)
    net = np.interp(x, [18.0, 22.0, 29.0], [0.0, 100.0, 0.0])[None, :]
    found = band.shape(x, net, net)
    assert found.centroid[0] == pytest.approx(23.0, abs=1e-3)
    share = 0.5 * found.height[0] / 100.0
    assert share == pytest.approx(0.5, abs=0.02)
    assert found.width[0] == pytest.approx(11.0 * (1.0 - share), rel=1e-3)
    assert found.middle[0] == pytest.approx(23.5 - 1.5 * share, abs=1e-3)
    assert found.breadth[0] * found.height[0] == pytest.approx(550.0, rel=1e-3)


def test_the_noise_factor_of_poisson_counts_is_one() -> None:
    """And k for counts that were multiplied by k."""
    rng = np.random.default_rng(3)
    level = np.linspace(300.0, 500.0, 20_000)
    counts = rng.poisson(level).astype(float)
    assert lines.noise_factor(counts, level) == pytest.approx(1.0, abs=0.05)
    assert lines.noise_factor(7.0 * counts, 7.0 * level) == pytest.approx(7.0, rel=0.05)


def test_a_gap_is_bridged_along_the_curve_of_a_flank() -> None:
    """A cubic comes back exactly whatever stood in the gap; at the end of a scan a mean does."""
    x = np.arange(10.0, 30.0, 0.05)
    curve = 2000.0 + 30.0 * (x - 20.0) - 4.0 * (x - 20.0) ** 2 + 0.7 * (x - 20.0) ** 3
    mask = (np.abs(x - 24.0) < 0.9) | (np.abs(x - 15.0) < 0.4)
    np.testing.assert_allclose(lines.bridged(x, np.where(mask, 1e6, curve), mask), curve, rtol=1e-9)
    end = x > 29.0
    filled = lines.bridged(x, np.where(end, 1e6, 300.0), end)
    np.testing.assert_allclose(filled, 300.0)


# ---------------------------------------------------------------- simulated powders


@pytest.mark.parametrize(("d002", "lc"), [(0.36, 2.0), (0.38, 1.4), (0.39, 1.1), (0.37, 3.0)])
def test_the_fit_recovers_the_model(d002: float, lc: float) -> None:
    """Without noise: d002 within 0.0005 nm, Lc within 3 %."""
    found = evaluated(clean(Carbon(d002=d002, lc=lc)))
    assert value(found, "d002", "fit") == pytest.approx(d002, abs=5e-4)
    assert value(found, "lc002", "fit") == pytest.approx(lc, rel=0.03)


def test_the_recipes_differ_as_their_corrections_do() -> None:
    """Lorentz-polarisation lifts low angles, so that uncorrected positions give a larger d."""
    found = evaluated(clean(Carbon(d002=0.38, lc=1.2, rise=0.0)))
    raw, lp, f2 = (value(found, "d002", name) for name in ("half-height", "lp-centroid", "lp-f2"))
    assert raw > lp > f2


def test_molybdenum_radiation_gives_the_same_spacing() -> None:
    """0.0711 nm: the band lies at half the angle, d002 and Lc stay."""
    carbon = Carbon(d002=0.375, lc=1.5, wavelength=0.0711)
    x = np.arange(5.0, 30.0, 0.02)
    found = evaluated(clean(carbon, x))
    assert value(found, "d002", "fit") == pytest.approx(0.375, abs=1e-3)
    assert value(found, "lc002", "fit") == pytest.approx(1.5, rel=0.06)


def test_the_same_scan_gives_the_same_numbers() -> None:
    """The noise copies have a seed of their own."""
    angles, counts = simulate_pattern(Carbon(), np.random.default_rng(1))
    first, second = (evaluated(recording(angles, counts)) for _ in range(2))
    for prop in ("d002", "lc002"):
        a, b = (outcome(e, prop, "house") for e in (first, second))
        assert a.value == b.value
        assert [c.u for c in a.components] == [c.u for c in b.components]


def test_fewer_counts_mean_more_uncertainty_from_counting() -> None:
    """A hundredth of the counts: ten times the component, within the scatter of 48 copies."""
    parts = []
    for scale in (1.0, 100.0):
        carbon = Carbon(peak=400.0 * scale, rise=100.0 * scale, flat=40.0 * scale)
        angles, counts = simulate_pattern(carbon, np.random.default_rng(5))
        found = outcome(evaluated(recording(angles, counts)), "d002", "half-height")
        parts.append(next(c.u for c in found.components if c.key.endswith(":counts")))
    assert parts[0] / parts[1] == pytest.approx(10.0, rel=0.4)


def test_through_the_text_of_an_instrument() -> None:
    """simulate, XRDML, reader, estimate: the truth lies within the stated interval of the fit."""
    carbon = Carbon(d002=0.382, lc=1.3, wavelength=(2 * 0.1540598 + 0.1544426) / 3.0)
    angles, counts = simulate_pattern(carbon, np.random.default_rng(11))
    found = xrdml.read(Blob("a.xrdml", xrdml_text(angles, counts).encode()))
    settings = Settings("xrd", TECHNIQUE.keys, {})
    evaluation = TECHNIQUE.evaluate([found], settings)
    got = estimate(TECHNIQUE, evaluation, "d002", recordings=[found], settings=settings, recipe="fit")
    assert isinstance(got, Estimate)
    assert got.outcome.value == pytest.approx(0.382, abs=3.0 * sum(abs(c.u) for c in got.outcome.components))
    assert "k-alpha-mean" in codes(evaluation)


# ---------------------------------------------------------------- the error of the angle


def test_silicon_in_the_sample_removes_a_shift() -> None:
    """0.2 deg of displacement is worth 0.003 nm; with Si (111) less than a tenth of it is left."""
    rng = np.random.default_rng(2)
    true = Carbon(d002=0.38, peak=40_000.0, silicon=80_000.0)
    shifted = Carbon(**{**true.__dict__, "shift": 0.2})
    places = []
    for carbon in (true, shifted):
        angles, counts = simulate_pattern(carbon, rng, step=0.02)
        found = evaluated(recording(angles, counts), standard="internal-si")
        assert "silicon-standard" in codes(found)
        places.append(value(found, "d002", "fit"))
    assert places[1] == pytest.approx(places[0], abs=3e-4)
    assert places[1] == pytest.approx(0.38, abs=1e-3)


def test_silicon_beside_the_sample_removes_a_shift() -> None:
    """The standard's own scan on the same instrument, given as a second file."""
    rng = np.random.default_rng(3)
    carbon = Carbon(d002=0.37, peak=40_000.0, shift=0.2)
    sample = recording(*simulate_pattern(carbon, rng))
    standard = recording(*silicon_pattern(carbon, rng), name="si.xy", mark="cd")
    found = evaluated(sample, standard, standard="external-si")
    assert value(found, "d002", "fit") == pytest.approx(0.37, abs=5e-4)
    bare = evaluated(sample, standard="none")
    assert value(bare, "d002", "fit") < 0.3685


def test_a_declared_zero_offset_is_subtracted() -> None:
    """Measured minus true, with its sign."""
    found = evaluated(clean(Carbon(d002=0.38, shift=-0.15)), zero_offset="-0.15 deg")
    assert value(found, "d002", "fit") == pytest.approx(0.38, abs=5e-4)
    assert "zero-declared" in codes(found)


def test_without_a_standard_the_angle_is_less_certain_and_says_so() -> None:
    """0.1 deg instead of what the silicon line leaves."""
    rng = np.random.default_rng(4)
    bare = evaluated(recording(*simulate_pattern(Carbon(), rng)))
    angles, counts = simulate_pattern(Carbon(silicon=8000.0), rng, step=0.02)
    checked = evaluated(recording(angles, counts))
    assert "no-standard" in codes(bare)
    u_bare, u_checked = (
        next(abs(c.u) for c in outcome(e, "d002", "house").components if c.key.endswith(":angle"))
        for e in (bare, checked)
    )
    assert u_bare > 5.0 * u_checked


def test_a_declared_silicon_line_that_is_missing_is_a_refusal() -> None:
    """Inside the sample and, with no second scan, beside it."""
    for standard in ("internal-si", "external-si"):
        with pytest.raises(Refusal) as caught:
            evaluated(clean(Carbon()), standard=standard)
        assert caught.value.remedy


def test_jis_needs_silicon_in_the_sample() -> None:
    """Inadmissible without, admissible with it."""
    without = outcome(evaluated(clean(Carbon())), "d002", "jis-r7651")
    assert not without.admissible
    assert without.why_not
    angles, counts = simulate_pattern(Carbon(silicon=8000.0), np.random.default_rng(6), step=0.02)
    assert outcome(evaluated(recording(angles, counts)), "d002", "jis-r7651").admissible


# ---------------------------------------------------------------- gates


def test_an_unknown_wavelength_is_asked_for_by_its_key() -> None:
    """There is no default, not even copper."""
    with pytest.raises(MissingInput) as caught:
        evaluated(recording(X, ideal_pattern(X, Carbon()), stated={}))
    assert caught.value.key == "xrd.wavelength"


def test_a_given_wavelength_wins_over_the_files() -> None:
    """With its unit, nm or angstrom."""
    scan = clean(Carbon(d002=0.38))
    nm = value(evaluated(scan, wavelength="0.154187 nm"), "d002", "fit")
    angstrom = value(evaluated(scan, wavelength="1.54187 angstrom"), "d002", "fit")
    assert nm == pytest.approx(angstrom, rel=1e-9)
    assert nm == pytest.approx(0.38, abs=5e-4)


def test_a_wavelength_that_no_tube_emits_is_an_input_error() -> None:
    """Neutrons and misplaced decimal points."""
    with pytest.raises(InputError) as caught:
        evaluated(clean(Carbon()), wavelength="1.54 nm")
    assert "wavelength" in caught.value.where


@pytest.mark.parametrize(("low", "high"), [(30.0, 60.0), (10.0, 22.0), (21.0, 27.0)])
def test_a_scan_that_does_not_cover_the_band_is_refused(low: float, high: float) -> None:
    """Too late, too short, without its feet."""
    x = X[(low <= X) & (high >= X)]
    with pytest.raises(Refusal) as caught:
        evaluated(clean(Carbon(), x))
    assert caught.value.rule
    assert caught.value.remedy


def test_a_scan_that_ends_inside_the_feet_is_measured_with_a_warning() -> None:
    """From 17.8 deg on the band is there, its low foot is not."""
    found = evaluated(clean(Carbon(), X[X >= 17.6]))
    assert "short-scan" in codes(found)


@pytest.mark.parametrize(
    "counts",
    [
        np.full(len(X), 500.0),
        np.zeros(len(X)),
        np.random.default_rng(7).poisson(500.0, len(X)).astype(float),
        2000.0 - 20.0 * X,
    ],
    ids=["flat", "zero", "noise", "slope"],
)
def test_counts_without_a_band_are_refused(counts: np.ndarray) -> None:
    """Nothing rises above the background."""
    with pytest.raises(Refusal) as caught:
        evaluated(recording(X, counts))
    assert caught.value.rule


def test_a_crystalline_powder_is_refused() -> None:
    """Sharp lines between the feet and no band."""
    x = np.arange(10.0, 60.0, 0.02)
    y = np.full(len(x), 200.0)
    for place, height in ((20.8, 3000.0), (26.6, 20_000.0), (25.3, 5000.0), (30.1, 4000.0)):
        y += height / (1.0 + 4.0 * ((x - place) / 0.12) ** 2)
    with pytest.raises(Refusal) as caught:
        evaluated(recording(x, np.random.default_rng(8).poisson(y).astype(float)))
    assert caught.value.rule


def test_a_line_of_graphite_on_the_band_is_left_out_and_reported() -> None:
    """At 26.5 deg; d002 of the band stays within 0.0005 nm of that without the line."""
    x = np.arange(10.0, 60.0, 0.02)
    y = ideal_pattern(x, Carbon(d002=0.38, peak=8000.0))
    sharp = 3000.0 / (1.0 + 4.0 * ((x - 26.55) / 0.2) ** 2)
    rng = np.random.default_rng(9)
    plain = evaluated(recording(x, rng.poisson(y).astype(float)))
    spiked = evaluated(recording(x, rng.poisson(y + sharp).astype(float)))
    assert "sharp-lines" in codes(spiked)
    assert "sharp-lines" not in codes(plain)
    for recipe in ("house", "fit"):
        assert value(spiked, "d002", recipe) == pytest.approx(value(plain, "d002", recipe), abs=5e-4)
    assert spiked.figure.masked[np.abs(x - 26.55) < 0.1].all()


def test_a_table_is_a_scan_once_its_columns_are_named() -> None:
    """Without the key it is asked for; with wrong names it is an input error."""
    y = 100.0 * ideal_pattern(X, Carbon(d002=0.38))
    rows = tuple((float(a), float(b)) for a, b in zip(X, y, strict=True))
    table = Recording("table", "test", Source("a.csv", "ef" * 32), sheets=(Sheet("a", rows),))
    with pytest.raises(MissingInput) as caught:
        evaluated(table, wavelength="0.154187 nm")
    assert caught.value.key == "xrd.columns"
    with pytest.raises(InputError):
        evaluated(table, wavelength="0.154187 nm", columns="two_theta [deg], loading [mmol/g]")
    found = evaluated(table, wavelength="0.154187 nm", columns="two_theta [deg], intensity [counts]")
    assert value(found, "d002", "fit") == pytest.approx(0.38, abs=5e-4)


def test_the_scan_is_chosen_by_its_number() -> None:
    """From 1; a number beyond the files is an input error."""
    both = (clean(Carbon(d002=0.36)), clean(Carbon(d002=0.39)))
    assert value(evaluated(*both, scan="2"), "d002", "fit") == pytest.approx(0.39, abs=5e-4)
    with pytest.raises(InputError):
        evaluated(*both, scan="3")


def test_real_files_without_a_carbon_band_are_refused(shared_data: Path) -> None:
    """Oxides, quartz, a synchrotron scan: none holds a broad 002 band; the scan's wavelength is given."""
    places = sorted((shared_data / "xrd").iterdir())
    assert len(places) >= 8
    for place in places:
        found = read(place)
        given = {} if "wavelength" in found.settings else {"wavelength": "0.154187 nm"}
        with pytest.raises(Refusal) as caught:
            evaluated(found, **given)
        assert caught.value.rule, place.name
