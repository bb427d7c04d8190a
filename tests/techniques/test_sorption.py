"""The BET area: closed forms, instruments' own answers, gates and refusals."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from negatrode.core.errors import MissingInput, Refusal, UnitError
from negatrode.core.provenance import Source, Stated
from negatrode.core.recording import Block, Column, Recording, Sheet
from negatrode.core.settings import Settings
from negatrode.techniques.sorption import bet
from negatrode.techniques.sorption.isotherm import isotherm_of, normalised_adsorptive
from negatrode.techniques.sorption.simulate import (
    InstrumentErrors,
    Powder,
    aif_text,
    belsorp_csv,
    n_layer_bet,
    plain_csv,
    simulate_isotherm,
)
from negatrode.techniques.sorption.technique import AREA, TECHNIQUE
from negatrode.techniques.technique import Evaluation, estimate

N2_77 = {"adsorptive": Stated("Nitrogen", "", "file"), "temperature": Stated(77.35, "K", "file")}
X = np.concatenate([np.geomspace(1e-3, 0.04, 6), np.linspace(0.05, 0.35, 13)])


def recording(
    x, v, unit="cm3(STP)/g", *, stated=N2_77, pressure=("relative_pressure", "1"), facts=None, **more
):
    """An isotherm as a reader returns it."""
    name, pressure_unit = pressure
    columns = (
        Column(name, pressure_unit, np.asarray(x, float)),
        Column("loading", unit, np.asarray(v, float)),
    )
    blocks = [Block("adsorption", columns, facts or {})]
    return Recording("isotherm", "test", Source("iso.txt", "ab" * 32), tuple(blocks), settings=stated, **more)


def evaluate(*recordings: Recording, **given: object) -> tuple[Evaluation, Settings]:
    """All recipes on the recordings."""
    settings = Settings("sorption", TECHNIQUE.keys, given)
    return TECHNIQUE.evaluate(list(recordings), settings), settings


def outcome(recipe: str, *recordings: Recording, **given: object):
    """What one recipe gives."""
    return evaluate(*recordings, **given)[0].outcomes[AREA][recipe]


def bet_volume(x, v_m=10.0, c=100.0):
    """Amounts of the BET equation in cm3(STP)/g."""
    return v_m * c * x / ((1 - x) * (1 + (c - 1) * x))


@pytest.mark.parametrize("recipe", ["rouquerol", "iso9277"])
@pytest.mark.parametrize("c", [30.0, 100.0, 300.0])
def test_exact_bet_data_give_the_area_exactly(recipe: str, c: float) -> None:
    """On data of the BET equation the multi-point recipes return v_m N_A a to 1e-9."""
    found = outcome(recipe, recording(X, bet_volume(X, 10.0, c)))
    exact = 10.0 * 101325e-6 / (8.314462618 * 273.15) * 6.02214076e23 * 0.162e-18
    assert found.value == pytest.approx(exact, rel=1e-9)
    assert found.admissible


def test_one_point_reads_low_by_the_closed_form() -> None:
    """S = 4.35 v(1-x) equals v_m C x/(1+(C-1)x) 4.35, and its bias component covers what is missing."""
    x = 0.3
    found = outcome("one-point", recording(X, bet_volume(X)))
    assert found.value == pytest.approx(4.35 * 10.0 * 100 * x / (1 + 99 * x), rel=1e-9)
    bias = next(c for c in found.components if c.key.endswith("one-point"))
    assert bias.u == pytest.approx(43.5 - found.value, rel=0.03)


def test_line_of_exact_data_returns_v_m_and_c() -> None:
    """The BET line gives v_m and C of the equation, r = 1 and no scatter."""
    line = bet.fit_line(X, bet_volume(X, 3.0, 80.0), 2, 12)
    assert line is not None
    assert (line.monolayer, line.c) == pytest.approx((3.0, 80.0), rel=1e-9)
    assert line.correlation == pytest.approx(1.0, abs=1e-12)
    assert line.u_monolayer < 1e-9


def test_n_layer_bet_tends_to_bet() -> None:
    """The n-layer equation is the BET equation for many layers and the Langmuir equation for one."""
    assert n_layer_bet(X, 100.0, 400.0) == pytest.approx(n_layer_bet(X, 100.0, np.inf), rel=1e-12)
    assert n_layer_bet(X, 100.0, 1.0) == pytest.approx(100 * X / (1 + 100 * X), rel=1e-9)


def test_windows_meet_every_criterion() -> None:
    """Every admissible window rises, has C > 0, holds its monolayer and agrees with 1/(sqrt C + 1)."""
    x = np.concatenate([np.geomspace(1e-4, 0.04, 12), np.linspace(0.05, 0.6, 20)])
    v = 10.0 * n_layer_bet(x, 120.0, 4.0)
    windows = bet.admissible_windows(x, v)
    assert len(windows) > 20
    for w in windows:
        curve = bet.rouquerol_curve(x, v)[w.line.first : w.line.last + 1]
        assert np.all(np.diff(curve) > 0)
        assert w.line.c > 0
        assert w.low <= w.monolayer_pressure <= w.high
        assert w.line.points >= 5
    chosen = bet.choose(windows, x)
    assert chosen.line.last == max(w.line.last for w in windows)


def test_rouquerol_maximum_is_the_first_rise_not_condensation() -> None:
    """A later rise of v(1-x) by condensation in mesopores does not move the end of the BET range."""
    x = np.linspace(0.01, 0.5, 50)
    v = 10.0 * n_layer_bet(x, 120.0, 3.0) + 100.0 / (1 + np.exp(-(x - 0.45) / 0.005))
    assert x[bet.maximum_of_curve(x, v)] < 0.42


@pytest.mark.parametrize(
    ("unit", "factor", "given"),
    [
        ("cm3(STP)/g", 1.0, {}),
        ("mmol/g", 1 / 22.413969, {}),
        ("mol/g", 1e-3 / 22.413969, {}),
        ("mol/kg", 1 / 22.413969, {}),
        ("g/g", 28.0134e-3 / 22.413969, {}),
        ("mg/g", 28.0134 / 22.413969, {}),
        ("cm3(STP)", 0.25, {"mass": "0.25 g"}),
        ("mmol", 0.25 / 22.413969, {"mass": "250 mg"}),
    ],
)
def test_units_of_loading(unit: str, factor: float, given: dict[str, str]) -> None:
    """The same gas in every unit gives the same area."""
    found = outcome("rouquerol", recording(X, bet_volume(X) * factor, unit), **given)
    assert found.value == pytest.approx(43.526, rel=2e-5)


def test_pressures_with_saturation_pressure() -> None:
    """Absolute pressures over the p0 given make p/p0."""
    found = outcome(
        "rouquerol",
        recording(X * 760.0, bet_volume(X), pressure=("pressure", "mmHg")),
        saturation_pressure="101.325 kPa",
    )
    assert found.value == pytest.approx(43.526, rel=1e-5)


def test_pressures_without_saturation_pressure_are_asked_for() -> None:
    """Without p0 and with a bath in whole kelvins the key of p0 is asked for."""
    stated = {**N2_77, "temperature": Stated(77.0, "K", "file")}
    with pytest.raises(MissingInput) as error:
        evaluate(recording(X * 100, bet_volume(X), pressure=("pressure", "kPa"), stated=stated))
    assert error.value.key == "sorption.saturation_pressure"


def test_saturation_pressure_by_the_bath_is_said() -> None:
    """With a bath stated to a tenth of a kelvin p0 is its vapour pressure, said and 1 % uncertain."""
    stated = {**N2_77, "temperature": Stated(77.355, "K", "file")}
    one = recording(X * 101.325, bet_volume(X), pressure=("pressure", "kPa"), stated=stated)
    evaluation, settings = evaluate(one)
    assert evaluation.outcomes[AREA]["rouquerol"].value == pytest.approx(43.526, rel=1e-3)
    assert "nominal-p0" in {f.code for f in evaluation.findings[AREA]}
    assert settings.used["saturation_pressure"].value == pytest.approx(101.325, rel=1e-3)


@pytest.mark.parametrize("key", ["adsorptive", "temperature"])
def test_gas_and_bath_are_asked_for(key: str) -> None:
    """Neither the gas nor the bath has a default."""
    stated = {k: v for k, v in N2_77.items() if k != key}
    with pytest.raises(MissingInput) as error:
        evaluate(recording(X, bet_volume(X), stated=stated))
    assert error.value.key == f"sorption.{key}"


@pytest.mark.parametrize("gas", ["cyclohexane", "argon", "CO2", "krypton", "Ar", "Kr"])
def test_other_gases_are_refused_by_name(gas: str) -> None:
    """Anything but nitrogen is refused, and the refusal names it."""
    with pytest.raises(Refusal) as error:
        evaluate(recording(X, bet_volume(X), stated={**N2_77, "adsorptive": Stated(gas, "", "file")}))
    assert normalised_adsorptive(gas) in error.value.found
    assert normalised_adsorptive(gas) != "N2"


@pytest.mark.parametrize(
    "word", ["N2", "n2", "Nitrogen", "nitrogen", "Nitrogen @ 77 K", "NITROGEN (N2)", "N₂"]
)
def test_spellings_of_nitrogen(word: str) -> None:
    """Nitrogen is nitrogen however it is spelled."""
    assert normalised_adsorptive(word) == "N2"


@pytest.mark.parametrize("bath", ["273 K", "87.3 K", "298 K", "25 degC"])
def test_other_baths_are_refused(bath: str) -> None:
    """Nitrogen at another temperature is refused."""
    with pytest.raises(Refusal):
        evaluate(recording(X, bet_volume(X)), temperature=bath)


def test_cyclohexane_file_is_refused(shared_data) -> None:
    """The real cyclohexane isotherm, a bare table, asks for its gas and is refused once it is known."""
    text = (shared_data / "sorption" / "beatmap_vulcan_chex.csv").read_text("utf-8-sig")
    rows = tuple(tuple(float(c) for c in line.split(",")) for line in text.splitlines() if line.strip())
    table = Recording("table", "csv", Source("chex.csv", "cd" * 32), sheets=(Sheet("chex", rows),))
    columns = "relative_pressure [1], loading [mol/g]"
    with pytest.raises(MissingInput) as error:
        evaluate(table, columns=columns)
    assert error.value.key == "sorption.adsorptive"
    with pytest.raises(Refusal):
        evaluate(table, columns=columns, adsorptive="cyclohexane", temperature="298 K")


def _belsorp_xls(path) -> Recording:
    from python_calamine import CalamineWorkbook

    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    points = [r for r in rows if isinstance(r[0], float) and isinstance(r[5], float)][:21]
    facts = {"printed_points": Stated("3-9", "", "BET"), "printed_area": Stated(790.62, "m2/g", "BET")}
    return recording([r[5] for r in points], [r[6] for r in points], facts=facts)


def test_the_instruments_answer_is_reproduced(shared_data) -> None:
    """BELSORP printed 790.62 m2/g, v_m 181.65, C 11950 from points 3-9."""
    one = _belsorp_xls(shared_data / "sorption" / "BET.xls")
    found = outcome("instrument", one)
    assert found.value == pytest.approx(790.62, rel=5e-4)
    iso = isotherm_of(one, Settings("sorption", TECHNIQUE.keys).with_stated(one.settings))
    line = bet.fit_line(iso.pressure, iso.loading, 2, 8)
    assert line is not None
    assert (line.monolayer, line.c) == pytest.approx((181.65, 11950.0), rel=1e-3)
    assert "printed-area" in {f.code for f in found.findings}


def test_microporous_sample_is_flagged_and_the_fixed_range_inadmissible(shared_data) -> None:
    """On UiO-66 the fixed range has C < 0: not admissible; rouquerol is, and the micropores are said."""
    evaluation, _ = evaluate(_belsorp_xls(shared_data / "sorption" / "BET.xls"))
    outcomes = evaluation.outcomes[AREA]
    assert not outcomes["iso9277"].admissible
    assert outcomes["rouquerol"].admissible
    assert "microporous" in {f.code for f in evaluation.findings[AREA]}


@pytest.mark.parametrize(("name", "area"), [("SiO2", 210.4), ("Takeda_5A", 1109.8)])
def test_pygaps_answers(shared_data, name: str, area: float) -> None:
    """On the isotherms of pyGAPS the Rouquerol recipe agrees with its code within 1 %."""
    whole = json.loads((shared_data / "sorption" / f"pygaps_{name}_N2_77K.json").read_text("utf-8"))
    x, v = zip(*[(p["pressure"], p["loading"]) for p in whole["isotherm_data"]], strict=True)
    one = recording(x, v, "mmol/g", pressure=("pressure", "bar"))
    evaluation, _ = evaluate(one, saturation_pressure="101.325 kPa")
    found = evaluation.outcomes[AREA]["rouquerol"]
    assert found.value == pytest.approx(area, rel=0.01)
    figure = evaluation.figure
    assert min(w.area for w in figure.windows) <= found.value <= max(w.area for w in figure.windows)
    assert len(figure.desorption_pressure) > 5


def test_instrument_recipe_needs_printed_points() -> None:
    """Without a printed range the recipe says that there is none."""
    assert isinstance(outcome("instrument", recording(X, bet_volume(X))), Refusal)


def test_too_few_points_are_refused() -> None:
    """Two points carry no BET line."""
    with pytest.raises(Refusal):
        evaluate(recording([0.1, 0.2], [10.0, 12.0]))


def test_falling_pressure_is_refused() -> None:
    """A pressure that falls in the middle of the adsorption branch is refused."""
    x = X.copy()
    x[10], x[11] = x[12], x[9]
    with pytest.raises(Refusal):
        evaluate(recording(x, bet_volume(X)))


def test_desorption_after_adsorption_is_split_off() -> None:
    """Points after the highest pressure count as desorption and do not enter the line."""
    x = np.concatenate([X, X[::-1][1:]])
    evaluation, _ = evaluate(recording(x, np.concatenate([bet_volume(X), 2 * bet_volume(X)[::-1][1:]])))
    assert evaluation.outcomes[AREA]["rouquerol"].value == pytest.approx(43.526, rel=1e-5)
    assert len(evaluation.figure.desorption_pressure) == len(X) - 1


@pytest.mark.parametrize("unit", ["cm3/g", "K", "m2/g"])
def test_wrong_units_of_loading(unit: str) -> None:
    """A volume without STP may be a liquid's: it is refused like any unit that is no amount."""
    with pytest.raises(UnitError):
        evaluate(recording(X, bet_volume(X), unit))


def test_loading_without_unit_is_asked_for() -> None:
    """A column without a unit asks for loading_unit; the whole sample's gas asks for the mass."""
    with pytest.raises(MissingInput) as error:
        evaluate(recording(X, bet_volume(X), ""))
    assert error.value.key == "sorption.loading_unit"
    with pytest.raises(MissingInput) as error:
        evaluate(recording(X, bet_volume(X), "cm3(STP)"))
    assert error.value.key == "sorption.mass"


def test_cross_section_is_a_finding_and_can_be_given() -> None:
    """0.162 nm2 is stated as a convention; another one scales the area."""
    evaluation, settings = evaluate(recording(X, bet_volume(X)))
    assert "cross-section" in {f.code for f in evaluation.findings[AREA]}
    assert settings.used["cross_section"].value == 0.162
    other = outcome("rouquerol", recording(X, bet_volume(X)), cross_section="0.135 nm2")
    assert other.value == pytest.approx(43.526 * 0.135 / 0.162, rel=1e-5)


def test_iso9277_with_few_points_is_inadmissible() -> None:
    """Four points within 0.05-0.30 are computed and shown, not used."""
    x = np.array([0.02, 0.06, 0.12, 0.2, 0.28, 0.4])
    found = outcome("iso9277", recording(x, bet_volume(x)))
    assert found.value == pytest.approx(43.526, rel=1e-5)
    assert not found.admissible


def test_repeats_are_averaged_with_their_spread() -> None:
    """Two isotherms give the mean; their half difference is the standard uncertainty with one degree."""
    found = outcome("iso9277", recording(X, bet_volume(X)), recording(X, 1.1 * bet_volume(X)))
    assert found.value == pytest.approx(1.05 * 43.526, rel=1e-5)
    spread = next(c for c in found.components if c.key.endswith("repeats"))
    assert spread.u == pytest.approx(0.05 * 43.526, rel=1e-4)
    assert spread.dof == 1


def test_small_samples_are_uncertain_by_the_free_space() -> None:
    """A tenth of the mass makes ten times the uncertainty of the free space."""
    parts = []
    for mass in ("1 g", "0.1 g"):
        found = outcome("rouquerol", recording(X, 0.1 * bet_volume(X)), mass=mass)
        parts.append(next(c.u for c in found.components if c.key.endswith("free-space")))
    assert parts[1] / parts[0] == pytest.approx(10.0, rel=0.2)


def test_estimate_has_the_other_recipes_beside_it() -> None:
    """The estimate carries an interval around its value and the alternatives with their reasons."""
    one = recording(X, bet_volume(X))
    evaluation, settings = evaluate(one)
    found = estimate(TECHNIQUE, evaluation, AREA, recordings=[one], settings=settings)
    low, high = found.interval95
    assert low < 43.526 < high
    assert {a.recipe for a in found.alternatives} == {"iso9277", "one-point", "instrument"}
    assert 0.02 < found.standard_uncertainty / 43.5 < 0.04


def test_simulated_isotherm_returns_its_area() -> None:
    """A perfect instrument on an n-layer powder gives its area within 2 %, and the texts hold all points."""
    powder = Powder(4.0, c=100.0, layers=8.0)
    rng = np.random.default_rng(1)
    iso = simulate_isotherm(powder, X, rng, errors=InstrumentErrors())
    assert outcome("rouquerol", recording(iso.pressure, iso.loading)).value == pytest.approx(4.0, rel=0.02)
    assert len(plain_csv(iso).splitlines()) == len(X) + 1
    assert belsorp_csv(iso).count("\n") > 2 * len(X) / 2 + 20
    assert aif_text(iso).count("loop_") == 2


@pytest.mark.parametrize("wrong", [{"x": X * 100}, {"v": -bet_volume(X)}, {"v": np.full(len(X), math.nan)}])
def test_absurd_columns_are_refused(wrong) -> None:
    """Pressures taken for p/p0, negative amounts and no numbers end in a refusal."""
    with pytest.raises(Refusal):
        evaluate(recording(wrong.get("x", X), wrong.get("v", bet_volume(X))))
