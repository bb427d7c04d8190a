"""Exothermic peak in air: Kissinger's closed form, simulated round trips, gates, real files."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from negatrode.core.errors import InputError, MissingInput, Refusal
from negatrode.core.estimate import Estimate, Outcome
from negatrode.core.provenance import Source, Stated
from negatrode.core.recording import Block, Column, Recording, Sheet
from negatrode.core.settings import Settings
from negatrode.files.blob import Blob, load
from negatrode.files.registry import read_blob
from negatrode.techniques.technique import Evaluation, estimate
from negatrode.techniques.thermal import kissinger
from negatrode.techniques.thermal.atmosphere import require_oxygen
from negatrode.techniques.thermal.figure import ThermalFigure
from negatrode.techniques.thermal.peaks import lower_hull
from negatrode.techniques.thermal.simulate import (
    Burn,
    Instrument,
    Simulated,
    netzsch_text,
    plain_text,
    simulate_dta,
    true_peaks,
)
from negatrode.techniques.thermal.technique import PROPERTY, TECHNIQUE

CLEAN = Instrument(offset=0.0, lag=0.5, noise=0.002, drift=(0.0, 0.0), step=0.0)
ONE = [Burn(600.0)]
TWO = [Burn(420.0, share=0.4), Burn(640.0)]


def simulated(burns: list[Burn] | None = None, **options: object) -> Simulated:
    """A run with little noise, the same each time."""
    options.setdefault("instrument", CLEAN)
    return simulate_dta(burns or ONE, np.random.default_rng(3), **options)


def recording(run: Simulated, *, drop: tuple[str, ...] = (), **stated: str | float) -> Recording:
    """A file as a reader returns it, without the columns of ``drop``."""
    units = {"time": "s", "temperature": "degC", "dta": "uV", "mass": "mg"}
    columns = tuple(Column(n, u, getattr(run, n)) for n, u in units.items() if n not in drop)
    known = {
        k: Stated(v, "" if isinstance(v, str) else "K/min", "header")
        for k, v in {"atmosphere": "air", "direction": "exo-up", **stated}.items()
        if v
    }
    return Recording(
        "thermal", "test", Source("dta.csv", "ab" * 32), (Block("measurement", columns),), settings=known
    )


def evaluate(*recordings: Recording, **given: object) -> tuple[Evaluation, Settings]:
    """All recipes on the recordings."""
    settings = Settings("thermal", TECHNIQUE.keys, given)
    return TECHNIQUE.evaluate(list(recordings), settings), settings


def measured(*recordings: Recording, recipe: str | None = None, **given: object) -> Estimate:
    """The estimate of the peak under one recipe."""
    evaluation, settings = evaluate(*recordings, **given)
    return estimate(TECHNIQUE, evaluation, PROPERTY, recordings=recordings, settings=settings, recipe=recipe)


def codes(found: Estimate) -> set[str]:
    """The codes of the findings."""
    return {f.code for f in found.findings}


def test_kissinger_is_solved() -> None:
    """ln(beta/T^2) + E/(R T) is the same before and after, and the conversion undoes itself."""
    found = kissinger.convert(650.0, 20.0, 150.0)

    def level(celsius: float, rate: float) -> float:
        kelvin = celsius + 273.15
        return math.log(rate / kelvin**2) + 150.0 / (8.314462618e-3 * kelvin)

    assert level(found, 10.0) == pytest.approx(level(650.0, 20.0), abs=1e-10)
    assert kissinger.convert(found, 10.0, 150.0, to=20.0) == pytest.approx(650.0, abs=1e-8)
    assert kissinger.convert(650.0, 10.0, 150.0) == pytest.approx(650.0, abs=1e-8)


def test_kissinger_slope_is_the_derivative() -> None:
    """dTp/dln(beta) is the limit of small conversions."""
    small = 1e-5
    moved = kissinger.convert(650.0, 10.0 * math.exp(-small), 150.0) - 650.0
    assert moved / small == pytest.approx(kissinger.per_log_rate(650.0, 150.0), rel=1e-4)


def test_simulated_first_order_peaks_where_kissinger_says() -> None:
    """The simulator's own truth: at 10 K/min the peak stands where the rate constant was set."""
    assert true_peaks([Burn(600.0)])[0] == pytest.approx(600.0, abs=0.1)


@pytest.mark.parametrize("order", [1.0, 2.0 / 3.0])
@pytest.mark.parametrize("rate", [5.0, 10.0, 20.0])
def test_round_trip(rate: float, order: float) -> None:
    """The peak at 10 K/min comes back within 1 K from runs at 5, 10 and 20 K/min."""
    burns = [Burn(600.0, order=order)]
    found = measured(recording(simulated(burns, rate=rate)))
    assert found.value == pytest.approx(true_peaks(burns)[0], abs=1.0)
    assert ("converted" in codes(found)) == (rate != 10.0)
    keys = {c.key for c in found.components}
    assert ("thermal:activation-energy" in keys) == (rate != 10.0)


@pytest.mark.parametrize("write", [plain_text, netzsch_text])
@pytest.mark.parametrize("down", [False, True])
def test_texts_and_directions(write, down: bool) -> None:
    """Both text formats, exotherms up or down as the header says, give the same peak."""
    recorded = read_blob(Blob("dta.txt", write(simulated(TWO), down=down).encode()))
    found = measured(recorded)
    assert found.value == pytest.approx(true_peaks(TWO)[-1], abs=1.0)


def test_user_overrules_direction() -> None:
    """A signal turned over is right with direction exo-down, and refused or elsewhere without."""
    run = simulated()
    turned = Simulated(run.time, run.temperature, -run.dta, run.mass)
    right = measured(recording(turned), direction="exo-down")
    assert right.value == pytest.approx(600.0, abs=1.0)
    with pytest.raises(Refusal):
        measured(recording(turned))


def test_recipes_choose_among_peaks() -> None:
    """Burn-off is the hottest peak, first the coolest, largest the highest; all are listed."""
    burns = [Burn(380.0, share=2.0), Burn(640.0)]
    truth = true_peaks(burns)
    run = recording(simulated(burns))
    found = measured(run)
    assert found.value == pytest.approx(truth[1], abs=1.5)
    assert measured(run, recipe="first").value == pytest.approx(truth[0], abs=1.0)
    assert measured(run, recipe="largest").value == pytest.approx(truth[0], abs=1.0)
    assert "burn-off-not-largest" in codes(found)
    assert {a.recipe: a.admissible for a in found.alternatives} == {
        "first": True,
        "largest": True,
        "dtg": False,
    }


def test_dtg_is_shown_not_used() -> None:
    """The fastest mass loss has a value, a reason against it, and a warning where asked for."""
    found = measured(recording(simulated()), recipe="dtg")
    assert found.value == pytest.approx(600.0, abs=1.5)
    assert not found.outcome.admissible
    assert found.outcome.why_not
    assert "inadmissible-recipe" in codes(found)


def test_mass_alone_is_refused_for_heat() -> None:
    """TGA without a heat signal: refused by the thermal recipes, given by dtg; direction is not asked."""
    run = recording(simulated(), drop=("dta",), direction="")
    with pytest.raises(Refusal):
        measured(run)
    assert measured(run, recipe="dtg").value == pytest.approx(600.0, abs=1.5)


@pytest.mark.parametrize(
    "gas", ["argon", "nitrogen", "helium", "vacuum", "N2", "CO2", "oxygen-free nitrogen"]
)
def test_inert_gas_is_refused_by_name(gas: str) -> None:
    """Without oxygen there is no burn-off, and the refusal names the gas."""
    with pytest.raises(Refusal) as caught:
        evaluate(recording(simulated(), atmosphere=gas))
    assert gas in caught.value.found


@pytest.mark.parametrize(
    ("gas", "code"),
    [
        ("air", None), ("dry air", None), ("Synthetic Air", None), ("O2/N2 21/79", None), ("21 % O2", None),
        ("oxygen", "not-air"), ("5 % O2 in N2", "not-air"), ("air + nitrogen", "diluted-air"), ("Luft", None),
        ("20% O2 in Ar", None),
    ],
)  # fmt: skip
def test_gases_with_oxygen_pass(gas: str, code: str | None) -> None:
    """Air in any wording passes; oxygen and thinned air pass with a warning."""
    assert [f.code for f in require_oxygen(gas, "")] == ([code] if code else [])


@pytest.mark.parametrize("name", ["atmosphere", "direction"])
def test_unknown_is_asked_for(name: str) -> None:
    """What no file can know is asked for by its key."""
    with pytest.raises(MissingInput) as caught:
        evaluate(recording(simulated(), **{name: ""}))
    assert caught.value.key == f"thermal.{name}"


def test_rate_without_time_is_asked_for() -> None:
    """Without a time column the rate is asked for, and used for the conversion."""
    run = simulated(rate=20.0)
    with pytest.raises(MissingInput) as caught:
        evaluate(recording(run, drop=("time",)))
    assert caught.value.key == "thermal.heating_rate"
    found = measured(recording(run, drop=("time",)), heating_rate="20 K/min")
    assert found.value == pytest.approx(600.0, abs=1.0)


def test_stated_rate_must_hold() -> None:
    """A stated rate that time and temperature contradict is refused with both numbers."""
    with pytest.raises(Refusal) as caught:
        measured(recording(simulated(rate=20.0)), heating_rate="10 K/min")
    assert "20" in caught.value.found
    assert "10" in caught.value.found


@pytest.mark.parametrize("rate", ["0 K/min", "500 K/min"])
def test_impossible_rate_is_refused(rate: str) -> None:
    """Rates outside 0.5 to 100 K/min are no DTA."""
    with pytest.raises(Refusal):
        evaluate(recording(simulated(), drop=("time",)), heating_rate=rate)


def test_activation_energy_is_used() -> None:
    """A given energy enters the conversion, and its spread the uncertainty."""
    run = recording(simulated([Burn(600.0, energy=180.0)], rate=20.0))
    found = measured(run, activation_energy="180 kJ/mol")
    assert found.value == pytest.approx(600.0, abs=1.0)
    assert measured(run).value < found.value - 3.0
    part = next(c for c in found.components if c.key == "thermal:activation-energy")
    up, down = (kissinger.convert(622.0, 20.0, 180.0 * s) for s in (1.1, 0.9))
    assert part.u == pytest.approx(0.5 * (up - down), rel=0.1)


def test_temperature_scale_is_the_repeatability() -> None:
    """3 K of repeatability dominate a clean run, and it is said that laboratories differ more."""
    found = measured(recording(simulated()))
    assert found.standard_uncertainty == pytest.approx(3.0, abs=0.3)
    assert "repeatability-only" in codes(found)


def test_record_that_ends_too_early_is_refused() -> None:
    """A record that stops on either flank of the last peak does not show it."""
    for end in (560.0, 640.0):
        with pytest.raises(Refusal) as caught:
            measured(recording(simulated(span=(30.0, end))))
        assert f"{end:.0f}" in caught.value.found


def test_no_peak_is_refused() -> None:
    """Noise over a curved drift is no peak."""
    flat = Instrument(noise=0.01, drift=(0.3, -0.25), step=0.0)
    with pytest.raises(Refusal):
        measured(recording(simulated([Burn(600.0, share=1e-9)], instrument=flat)))


@pytest.mark.parametrize("noise", [0.01, 0.03])
def test_noise_and_drift_are_within_the_uncertainty(noise: float) -> None:
    """Drift, a step and noise move the top by less than three standard uncertainties without the scale."""
    made = Instrument(lag=1.0, noise=noise, drift=(0.15, -0.1), step=0.08)
    found = measured(recording(simulated(instrument=made)))
    inner = math.sqrt(sum(c.u**2 for c in found.components if not c.key.endswith("temperature-scale")))
    assert abs(found.value - 600.0) < 3.0 * max(inner, 0.5)


def test_a_deep_endotherm_does_not_tilt_the_baseline() -> None:
    """An endothermic dip before the burn-off leaves its peak where it is."""
    run = simulated()
    dip = 120.0 * np.exp(-0.5 * ((run.temperature - 350.0) / 12.0) ** 2)
    found = measured(recording(Simulated(run.time, run.temperature, run.dta - dip, run.mass)))
    assert found.value == pytest.approx(600.0, abs=1.5)


def test_spike_is_no_peak() -> None:
    """A single wild point is not taken for an exotherm."""
    run = simulated()
    dta = run.dta.copy()
    dta[800] += 500.0
    found = measured(recording(Simulated(run.time, run.temperature, dta, run.mass)))
    assert found.value == pytest.approx(600.0, abs=1.0)


def test_cooling_is_cut_off_and_a_second_heating_refused() -> None:
    """The heating alone is analysed; two heatings in one record are not one run."""
    run = simulated()
    rising, steps = run.temperature, np.diff(run.time, append=run.time[-1] + 6.0)

    def joined(*parts: np.ndarray) -> Simulated:
        temperature = np.concatenate(parts)
        dta = np.resize(np.concatenate((run.dta, np.zeros(len(run.dta)))), len(temperature))
        return Simulated(np.arange(len(temperature)) * steps[0], temperature, dta, dta)

    found = measured(recording(joined(rising, rising[::-1]), drop=("mass",)))
    assert found.value == pytest.approx(600.0, abs=1.0)
    with pytest.raises(Refusal):
        evaluate(recording(joined(rising, rising[::-1], rising + 1.0), drop=("mass",)))


def test_combustion_calorimetry_is_refused() -> None:
    """MCC burns pyrolysis gases: its peak is another property."""
    plain = recording(simulated())
    marked = Recording(
        plain.kind, plain.format, plain.source, plain.blocks, settings=plain.settings,
        metadata={"instrument": "FTT Micro-scale Combustion Calorimeter MCC"},
    )  # fmt: skip
    with pytest.raises(Refusal) as caught:
        evaluate(marked)
    assert "MCC" in caught.value.found or "combustion" in caught.value.found.lower()


def test_repeats_are_averaged() -> None:
    """Two runs of different files: the mean, and the repeatability over the root of two."""
    one, two = recording(simulated([Burn(596.0)])), recording(simulated([Burn(604.0)]))
    other = Recording(two.kind, two.format, Source("b.csv", "cd" * 32), two.blocks, settings=two.settings)
    found = measured(one, other)
    assert found.value == pytest.approx(600.0, abs=1.0)
    assert found.standard_uncertainty == pytest.approx(3.0 / math.sqrt(2.0), abs=0.3)
    assert "repeats" in codes(found)


def test_files_of_heat_and_mass_apart() -> None:
    """DTA and TG in two files: each recipe takes the file that holds its channel."""
    run = simulated()
    heat, tga = recording(run, drop=("mass",)), recording(run, drop=("dta",))
    assert measured(heat, tga).value == pytest.approx(600.0, abs=1.0)
    assert measured(heat, tga, recipe="dtg").value == pytest.approx(600.0, abs=1.5)


def test_no_recording_is_refused() -> None:
    """Nothing to evaluate is said, not guessed."""
    with pytest.raises(Refusal):
        evaluate()


def test_table_with_named_columns() -> None:
    """A table without a header is read with ``columns``, its units converted."""
    run = simulated()
    rows = tuple(
        (float(t) / 60.0, float(x) + 273.15, float(y))
        for t, x, y in zip(run.time, run.temperature, run.dta, strict=True)
    )
    table = Recording("table", "test", Source("t.csv", "ef" * 32), sheets=(Sheet("t", rows),))
    given = {"atmosphere": "air", "direction": "exo-up"}
    with pytest.raises(MissingInput) as caught:
        evaluate(table, **given)
    assert caught.value.key == "thermal.columns"
    found = measured(table, columns="time [min], temperature [K], dta [uV]", **given)
    assert found.value == pytest.approx(600.0, abs=1.0)
    with pytest.raises(MissingInput):
        evaluate(table, columns="time, temperature [K], dta [uV]", **given)


def test_wrong_words_are_input_errors() -> None:
    """A direction outside the list and an unknown key are refused."""
    with pytest.raises(InputError):
        evaluate(recording(simulated()), direction="up")
    with pytest.raises(InputError):
        Settings("thermal", TECHNIQUE.keys, {"gas": "air"})


def test_figure_holds_the_run() -> None:
    """The figure's arrays match, its peaks carry the recipes, exotherms point up."""
    evaluation, _ = evaluate(recording(simulated(TWO)))
    figure = evaluation.figure
    assert isinstance(figure, ThermalFigure)
    assert len(figure.temperature) == len(figure.signal) == len(figure.baseline)
    assert len(figure.mass) == len(figure.mass_temperature) > 0
    assert [p.recipes for p in figure.peaks] == [("first",), ("burn-off", "largest")]
    assert all(p.height > 0.0 for p in figure.peaks)


def test_hull_lies_below_and_touches() -> None:
    """The baseline nowhere exceeds the signal and is convex."""
    y = np.random.default_rng(1).normal(size=200).cumsum()
    hull = lower_hull(y)
    assert np.all(hull <= y + 1e-12)
    assert np.all(np.diff(hull, 2) >= -1e-9)
    assert hull[0] == y[0]
    assert hull[-1] == y[-1]


def test_ten_thousand_points() -> None:
    """A log of every 92 mK leaves the temperature where it is."""
    run = recording(simulated(spacing=0.092))
    assert len(run.blocks[0].column("time").values) > 10_000
    found, _ = evaluate(run)
    outcome = found.outcomes[PROPERTY]["burn-off"]
    assert isinstance(outcome, Outcome)
    assert outcome.value == pytest.approx(600.0, abs=1.0)


def test_real_dsc_in_air(shared_data: Path) -> None:
    """PMMA in air, endotherms up: the exotherm behind the decomposition, near 385 degC."""
    run = read_blob(load(shared_data / "thermal" / "TIFP_DSC_O2-21_10K_1.csv"))
    with pytest.raises(MissingInput) as caught:
        evaluate(run, atmosphere="air")
    assert caught.value.key == "thermal.direction"
    found = measured(run, atmosphere="air", direction="exo-down")
    column = run.blocks[0].column
    lowest = column("temperature").values[np.argmin(column("heat_flow").values)]
    assert found.value == pytest.approx(lowest, abs=1.5)


def test_real_tga_is_refused_for_heat(shared_data: Path) -> None:
    """Wood in air by TGA: no heat signal, but a fastest mass loss."""
    run = read_blob(load(shared_data / "thermal" / "UMET_Wood_TGA_O2-21_10K_R1.csv"))
    with pytest.raises(Refusal):
        measured(run, atmosphere="air")
    assert 300.0 < measured(run, atmosphere="air", recipe="dtg").value < 360.0


@pytest.mark.parametrize(
    ("name", "gas"),
    [
        ("01_Messung_Probe_G_300_Grad_Ar.ngb-ds3", "argon"),
        ("Red_Oak_STA_10K_250731_R7.ngb-ss3", "nitrogen"),
    ],
)
def test_real_inert_runs_are_refused(shared_data: Path, name: str, gas: str) -> None:
    """NETZSCH files measured in inert gas are refused for that gas."""
    with pytest.raises(Refusal) as caught:
        evaluate(read_blob(load(shared_data / "thermal" / name)))
    assert gas in caught.value.found
