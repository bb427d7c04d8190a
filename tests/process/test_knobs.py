"""What a turn of a knob does: signs that chemists know, and routes that cannot be turned."""

from __future__ import annotations

import numpy as np
import pytest

from negatrode.process.knobs import hotter, knobs, longer
from negatrode.process.programme import AIR, GASES, Step, from_steps
from negatrode.process.route import HardCarbonRoute, Oxidation, Silica, Stirrer, Suspension

N2 = GASES["N2"]


def _route(**more: object) -> HardCarbonRoute:
    run = from_steps([Step(N2, to=70.0, rate=1 / 60), Step(N2, hold=6 * 3600.0)])
    suspension = Suspension(
        {"styrene": 0.6, "acrylonitrile": 0.35, "divinylbenzene": 0.05}, "limited-coalescence", run, "AIBN",
        0.01, Stirrer(150.0, 0.03, "rotor-stator"), silica=Silica(20.0, 15e-9),
    )  # fmt: skip
    air = from_steps([Step(AIR, to=280.0, rate=2 / 60), Step(AIR, hold=7200.0)])
    fire = from_steps([Step(N2, to=1100.0, rate=5 / 60), Step(N2, hold=3600.0)])
    given = {"oxidation": Oxidation(air, "fluidised"), "carbonisation": fire} | more
    return HardCarbonRoute("test", suspension, **given)  # type: ignore[arg-type]


def test_the_hottest_plateau_moves_and_nothing_else() -> None:
    run = from_steps(
        [
            Step(AIR, to=250.0, rate=0.1),
            Step(AIR, hold=60.0),
            Step(AIR, to=280.0, rate=0.1),
            Step(AIR, hold=90.0),
        ]
    )
    assert np.allclose(hotter(run, 10.0).celsius, [25, 250, 250, 290, 290])
    assert np.diff(longer(run, 2.0).seconds)[-1] == pytest.approx(180.0)
    assert np.allclose(np.diff(longer(run, 2.0).seconds)[:-1], np.diff(run.seconds)[:-1])


def test_signs_that_chemists_know() -> None:
    found = {k.words: k.changes for k in knobs(_route())}
    assert found["20 % more silica"]["dv50"] < 0.0 < found["20 % more silica"]["silicon_compound"]
    assert found["5 % more acrylonitrile, less styrene"]["nitrogen"] > 0.0
    assert found["oxidation 10 K hotter"]["total_yield"] > 0.0
    hot = found["carbonisation 50 K hotter"]
    assert hot["hydrogen_to_carbon"] < 0.0
    # The line within papers: -0.0318 nm over 1000 K
    assert hot["d002"] == pytest.approx(-0.0318 * 0.05, rel=0.02)
    assert hot["lc002"] == pytest.approx(0.55 * 0.05, rel=0.02)
    # Ten hours over one at 1100 degC count as +73 K of layer growth at 500 kJ/mol: R T^2 ln 10 / E
    assert found["carbonisation held ten times as long"]["lc002"] == pytest.approx(0.55e-3 * 73, rel=0.05)


def test_a_turn_that_cannot_be_run_says_why() -> None:
    """Half of the beads burn at 420 degC as it is; twice as long leaves none."""
    air = from_steps([Step(AIR, to=420.0, rate=5 / 60), Step(AIR, hold=4000.0)])
    found = knobs(_route(oxidation=Oxidation(air, "fluidised")))
    failed = {k.words: k.why_not for k in found if k.why_not}
    assert "burns in the oxidation" in failed["oxidation held twice as long"]
    assert any(k.changes for k in found)


def test_a_prediction_is_as_sure_as_the_numbers_it_hangs_on() -> None:
    from negatrode.material.predicted import Predicted
    from negatrode.material.prior import Draws
    from negatrode.process.made import as_sure_as_its_numbers

    draws = Draws(500)
    strong, weak = draws["sus.C1"], draws["ox.k_oxidation"]
    for share, word in ((0.0, "usable"), (0.1, "usable"), (1.0, "weak")):
        p = Predicted("d002", "d002", "nm", strong + share * weak, "usable", "test")
        assert as_sure_as_its_numbers(p, draws).confidence == word
    flat = Predicted("d002", "d002", "nm", np.ones(500), "strong", "test")
    assert as_sure_as_its_numbers(flat, draws).confidence == "strong"
