"""A point of a study is what the commands give: claims, tests, draws; and what a turn turns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import negatrode as nt
from negatrode.battery.build import half_cell
from negatrode.claimsets.inside import claim_range, inside
from negatrode.core.errors import InputError, NegatrodeError
from negatrode.report.make import example_route
from negatrode.study.chain.base import sample_base
from negatrode.study.chain.evaluate import Chain, _keep, powder_of
from negatrode.study.chain.limits import OutputLimit
from negatrode.study.chain.turn import turned
from negatrode.study.examples import write_example
from negatrode.study.file.read import read_study
from tests.study.conftest import Write

SWEEP = '[sweep]\ndesign = "sobol"\npoints = 4\n'
INSIDE = '[[constraints]]\ninside = "hard-carbon 1-8"\n'
TARGET = '[[constraints]]\noutput = "delithiation_2C"\nat_least = "300 mAh/g"\nprobability = 0.7\n'


def chain_of(write: Write, body: str, **options: str) -> Chain:
    """The model of a study."""
    return read_study(write(body + SWEEP, **options)).chain


def test_probabilities_are_those_of_judge(write: Write) -> None:
    """Of single claims the same; of all together the conjunction in the same draws."""
    chain = chain_of(write, INSIDE)
    values = chain({"sample.dv50": 9.0, "sample.d002": 0.399}).values
    point = turned(chain.base, {"sample.dv50": 9.0, "sample.d002": 0.399}, chain.spreads, 1)
    verdicts = nt.judge(point.sample, nt.claims("hard-carbon"))
    for claim in verdicts.claims[:8]:
        assert values[f"P(hard-carbon {claim.claim})"] == claim.probability
    # d002 is a millinanometre inside its end, with a standard uncertainty of one: P = 0.841
    assert values["P(hard-carbon 1-8)"] == pytest.approx(0.841, abs=0.01)


@pytest.mark.parametrize("probability", [0.05, 0.5, 0.7, 0.95, 1.0])
@pytest.mark.parametrize("least", [True, False])
@pytest.mark.parametrize("n", [1, 2, 12, 30])
def test_a_margin_and_a_share_decide_alike(probability: float, least: bool, n: int) -> None:
    """Whatever the draws: not negative exactly where enough of them keep the bound; None is no draw."""
    rng = np.random.default_rng(n)
    for _ in range(50):
        drawn = [None if rng.random() < 0.1 else float(v) for v in rng.normal(10, 1, n)]
        limit = OutputLimit("f", 10.0, "1", least, probability)
        values: dict[str, float | None] = {}
        _keep(limit, drawn, values)
        kept = sum(v is not None and (v >= 10 if least else v <= 10) for v in drawn)
        assert values[limit.column] == kept / n
        margin = values[limit.margin]
        assert (margin is not None and margin >= 0) is (kept / n >= probability - 1e-12)


def test_claims_that_ask_for_the_unknown_are_bounded(tmp_path: Path) -> None:
    """The least and the greatest probability, and what is missing."""
    write_example("hard-carbon", tmp_path)
    sample = nt.Sample.read(tmp_path / "SAMPLE.toml")
    found = inside(sample, claim_range("hard-carbon 1, 8-9"))
    assert (found.probability, found.at_most) == (0.0, 1.0)
    assert "oxidation_temperature" in found.missing
    assert found.by_claim[1] == 1.0


def test_a_delithiation_is_that_of_the_half_cell(write: Write) -> None:
    """At the central draw: what a simulation written by hand gives."""
    chain = chain_of(write, "", head='outputs = ["delithiation_2C", "discharge_2C", "rate_2C"]\ndraws = 1')
    point = {"sample.dv50": 9.0, "sample.d002": 0.38}
    values = chain(point).values
    assert chain(point).values == values
    from negatrode.report.battery import design_of

    there = turned(chain.base, point, chain.spreads, 1)
    powder = powder_of(there, 1, chain.seed).powder(0)
    design = design_of(there.sample, there.design)
    curve = nt.simulate(
        half_cell(powder, design),
        ["Discharge at C/10 until 0.005 V", "Hold at 0.005 V until C/50", "Charge at 2C until 1.5 V"],
    )
    charge = float(curve.capacity[curve.step <= 1].max() - curve.capacity[-1])
    assert values["delithiation_2C"] == pytest.approx(1000 * charge / design.coating.rate, rel=0.003)
    full = values["discharge_2C"]
    assert full is not None
    assert full == pytest.approx(values["rate_2C"] / 100 * powder.reversible / design.np_ratio, rel=0.1)  # type: ignore[operator]


def test_intervals_and_shares_are_those_of_the_draws(write: Write) -> None:
    """Quantiles over the draws; a share below the target's probability is outside."""
    chain = chain_of(write, TARGET, head="draws = 30")
    small, large = (chain({"sample.dv50": x, "sample.d002": 0.38}) for x in (2.0, 24.0))
    limit = chain.limits[0]
    for row, is_inside in ((small, True), (large, False)):
        v = row.values
        assert v["delithiation_2C_p5"] < v["delithiation_2C"] < v["delithiation_2C_p95"]  # type: ignore[operator]
        margin, share = v[limit.margin], v["P(delithiation_2C >= 300)"]
        assert margin is not None
        assert share is not None
        assert (margin >= 0) is (share >= 0.7) is is_inside
    assert small.values["delithiation_2C"] > large.values["delithiation_2C"]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("axis", "inputs"),
    [
        ('"uncertainty.d002" = { from = "0.0001 nm", to = "0.02 nm" }', (0.0005, 0.015)),
        ('"sample.d002" = { mean = "0.399 nm", sd = "0.001 nm" }', (0.385, 0.4005)),
        ('"sample.d002" = { values = ["0.38 nm", "0.41 nm"] }', (0.38, 0.41)),
        ('"sample.d002" = { measured = true }', (0.38, 0.41)),
    ],
)
def test_descriptors_and_their_uncertainties_move_the_claims(
    write: Write, axis: str, inputs: tuple[float, float]
) -> None:
    """A worse value, or a worse measurement, is less surely inside."""
    text = f'[study]\nname = "x"\nsample = "SAMPLE.toml"\n[axes]\n{axis}\n'
    text += '"sample.dv50" = { values = ["9 um"] }\n'
    chain = read_study(write(text=text + INSIDE + SWEEP)).chain
    name = axis.split('"')[1]
    good, bad = (chain({name: x, "sample.dv50": 9.0}).values["P(hard-carbon 1-8)"] for x in inputs)
    assert good is not None
    assert bad is not None
    assert good > 0.99
    assert bad < 0.9


def test_priors_design_and_words_are_turned(write: Write) -> None:
    """A level between laboratories, a layer's porosity, a counter-electrode, a rate."""
    text = (
        '[study]\nname = "x"\nsample = "SAMPLE.toml"\ndraws = 1\n'
        'outputs = ["reversible_capacity", "porosity", "rate_at_rate", "areal_capacity"]\n[axes]\n'
        '"prior.hc.level" = { from = 0.8, to = 1.2 }\n'
        '"electrode.porosity" = { from = 0.3, to = 0.5 }\n'
        '"battery.counter_electrode" = { values = ["NMC811", "LFP"] }\n'
        '"protocol.rate" = { from = 0.1, to = 5, scale = "log" }\n'
    )
    chain = read_study(write(text=text + SWEEP)).chain
    low = {
        "prior.hc.level": 0.8,
        "electrode.porosity": 0.3,
        "battery.counter_electrode": "LFP",
        "protocol.rate": 0.2,
    }
    high = {**low, "prior.hc.level": 1.2, "electrode.porosity": 0.5, "protocol.rate": 5.0}
    a, b = chain(low).values, chain(high).values
    assert b["reversible_capacity"] / a["reversible_capacity"] == pytest.approx(1.5, rel=1e-6)  # type: ignore[operator]
    assert (a["porosity"], b["porosity"]) == (pytest.approx(0.3), pytest.approx(0.5))
    assert a["rate_at_rate"] > b["rate_at_rate"]  # type: ignore[operator]
    with pytest.raises(InputError):
        chain({**low, "battery.counter_electrode": "LFB"})


def test_a_route_is_made_anew_at_every_point(tmp_path: Path) -> None:
    """A hotter furnace: less hydrogen; more acrylonitrile, taken from the styrene: more nitrogen."""
    (tmp_path / "ROUTE.toml").write_text(example_route("hard-carbon"))
    (tmp_path / "STUDY.toml").write_text(
        '[study]\nname = "x"\nroute = "ROUTE.toml"\ndraws = 40\n'
        'outputs = ["hydrogen_to_carbon", "nitrogen"]\n'
        '[axes]\n"route.carbonization.steps.0.to" = { from = "900 degC", to = "1300 degC" }\n'
        '"route.suspension.monomers.acrylonitrile" = { from = 0.2, to = 0.4, balance = "styrene" }\n' + SWEEP
    )
    study = read_study(tmp_path / "STUDY.toml")
    heat, nitrile = (a.name for a in study.axes)
    cold = study.chain({heat: 950.0, nitrile: 0.25}).values
    hot = study.chain({heat: 1250.0, nitrile: 0.25}).values
    rich = study.chain({heat: 950.0, nitrile: 0.38}).values
    assert hot["hydrogen_to_carbon"] < 0.7 * cold["hydrogen_to_carbon"]  # type: ignore[operator]
    assert rich["nitrogen"] > 1.2 * cold["nitrogen"]  # type: ignore[operator]
    # what make and judge give for the same route, in a folder
    text = example_route("hard-carbon")
    base = study.chain(study.centre).values
    made = nt.make_powder(nt.read_route(tmp_path / "ROUTE.toml")).made
    assert text
    assert base["nitrogen"] == pytest.approx(np.median(made.predictions["nitrogen"].values), rel=0.15)


def test_the_key_of_a_point_is_its_content(tmp_path: Path) -> None:
    """Not the folder that the sample lies in; but its values, its uncertainties, what is asked."""
    digests = set()
    for k, (old, new) in enumerate([("x", "x"), ('"0.380 nm"', '"0.381 nm"'), ('"0.001 nm"', '"0.002 nm"')]):
        for folder in (tmp_path / f"a{k}", tmp_path / f"b{k}"):
            write_example("hard-carbon", folder)
            sample = folder / "SAMPLE.toml"
            sample.write_text(sample.read_text().replace(old, new))
        one, other = (sample_base(tmp_path / f"{n}{k}" / "SAMPLE.toml").digest for n in "ab")
        assert one == other
        digests.add(one)
    assert len(digests) == 3


def test_an_impossible_design_is_a_failed_point(write: Write) -> None:
    """Told with its place, as anywhere."""
    text = (
        '[study]\nname = "x"\nsample = "SAMPLE.toml"\ndraws = 2\noutputs = ["porosity"]\n[axes]\n'
        '"electrode.density" = { from = "0.5 g/cm3", to = "2.5 g/cm3" }\n'
        '"sample.dv50" = { values = ["9 um"] }\n'
    )
    chain = read_study(write(text=text + SWEEP)).chain
    with pytest.raises(NegatrodeError, match="a layer holds pores"):
        chain({"electrode.density": 2.4, "sample.dv50": 9.0})


def test_a_base_with_a_half_cell_is_calibrated_as_run_does(tmp_path: Path) -> None:
    """At the base's own values a study's powder is the report's, draw by draw; "off" leaves the priors."""
    from negatrode.flow.sample import measure_folder
    from negatrode.report.battery import design_of, source_of
    from negatrode.report.calibration import calibration_of
    from negatrode.report.examples.alloy import EXAMPLES, example_files

    for name, data in example_files(EXAMPLES[0]).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    (tmp_path / "STUDY.toml").write_text(
        '[study]\nname = "x"\nsample = "SAMPLE.toml"\ndraws = 20\noutputs = ["reversible_capacity"]\n'
        '[axes]\n"electrode.density" = { values = ["1.1 g/cm3", "1.2 g/cm3"] }\n'
        '"battery.np_ratio" = { values = [1.1, 1.2] }\n' + SWEEP
    )
    said: list[str] = []
    study = read_study(tmp_path / "STUDY.toml", said.append)
    assert any("calibrated" in line for line in said)
    values = study.chain(study.centre).values
    measured = measure_folder(tmp_path / "SAMPLE.toml")
    source = source_of(measured.sample, measured.design, 20, 0)
    found, _ = calibration_of(measured, source, design_of(measured.sample, measured.design))
    assert found is not None
    expected = {p.name: p for p in found.source.predictions}["reversible_capacity"].values
    assert values["reversible_capacity"] == pytest.approx(float(np.median(expected)), rel=0.02)
    before = {p.name: p for p in source.predictions}["reversible_capacity"].values
    low, high = values["reversible_capacity_p5"], values["reversible_capacity_p95"]
    assert high - low < 0.5 * (np.quantile(before, 0.95) - np.quantile(before, 0.05))  # type: ignore[operator]


def test_a_specification_of_the_user_s_is_a_constraint(write: Write, tmp_path: Path) -> None:
    """Found beside the STUDY.toml; another number in it is another point."""
    spec = tmp_path / "spec.toml"
    text = (Path(nt.__file__).parents[2] / "docs/examples/incoming-inspection.toml").read_text("utf-8")
    spec.write_text(text)
    body = '[[constraints]]\ninside = "spec.toml 1"\n'
    chain = chain_of(write, body)
    assert "P(spec.toml 1)" in {c.name for c in chain.columns}
    assert chain({"sample.dv50": 9.0, "sample.d002": 0.38}).values["P(spec.toml 1)"] is not None
    before = chain.digest
    spec.write_text(text + "\n# a comment\n")
    assert chain_of(write, body).digest == before
