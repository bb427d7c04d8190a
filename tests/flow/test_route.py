"""ROUTE.toml: what is read, what is refused, and what becomes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from negatrode.claimsets.judge import judge
from negatrode.claimsets.library import claims
from negatrode.core.errors import NegatrodeError
from negatrode.flow.assess import assess
from negatrode.flow.made_folder import folder_files
from negatrode.flow.make import Making, make_powder
from negatrode.flow.prediction_file import read_prediction
from negatrode.flow.route import read_route
from negatrode.material.prior import weakest
from negatrode.report.make import example_route

HARD_CARBON = """
[route]
name = "beads"
draws = 60

[suspension]
monomers = { styrene = 0.60, acrylonitrile = 0.35, divinylbenzene = 0.05 }
sizing = "given"
bead_size = "14 um"
bead_gsd = 1.3

[oxidation]
gas = "air"
bed = "fluidised"
steps = [{ to = "280 degC", rate = "2 K/min" }, { hold = "4 h" }]

[carbonization]
gas = "N2"
steps = [{ to = "1100 degC", rate = "5 K/min" }, { hold = "1 h" }]
"""

ALLOY = """
[route]
name = "alloy"
material = "alloy"
draws = 60

[alloy]
composition = { Sn = "85 wt%", Ti = "15 wt%" }
method = "gas-atomised"
gas = "Ar"
dv50 = "12 um"
"""


def _make(tmp_path: Path, text: str, *changes: tuple[str, str]) -> Making:
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    place = tmp_path / "ROUTE.toml"
    place.write_text(text, encoding="utf-8")
    return make_powder(read_route(place))


def _folder(tmp_path: Path, making: Making) -> Path:
    folder = tmp_path / "made"
    folder.mkdir(exist_ok=True)
    for name, data in folder_files(making.file, making.made, folder).items():
        (folder / name).write_bytes(data)
    return folder


def _limit(folder: Path, claim: int, prop: str) -> Any:
    judged = assess(folder).judgements[0]
    found = next(c for c in judged.claims if c.claim == claim)
    return next(x for x in found.limitations if x.property == prop)


# ---- the powder that a route makes


def test_the_examples_run(tmp_path: Path) -> None:
    for name in ("hard-carbon", "alloy"):
        text = example_route(name)
        assert "draws" not in text
        making = _make(tmp_path, text.replace("[route]", "[route]\ndraws = 40"))
        assert all(p.values.shape == (40,) for p in making.made.predictions.values())
        assert all(p.confidence in ("strong", "usable", "weak") for p in making.made.predictions.values())


def test_a_made_sample_is_judged_and_carries_its_words(tmp_path: Path) -> None:
    making = _make(tmp_path, HARD_CARBON)
    found = assess(_folder(tmp_path, making))
    sample = found.measured.sample
    for name, p in making.made.predictions.items():
        e = sample.estimates[name]
        assert e.recipe == "predicted"
        assert e.confidence == p.confidence
        assert e.value == pytest.approx(float(np.median(p.values)), rel=1e-6)
        low, high = e.interval95
        assert low <= e.value <= high
    words = [sample.estimates[name].confidence for name in ("d4", "d1", "d4_to_d1")]
    assert words[2] == weakest(words[:2])
    assert sample.facts["carbonized_vinyl_resin"].value is True
    assert {c.verdict for c in found.judgements[0].claims} <= {
        "met",
        "undecided",
        "not met",
        "recipe-dependent",
    }


def test_probabilities_are_those_of_the_joint_draws(tmp_path: Path) -> None:
    """P(claim 1) by the judge against the share of the route's own draws: no normal distribution between."""
    making = _make(tmp_path, HARD_CARBON, ("draws = 60", "draws = 400"))
    p = {k: v.values for k, v in making.made.predictions.items()}
    inside = (
        (p["sphericity"] >= 0.8) & (p["d002"] >= 0.365) & (p["d002"] <= 0.4) & (p["lc002"] >= 1)
        & (p["lc002"] <= 3) & (p["hydrogen_to_carbon"] <= 0.1) & (p["dv50"] >= 1) & (p["dv50"] <= 20)
    )  # fmt: skip
    judged = judge(assess(_folder(tmp_path, making)).measured.sample, claims("hard-carbon"), n=4000)
    assert judged.claims[0].probability == pytest.approx(inside.mean(), abs=1e-9)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    first = _folder(tmp_path, _make(tmp_path, HARD_CARBON))
    before = {p.name: p.read_bytes() for p in first.iterdir()}
    again = _folder(tmp_path, _make(tmp_path, HARD_CARBON))
    assert {p.name: p.read_bytes() for p in again.iterdir()} == before


def test_a_chemist_turns_the_knobs(tmp_path: Path) -> None:
    """Hotter: less hydrogen and nitrogen, narrower layers; no oxidation: fused, softer, less yield."""
    base = _make(tmp_path, HARD_CARBON).made.predictions
    hot = _make(tmp_path, HARD_CARBON, ("1100 degC", "1300 degC")).made.predictions
    for name, sign in (("hydrogen_to_carbon", -1), ("nitrogen", -1), ("d002", -1), ("lc002", 1)):
        assert sign * (hot[name].median - base[name].median) > 0, name
    text = HARD_CARBON.replace("divinylbenzene = 0.05", "divinylbenzene = 0.0").replace("0.60", "0.65")
    bare = _make(tmp_path, text[: text.index("[oxidation]")] + text[text.index("[carbonization]") :])
    assert bare.hard_carbon is not None
    assert np.median(bare.hard_carbon.fused) > 0.9
    assert bare.made.predictions["sphericity"].median < 0.8 < base["sphericity"].median
    assert any(n.code == "fusing" and n.warning for n in bare.made.notes)
    assert "oxidation_temperature" in bare.made.unpredicted


def test_a_coating_adds_silicon_and_moves_the_peak(tmp_path: Path) -> None:
    plain = _make(tmp_path, HARD_CARBON).made.predictions
    coated = _make(
        tmp_path, HARD_CARBON + '\n[coating]\ncompound = "SiO2"\namount = "2 wt%"\nbasis = "deposited"\n'
    ).made.predictions
    assert plain["silicon_compound"].median == 0.0
    assert coated["silicon_compound"].values == pytest.approx(2.0)
    rise = coated["exothermic_peak_temperature"].values - plain["exothermic_peak_temperature"].values
    assert rise.min() > 0.0
    # At 90 % covered (R Tp^2 / E) ln 10 is some 110 K near 700 degC
    assert 30.0 < np.median(rise) < 150.0


REFERENCE = """
[reference]
carbonization_temperature = "1300 degC"
d002 = "0.372 nm"
d002_uncertainty = "0.001 nm"
lc002 = "1.6 nm"
lc002_uncertainty = "0.05 nm"
specific_surface_area = "2.4 m2/g"
specific_surface_area_uncertainty = "0.1 m2/g"
hydrogen_to_carbon = "0.010"
hydrogen_to_carbon_uncertainty = "0.001"
"""


def test_a_reference_powder_takes_the_place_of_the_precursor(tmp_path: Path) -> None:
    """Levels from the reference, 200 degC away; the slopes within papers; much narrower bands."""
    more = ("draws = 60", "draws = 3000")
    plain = _make(tmp_path, HARD_CARBON, more).made.predictions
    known = _make(tmp_path, HARD_CARBON + REFERENCE, more).made.predictions
    central = {name: float(p.values[0]) for name, p in known.items()}
    assert central["d002"] == pytest.approx(0.372 + 3.18e-5 * 200, abs=1e-5)
    assert central["lc002"] == pytest.approx(1.6 - 5.5e-4 * 200, abs=1e-3)
    # H/C of the curve at 1100 over that at 1300 degC, 0.038 over 0.0123
    assert central["hydrogen_to_carbon"] == pytest.approx(0.010 * 0.0382 / 0.0123, rel=0.01)
    # Within papers, twice, against between precursors: 0.0113 to 0.0136 nm, 0.19 to 0.56 nm
    for name, ratio in (("d002", 0.9), ("lc002", 0.45), ("hydrogen_to_carbon", 0.8)):
        assert known[name].values.std() < ratio * plain[name].values.std(), name
    assert known["nitrogen"].values == pytest.approx(plain["nitrogen"].values)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"0.372 nm"', '"-0.372 nm"', "above zero"),
        ('d002_uncertainty = "0.001 nm"', "", "d002_uncertainty is missing"),
        ('carbonization_temperature = "1300 degC"', "", "carbonization_temperature is missing"),
        ("lc002 =", "lc02 =", "Did you mean lc002"),
    ],
)
def test_references_that_are_none(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(NegatrodeError) as error:
        _make(tmp_path, HARD_CARBON + REFERENCE, (old, new))
    assert said in error.value.sentence()


# ---- claim 9 over the programme


def test_oxidation_inside_its_range_is_met(tmp_path: Path) -> None:
    limit = _limit(_folder(tmp_path, _make(tmp_path, HARD_CARBON)), 9, "oxidation_temperature")
    assert limit.verdict == "met"
    assert 150.0 < limit.took[0] < limit.took[1] == pytest.approx(280.0, abs=0.5)
    assert limit.margin == pytest.approx(min(limit.took[0] - 150, 400 - limit.took[1]), abs=0.5)


def test_a_programme_that_leaves_the_range_is_not_met_and_shown(tmp_path: Path) -> None:
    """The mean temperature is inside; the last hour at 430 degC burns a good part of the oxygen."""
    from negatrode.report.figures.route import route_tables

    making = _make(
        tmp_path, HARD_CARBON,
        ('{ to = "280 degC", rate = "2 K/min" }, { hold = "4 h" }',
         '{ to = "280 degC", rate = "2 K/min" }, { hold = "4 h" }, { to = "430 degC", rate = "5 K/min" }, '
         '{ hold = "30 min" }'),
    )  # fmt: skip
    limit = _limit(_folder(tmp_path, making), 9, "oxidation_temperature")
    assert limit.verdict == "not met"
    assert limit.took[1] == pytest.approx(430.0, abs=0.5)
    assert limit.margin < 0
    table = route_tables(making, {"oxidation_temperature": [(150.0, 400.0)]})[0]
    above = [row for row in table["rows"] if row[-1] == "above"]
    assert above
    assert above[0][2] == "400 to 430 °C"
    shares = [float(row[4].removesuffix(" %")) for row in table["rows"]]
    assert sum(shares) == pytest.approx(100.0, abs=2.0)  # each is rounded to two digits


def test_a_bed_that_heats_itself_leaves_the_range_with_its_probability(tmp_path: Path) -> None:
    making = _make(
        tmp_path, HARD_CARBON, ("draws = 60", "draws = 200"),
        ('bed = "fluidised"', 'bed = "static"\nbed_depth = "5 mm"'), ("280 degC", "250 degC"),
    )  # fmt: skip
    assert making.hard_carbon is not None
    assert making.hard_carbon.oxidation is not None
    away = making.hard_carbon.oxidation.ran_away.mean()
    assert 0.2 < away < 0.95  # at its margin
    limit = _limit(_folder(tmp_path, making), 9, "oxidation_temperature")
    assert limit.probability == pytest.approx(1 - away, abs=0.02)
    assert any(n.code == "runaway" for n in making.made.notes)


def test_oxidation_in_nitrogen_is_none(tmp_path: Path) -> None:
    making = _make(tmp_path, HARD_CARBON, ('gas = "air"', 'gas = "N2"'))
    folder = _folder(tmp_path, making)
    assert _limit(folder, 9, "oxidizing_gas_atmosphere").verdict == "not met"
    assert "no oxygen" in making.made.unpredicted["oxidation_temperature"]


def test_a_declared_temperature_is_judged_as_before(tmp_path: Path) -> None:
    place = tmp_path / "SAMPLE.toml"
    place.write_text(
        '[sample]\nname = "x"\n[process]\ndeclared_by = "me"\noxidation_temperature = "420 degC"\n', "utf-8"
    )
    limit = _limit(tmp_path, 9, "oxidation_temperature")
    assert limit.verdict == "not met"
    assert limit.took is None


# ---- measurement in the place of prediction


def test_a_measurement_stands_in_the_place_of_the_prediction(tmp_path: Path) -> None:
    folder = _folder(tmp_path, _make(tmp_path, HARD_CARBON))
    sample = folder / "SAMPLE.toml"
    text = sample.read_text("utf-8")
    sample.write_text(
        text + '\n[declared]\ndeclared_by = "lab"\nd002 = "0.379 nm"\nd002_uncertainty = "0.002 nm"\n'
        'lc002 = "9 nm"\nlc002_uncertainty = "0.2 nm"\n',
        "utf-8",
    )
    estimates = assess(folder).measured.sample.estimates
    assert estimates["d002"].value == pytest.approx(0.379)
    beside = next(a for a in estimates["d002"].alternatives if a.recipe == "predicted")
    assert not beside.admissible
    assert not any(f.warning for f in estimates["d002"].findings if f.code == "predicted")
    assert any(f.warning and "outside" in f.text for f in estimates["lc002"].findings)
    assert estimates["dv50"].recipe == "predicted"


def test_a_damaged_prediction_is_told(tmp_path: Path) -> None:
    folder = _folder(tmp_path, _make(tmp_path, HARD_CARBON))
    place = folder / "prediction.json"
    good = place.read_text("utf-8")
    for bad in (
        good[: len(good) // 2], good.replace('"format": "negatrode prediction 1"', '"format": "other"'),
        good.replace('"unit": "nm"', '"unit": "km"', 1), "[]", "null",
        good.replace('"draws": [', '"draws": [NaN,', 1),
        good.replace('"draws"', '"drawn"', 1), "{" * 100000,
    ):  # fmt: skip
        place.write_text(bad, "utf-8")
        with pytest.raises(NegatrodeError) as error:
            read_prediction(place)
        assert str(place) in error.value.sentence()
    place.unlink()
    with pytest.raises(NegatrodeError, match="no such file"):
        assess(folder)


# ---- what is refused


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('gas = "N2"\nsteps', 'gas = "air"\nsteps', "air with 20.95 % oxygen"),
        ('gas = "N2"\nsteps', 'oxygen = "3 %"\nsteps', "carbonisation is done in an inert gas"),
        ('{ hold = "4 h" }', '{ hold = "-4 h" }', "back in time"),
        (
            'steps = [{ to = "280 degC", rate = "2 K/min" }, { hold = "4 h" }]',
            'points = [["0 h", "25 degC"], ["3 h", "280 degC"], ["2 h", "280 degC"]]',
            "back in time: 2 h after 3 h",
        ),
        ("acrylonitrile = 0.35", "acrylonitrile = 0.30", "sum to one"),
        ("acrylonitrile = 0.35", "acrylonitril = 0.35", "Did you mean acrylonitrile"),
        (
            'sizing = "given"\nbead_size = "14 um"\nbead_gsd = 1.3',
            'sizing = "correlation"\nstirrer_speed = "0 rpm"\nimpeller = "0.1 m"',
            "speed of 0 1/s",
        ),
        (
            'sizing = "given"\nbead_size = "14 um"\nbead_gsd = 1.3',
            'sizing = "correlation"\nimpeller = "0.1 m"',
            "stirrer_speed is missing",
        ),
        ('sizing = "given"', 'sizing = "sieved"', "one of balance"),
        ('bead_size = "14 um"', 'bead_size = "14"', "has no unit"),
        ('bead_size = "14 um"', 'bead_size = "-3 um"', "from 1e-08 to 0.01 m"),
        ("bead_gsd = 1.3", "bead_gsd = 0.5", "from 1 to 5"),
        ("bead_gsd = 1.3", "bead_gds = 1.3", "Did you mean bead_gsd"),
        ('bed = "fluidised"', 'bed = "static"\nbed_depth = "0 mm"', "from 1e-05 to 10 m"),
        ('bed = "fluidised"', 'bed = "hot"', "one of static"),
        ('gas = "air"', 'gas = "aire"', "Did you mean air"),
        ("[oxidation]", "[oxydation]", "Did you mean oxidation"),
        ("draws = 60", "draws = 3", "20 to 20000"),
        ('name = "beads"', "", "name is missing"),
        ("2 K/min", "0 K/min", "a ramp without a rate above zero"),
        ("1100 degC", "500 degC", "no more than 500 degC"),
        ('{ hold = "1 h" }]', '{ hold = "1 h" }]\ntemperature_uncertainty = "5 degC"', "a difference is in"),
        ('steps = [{ to = "1100 degC"', 'points = []\nsteps = [{ to = "1100 degC"', "both steps and points"),
    ],
)  # fmt: skip
def test_routes_that_cannot_be_meant(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(NegatrodeError) as error:
        _make(tmp_path, HARD_CARBON, (old, new))
    assert said in error.value.sentence()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('Ti = "15 wt%"', 'Ti = "25 wt%"', "110 wt%"),
        ('Ti = "15 wt%"', 'Fe = "15 wt%"', "one metal of B"),
        ('Ti = "15 wt%"', 'Ti = "15"', "has no unit"),
        ('gas = "Ar"', 'gas = "N2"', "cannot be predicted"),
        ('method = "gas-atomised"', 'method = "atomised"', "Did you mean gas-atomised"),
        (
            'dv50 = "12 um"',
            'dv50 = "12 um"\nanneal = { temperature = "500 degC", time = "-1 h" }',
            "takes time",
        ),
        ('dv50 = "12 um"', 'vessel = { volume = "0 L", charge = "1 g" }', "above zero"),
        ('dv50 = "12 um"', 'dv5 = "12 um"', "Did you mean dv50"),
        ("[alloy]", "[suspension]", "no section [suspension] of a alloy route"),
    ],
)
def test_alloy_routes_that_cannot_be_meant(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(NegatrodeError) as error:
        _make(tmp_path, ALLOY, (old, new))
    assert said in error.value.sentence()


def test_revolutions_a_minute_are_no_angle(tmp_path: Path) -> None:
    """600 rpm are 10 a second; read as an angle they would be 62.8 radians."""
    text = HARD_CARBON.replace(
        'sizing = "given"\nbead_size = "14 um"\nbead_gsd = 1.3',
        'sizing = "correlation"\nstirrer_speed = "600 rpm"\nimpeller = "0.1 m"',
    )
    making = _make(tmp_path, text)
    assert making.hard_carbon is not None
    stirrer = making.hard_carbon.route.suspension.stirrer
    assert stirrer is not None
    assert stirrer.speed == pytest.approx(10.0)


def test_what_the_route_does_not_state_is_told(tmp_path: Path) -> None:
    text = HARD_CARBON.replace(
        'sizing = "given"\nbead_size = "14 um"\nbead_gsd = 1.3',
        'sizing = "correlation"\nstirrer_speed = "600 rpm"\nimpeller = "0.1 m"',
    )
    note = next(n for n in _make(tmp_path, text).made.notes if n.code == "taken")
    for words in ("interfacial_tension = 0.005 N/m", "monomer_fraction = 0.2", "8 h at 70 degC"):
        assert words in note.text
    assert "stirrer_speed" not in note.text
    alloy = next(n for n in _make(tmp_path, ALLOY).made.notes if n.code == "taken")
    assert "temperature = 1000 degC" in alloy.text


def test_a_bpx_file_is_found_from_the_made_folder(tmp_path: Path) -> None:
    making = _make(tmp_path, HARD_CARBON + '\n[battery]\nbpx = "cells/cell.json"\n')
    folder = _folder(tmp_path, making)
    import tomllib

    bpx = tomllib.loads((folder / "SAMPLE.toml").read_text("utf-8"))["battery"]["bpx"]
    assert (folder / bpx).resolve() == (tmp_path / "cells" / "cell.json").resolve()
