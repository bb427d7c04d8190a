"""The design of electrode and battery in SAMPLE.toml: read, refused with the place, and judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from negatrode.battery.alloy import AlloySource
from negatrode.core.errors import InputError
from negatrode.flow.design import split_design
from negatrode.flow.sample import measure_folder
from negatrode.report.battery import battery_of
from negatrode.report.run import run

DECLARED = """
[process]
declared_by = "batch sheet"
carbonized_vinyl_resin = true

[declared]
declared_by = "certificates"
d002 = "0.382 nm"
d002_uncertainty = "0.002 nm"
hydrogen_to_carbon = "0.035"
hydrogen_to_carbon_uncertainty = "0.005"
dv50 = "9 um"
dv50_uncertainty = "0.3 um"
specific_surface_area = "3 m2/g"
specific_surface_area_uncertainty = "0.1 m2/g"
"""
ELECTRODE = """
[electrode]
declared_by = "coating log"
coating_rate = "50 g/m2"
coating_rate_uncertainty = "1 g/m2"
density = "0.95 g/cm3"
"""
BATTERY = """
[battery]
counter_electrode = "NMC811"
draws = 12
cycles = 3
rates = [0.5, 2]
"""


def folder(place: Path, *parts: str, material: str = "hard-carbon") -> Path:
    """A SAMPLE.toml of declared properties."""
    head = f'[sample]\nname = "X"\nmaterial = "{material}"\n'
    path = place / "SAMPLE.toml"
    path.write_text(head + "".join(parts), encoding="utf-8")
    return path


def test_a_design_is_a_battery_in_the_report(tmp_path: Path) -> None:
    result = run(folder(tmp_path, DECLARED, ELECTRODE, BATTERY), tmp_path / "out")
    found = result.results["battery"]
    assert found["draws"] == 12
    assert "NMC811" in found["design"]
    assert {r["c_rate"] for r in found["rates"]} == {0.5, 2.0}
    for row in (*found["material"], *found["outcomes"]):
        low, high = row["interval90"]
        assert low <= high
        assert row["confidence"] in ("strong", "usable", "weak")
    assert all(row["sources"] or row["how"] for row in found["material"])
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "The battery made of it" in page
    assert "Which descriptor moves what" in page
    claims = {c["claim"]: c for c in result.results["judgements"][0]["claims"]}
    facts = {f["fact"]: f for f in result.results["facts"]}
    assert facts["negative_electrode_of_claim_10"]["declared_by"] == "design in SAMPLE.toml"
    assert "NMC811" in facts["negative_electrode_of_claim_10"]["evidence"]
    assert 11 in claims


def test_without_a_design_there_is_no_battery(tmp_path: Path) -> None:
    measured = measure_folder(folder(tmp_path, DECLARED))
    assert battery_of(measured) is None


def test_against_lithium_only_the_half_cell_is_tested(tmp_path: Path) -> None:
    text = BATTERY.replace('"NMC811"', '"lithium"')
    report = battery_of(measure_folder(folder(tmp_path, DECLARED, ELECTRODE, text)))
    assert report is not None
    assert not report.battery.bands.rates
    assert "first_discharge" in report.battery.bands.outcomes


@pytest.mark.parametrize("structure", ["domains", "dispersed"])
def test_an_alloy_by_its_composition(tmp_path: Path, structure: str) -> None:
    text = """
[declared]
declared_by = "batch sheet"
particle_composition = { Si = "70 wt%", Ti = "28 wt%" }
phase_a_elements = ["Si"]
phase_b_elements = ["Ti"]
oxygen = "1.5 wt%"
oxygen_uncertainty = "0.1 wt%"
nitrogen = "0.4 wt%"
nitrogen_uncertainty = "0.05 wt%"
shell_permeability = "3e-5 um2/s"
"""
    text += f'structure = "{structure}"\na_surrounded_by_b = "1"\n'
    electrode = ELECTRODE.replace("50 g", "15 g").replace("0.95", "1.2")
    sample = folder(tmp_path, text, electrode, BATTERY, material="alloy")
    report = battery_of(measure_folder(sample))
    assert report is not None
    rows = {p.name: p for p in report.battery.source.predictions}
    assert rows["permeability"].how == "declared"
    assert rows["permeability"].interval() == pytest.approx((3e-17, 3e-17))
    assert 500 < report.battery.bands.outcomes["first_discharge"].centre < 2000
    source = report.battery.source
    assert isinstance(source, AlloySource)
    particles = source.powder(0).particles(0.5, 0.5)
    if structure == "domains":
        assert particles[0].shell is not None
    else:
        # Spheres of A (1e-14 m2/s) all within B (3e-17), after Maxwell; B holds a hundredth of A's lithium.
        f = float(source.alloy.fraction[0])
        inside, through = 1e-14, 3e-17
        beta = (inside - through) / (inside + 2 * through)
        expected = through * (1 + 2 * f * beta) / (1 - f * beta) / (f + 0.01 * (1 - f))
        assert float(particles[0].material.diffusivity(0.5)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        (ELECTRODE + "porosity = 0.2\n", "electrode.porosity", "which makes"),
        (ELECTRODE.replace("0.95", "3.5"), "electrode.density", "holds pores"),
        (ELECTRODE.replace('density = "0.95 g/cm3"', "binder = 0.05"), "electrode", "neither a density"),
        (ELECTRODE + '[battery]\nelectrolyte = "EC/EMC"\n', "battery.counter_electrode", "two electrodes"),
        (ELECTRODE + '[battery]\ncounter_electrode = "NMC81"\n', "battery.counter_electrode", "NMC811"),
        (ELECTRODE + BATTERY + 'electrolyte = "water"\n', "battery.electrolyte", "known"),
        (ELECTRODE + BATTERY + "np_ratio = 9\n", "battery.np_ratio", "0.5 to 3"),
        (ELECTRODE + BATTERY + 'bpx = "cell.json"\n', "battery", "keep one"),
        (ELECTRODE + 'density_ = "1 g/cm3"\n', "electrode.density_", "density"),
        (ELECTRODE + "additive = 1.2\n", "electrode.additive", "a share"),
        (ELECTRODE + BATTERY.replace("[0.5, 2]", "[0, 2]"), "battery.rates", "C-rates"),
        (ELECTRODE + BATTERY.replace("= 12", "= 1.5"), "battery.draws", "whole number"),
        (ELECTRODE.replace('density = "0.95 g/cm3"', "density = 0.95"), "electrode.density", "carry theirs"),
        (BATTERY, "electrode.coating_rate", "coating rate"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_place(tmp_path: Path, text: str, where: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        battery_of(measure_folder(folder(tmp_path, DECLARED, text)))
    told = caught.value.sentence()
    assert where in told, told
    assert words in told, told


@pytest.mark.parametrize(
    ("composition", "words"),
    [
        ('{ Si = "70 wt%", Ti = "60 wt%" }', "at most"),
        ('{ Si = "-5 wt%", Ti = "60 wt%" }', "above zero"),
        ('{ Si = "30 wt%", Ti = "60 wt%" }', "is free"),
        ('{ Si = "70 wt%", Xx = "20 wt%" }', "Xx"),
        ('"70 Si"', "a table"),
    ],
)
def test_impossible_compositions(tmp_path: Path, composition: str, words: str) -> None:
    text = f"""
[declared]
declared_by = "batch sheet"
particle_composition = {composition}
phase_a_elements = ["Si"]
phase_b_elements = ["Ti"]
"""
    with pytest.raises(InputError) as caught:
        battery_of(measure_folder(folder(tmp_path, text, ELECTRODE, BATTERY, material="alloy")))
    assert words in caught.value.sentence(), caught.value.sentence()


def test_sections_without_facts_need_no_declarer(tmp_path: Path) -> None:
    left, spec = split_design({"battery": {"counter_electrode": "LFP"}}, tmp_path / "SAMPLE.toml")
    assert left == {}
    assert spec.words == {"counter_electrode": "LFP"}
