"""Peers as oracles: pyGAPS on isotherms, GTC on uncertainty. ``make oracles``; skipped without them."""

from __future__ import annotations

from pathlib import Path

import pytest

import negatrode as nt
from negatrode.core.catalogue import lookup
from negatrode.core.derive import derive
from negatrode.core.estimate import Component, Estimate, Outcome, effective_dof

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("name", ["pygaps_SiO2_N2_77K.json", "pygaps_Takeda_5A_N2_77K.json"])
def test_bet_area_agrees_with_pygaps(shared_data: Path, name: str) -> None:
    """The same window and molecule give the same area; windows chosen alike differ by at most 1 %."""
    pygaps = pytest.importorskip("pygaps", reason="pyGAPS is not installed (make oracles)")
    parsing = pytest.importorskip("pygaps.parsing")
    characterisation = pytest.importorskip("pygaps.characterisation")
    assert pygaps
    isotherm = parsing.isotherm_from_json(str(shared_data / "sorption" / name))
    theirs = characterisation.area_BET(isotherm)["area"]
    ours = nt.measure("specific_surface_area", shared_data / "sorption" / name)
    assert ours.value == pytest.approx(theirs, rel=0.01)


def test_propagation_agrees_with_gtc() -> None:
    """D4/D1 with a shared scale: value, standard uncertainty and degrees of freedom as GTC has them."""
    gtc = pytest.importorskip("GTC", reason="GTC is not installed (make oracles)")
    scale = gtc.ureal(1.0, 0.03)
    noise4, noise1 = gtc.ureal(0.0, 0.1, 5), gtc.ureal(0.0, 0.2, 7)
    d4, d1 = 10.0 * scale + noise4, 5.0 * scale + noise1
    theirs = d4 / d1
    ours = derive(
        lookup("d4_to_d1"),
        {
            "d4": _estimate("d4", 10.0, Component("scale", 0.3, "s"), Component("noise", 0.1, "n4", 5)),
            "d1": _estimate("d1", 5.0, Component("scale", 0.15, "s"), Component("noise", 0.2, "n1", 7)),
        },
    )
    assert ours is not None
    assert ours.value == pytest.approx(theirs.x)
    assert ours.standard_uncertainty == pytest.approx(theirs.u, rel=1e-6)
    assert effective_dof(ours.components) == pytest.approx(theirs.df, rel=1e-3)


def _estimate(name: str, value: float, *components: Component) -> Estimate:
    return Estimate(name, "um", Outcome(value, components), recipe="given")
