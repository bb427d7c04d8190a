"""The alloy route: mass balances, the signs of the thermodynamics, mixing, uptake."""

from __future__ import annotations

import numpy as np
import pytest

from negatrode.core.errors import InputError
from negatrode.material.prior import Draws
from negatrode.process.alloying.make import AlloyRun, as_made, run_alloy
from negatrode.process.alloying.route import AlloyRoute, Anneal, Vessel
from negatrode.process.alloying.uptake import metals
from negatrode.process.programme import AIR, GASES, Gas

AR, N2 = GASES["Ar"], GASES["N2"]


def _route(a: object = "Si", b: object = "Ti", **more: object) -> AlloyRoute:
    given: dict[str, object] = {
        "name": "test", "a": a, "b": b, "composition": {a: 70.0, b: 30.0}, "method": "melt-spun", "gas": AR,
        "celsius": 700.0, "oxygen": {a: 0.5, b: 1.5}, "dv50": 10.0, "passivated": False,
    }  # fmt: skip
    return AlloyRoute(**(given | more))  # type: ignore[arg-type]


def _run(n: int = 400, **more: object) -> AlloyRun:
    a, b = more.pop("a", "Si"), more.pop("b", "Ti")
    return run_alloy(_route(str(a), str(b), **more), Draws(n, seed=2))


@pytest.mark.parametrize("method", ["gas-atomised", "melt-spun", "arc-melted", "mechanically-alloyed"])
def test_oxygen_and_nitrogen_of_the_phases_are_those_of_the_particle(method: str) -> None:
    run = _run(method=method, passivated=True)
    c = run.phases.contents
    for symbol, in_a, in_b, whole in (
        ("O", c.oxygen_in_a, c.oxygen_in_b, run.oxygen.total),
        ("N", c.nitrogen_in_a, c.nitrogen_in_b, run.nitrogen.total),
    ):
        assert c.mass_a * in_a + c.mass_b * in_b == pytest.approx(whole, rel=1e-9), symbol
    assert c.mass_a + c.mass_b == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize(
    ("a", "b", "side"),
    [
        ("Sn", "Ti", "B"),
        ("Sn", "Zr", "B"),
        ("In", "Zr", "B"),
        ("Si", "Ti", "A"),
        ("Al", "Ti", "A"),
        ("Al", "Zr", "A"),
    ],
)
def test_where_oxygen_goes_at_equilibrium(a: str, b: str, side: str) -> None:
    """Signs of science basis 4.4: to B for Sn, In with every B; to A for Si-Ti and for Al with every B."""
    run = _run(a=a, b=b, composition={a: 85.0, b: 15.0})
    c = run.phases.contents
    richer = "B" if np.median(c.oxygen_in_b) > np.median(c.oxygen_in_a) else "A"
    assert run.phases.partitions["O"].verdict == side
    assert richer == side


def test_a_near_tie_is_undecided() -> None:
    """Oxygen between Si and Zr: -425 to -435 against -428 kJ/mol."""
    run = _run(b="Zr")
    assert run.phases.partitions["O"].verdict == "undecided"
    share = run.phases.contents.share_in_b["O"]
    assert 0.05 < np.mean(share > 0.5) < 0.95


def test_milling_keeps_oxygen_where_it_came_in() -> None:
    """Si-Ti: equilibrium puts oxygen into A, milling leaves that of the titanium in B."""
    melt = _run().phases.contents.oxygen_in_b
    milled = _run(method="mechanically-alloyed", celsius=300.0).phases.contents.oxygen_in_b
    assert np.median(milled) > 3 * np.median(melt)


def test_theta_has_its_limits() -> None:
    from negatrode.process.alloying.phases import phases
    from negatrode.process.alloying.uptake import uptakes

    draws, route = Draws(1), _route()
    o, n = uptakes(route, np.ones(1), draws)
    brought = phases(route, o, n, np.ones(1), np.ones(1), draws)
    assert brought.contents.share_in_b["O"][0] == pytest.approx(o.from_b[0] / o.alloyed[0])
    equal = phases(route, o, n, np.zeros(1), np.zeros(1), draws)
    k, f = equal.partitions["O"].coefficient[0], 1 - equal.lever.mass_fraction[0]
    # K is a ratio of contents: share in B = K f_B / (f_A + K f_B), with phases before O and N bind anything
    assert equal.contents.share_in_b["O"][0] == pytest.approx(k * f / (1 - f + k * f), abs=0.01)


def test_an_anneal_lets_them_move() -> None:
    cold = _run(method="mechanically-alloyed", anneal=Anneal(100.0, 3600.0))
    hot = _run(method="mechanically-alloyed", anneal=Anneal(900.0, 36000.0))
    assert cold.phases.theta == pytest.approx(cold.phases.before, rel=1e-3)
    assert np.median(hot.phases.theta) < 0.05 * np.median(hot.phases.before)


def test_a_cold_anneal_changes_nothing() -> None:
    """Where nothing moves the temperature of the anneal is no temperature of equilibrium."""
    plain = _run(method="mechanically-alloyed", celsius=600.0)
    cold = _run(method="mechanically-alloyed", celsius=600.0, anneal=Anneal(30.0, 60.0))
    share = plain.phases.contents.share_in_b["O"]
    assert cold.phases.contents.share_in_b["O"] == pytest.approx(share, abs=1e-9)


def test_a_closed_vessel_gives_no_more_than_it_holds() -> None:
    vessel = Vessel(250e-6, 10e-3, 1e5)
    run = _run(method="mechanically-alloyed", gas=N2, vessel=vessel)
    # p V / (R T): 10.1 mmol of N2 on 10 g, 2.8 wt% of N
    most = 100 * 2 * 1e5 * 250e-6 / (8.314 * 298.15) * 14.007e-3 / 10e-3
    assert run.nitrogen.most == pytest.approx(most, rel=1e-3)
    assert run.nitrogen.gas.max() <= most * (1 + 1e-9)


def test_nitrogen_milled_into_silicon_and_titanium_is_in_b() -> None:
    """Si + Ti in N2 gives Si + TiN, 'a reaction not predicted by thermodynamics' (MRS Commun.)."""
    run = _run(method="mechanically-alloyed", celsius=300.0, gas=N2, vessel=Vessel(250e-6, 10e-3, 1e5))
    c = run.phases.contents
    assert np.median(c.nitrogen_in_b) > 1.0
    assert np.median(c.nitrogen_in_a) < 0.3 * np.median(c.nitrogen_in_b)
    made = as_made(run)
    facts = {f.name: f.value for f in made.facts}
    assert "N" in facts["phase_b_elements"]  # type: ignore[operator]
    assert "phase_b_lithium_permeable" not in facts  # no route shows it


def test_nitrogen_is_not_more_than_the_metal_binds() -> None:
    run = _run(
        method="mechanically-alloyed",
        gas=N2,
        vessel=Vessel(10.0, 10e-3, 1e6),
        composition={"Si": 90.0, "Ti": 10.0},
    )
    # One N with one Ti at most (TiN), that of the raw titanium counted, in every draw
    run_n = (run.nitrogen.from_b + run.nitrogen.gas) / 14.007
    titanium = metals(run.route, run.oxygen, run.nitrogen)["Ti"] / 47.867
    assert np.all(run_n <= titanium * (1 + 1e-9))
    assert np.median(run_n / titanium) == pytest.approx(1.0, rel=1e-9)  # the vessel holds far more


@pytest.mark.parametrize("symbols", ["", "O", "N", "ON"])
def test_metals_oxygen_and_nitrogen_make_up_the_particle(symbols: str) -> None:
    """Masses weighed one by one in grams on 100 g of charge, against wt% of the particle."""
    stated = {"O": {"oxygen_uptake": 2.0}, "N": {"nitrogen_uptake": 3.0}}
    more: dict[str, object] = {k: v for s in symbols for k, v in stated[s].items()}
    run = _run(method="mechanically-alloyed", passivated=True, nitrogen={"Si": 0.02, "Ti": 0.1}, **more)  # type: ignore[arg-type]
    o, n = run.oxygen, run.nitrogen
    found = metals(run.route, o, n)
    assert sum(found.values()) + o.total + n.total == pytest.approx(100.0, abs=1e-10)
    # 70 g of silicon powder with 0.52 wt% of O and N, 30 g of titanium powder with 1.6 wt%
    assert found["Si"] / found["Ti"] == pytest.approx(70 * (1 - 0.0052) / (30 * (1 - 0.016)), rel=1e-12)
    assert o.from_b / found["Ti"] == pytest.approx(0.015 / (1 - 0.016), rel=1e-12)
    before_air = 100.0 - o.air
    assert 100 * o.gas / before_air == pytest.approx(2.0 if "O" in symbols else 0.0, abs=1e-12)
    assert 100 * n.gas / before_air == pytest.approx(3.0 if "N" in symbols else 0.0, abs=1e-12)


def test_a_vessel_s_gas_is_weighed_with_the_powder() -> None:
    """g of N on 100 g of charge is g / (100 + g) of the powder: 2.8 g is 2.75 wt%."""
    route = {"method": "mechanically-alloyed", "celsius": 300.0, "gas": N2}
    run = _run(1, vessel=Vessel(250e-6, 10e-3, 1e5), **route)
    taken = 0.5 * 100 * 2 * 1e5 * 250e-6 / (8.314462618 * 298.15) * 14.007e-3 / 10e-3  # half of it
    assert run.nitrogen.gas[0] == pytest.approx(100 * taken / (100 + taken), rel=1e-9)


def test_a_hot_anneal_leaves_its_own_equilibrium() -> None:
    """s = g s_0 + (1 - g) E(T'), E = K f_B / (f_A + K f_B), of the lever rule before anything binds."""
    from negatrode.process.alloying.phases import phases
    from negatrode.process.alloying.uptake import uptakes

    tin: dict[str, object] = {"a": "Sn", "composition": {"Sn": 85.0, "Ti": 15.0}}
    draws, route = Draws(50, seed=2), _route(**tin, celsius=1000.0, anneal=Anneal(600.0, 3600.0))
    o, n = uptakes(route, np.ones(50), draws)
    none, half, all_ = (phases(route, o, n, np.full(50, 0.4), np.full(50, g), draws) for g in (0.0, 0.5, 1.0))
    plain = phases(_route(**tin, celsius=600.0), o, n, np.zeros(50), np.ones(50), draws)
    assert none.contents.share_in_b["O"] == pytest.approx(plain.contents.share_in_b["O"], rel=1e-12)
    middle = (none.contents.share_in_b["O"] + all_.contents.share_in_b["O"]) / 2
    assert half.contents.share_in_b["O"] == pytest.approx(middle, rel=1e-12)
    assert half.theta == pytest.approx(0.2)


def test_air_on_the_powder_makes_its_native_oxide() -> None:
    """3 nm with 1.3 g/cm3 of oxygen on 6 r / (rho d) of area: mass balance."""
    inert, air = _run(1, passivated=False), _run(1, passivated=True)
    assert inert.oxygen.air[0] == 0.0
    assert air.oxygen.air[0] == pytest.approx(100 * 3e-9 * 1300e3 * air.area[0], rel=1e-6)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"composition": {"Si": 70.0, "Ti": 40.0}}, "110 wt%"),
        ({"composition": {"Si": 70.0, "Ti": 20.0, "Fe": 10.0}}, "Fe in the charge"),
        ({"composition": {"Si": 20.0, "Ti": 80.0}}, "no Si is free"),
        ({"method": "forged"}, "one of gas-atomised"),
        ({"gas": N2}, "cannot be predicted"),
        ({"gas": AIR}, "cannot be predicted"),
        ({"dv50": -1.0}, "above zero"),
        ({"cooling_rate": 0.0}, "above zero"),
        ({"nitrogen_uptake": -1.0}, "below zero"),
        ({"nitrogen_uptake": float("nan")}, "from 0"),
        ({"nitrogen_uptake": 30.0}, "Ti can still bind"),
        ({"oxygen_uptake": 60.0, "nitrogen_uptake": 60.0}, "below 100"),
        ({"oxygen_uptake": 70.0}, "Si and Ti can still bind"),
        ({"oxygen": {"Sn": 0.5}}, "are Si and Ti"),
        ({"oxygen": {"Si": -0.5}}, "from 0"),
        ({"oxygen": {"Si": float("nan")}}, "from 0"),
        ({"composition": {"Si": 100.0}}, "no Ti in the charge"),
        ({"composition": {"Ti": 100.0}}, "no Si in the charge"),
        ({"dv50_sd": -1.0}, "not below zero"),
        ({"method": "mechanically-alloyed", "cooling_rate": 100.0}, "of a melt"),
    ],
)
def test_routes_that_cannot_be_meant(more: dict[str, object], said: str) -> None:
    with pytest.raises(InputError) as error:
        _run(5, **more)
    assert said in error.value.sentence()


def test_times_and_vessels_that_are_none() -> None:
    with pytest.raises(InputError, match="takes time"):
        Anneal(500.0, -3600.0)
    for vessel in ({"volume": 0.0, "charge": 1.0}, {"volume": 1.0, "charge": -1.0}):
        with pytest.raises(InputError, match="above zero"):
            Vessel(**vessel)


def test_residual_oxygen_of_a_flowing_gas_is_taken_as_none() -> None:
    run = _run(5, gas=Gas("Ar", 20e-6))
    assert run.oxygen.gas.max() == 0.0
    said = [note for note in as_made(run).notes if note.code == "residual"]
    assert [note.warning for note in said] == [True]
    assert "20 ppm" in said[0].text
    assert not [note for note in as_made(_run(5)).notes if note.code == "residual"]  # argon as such
