"""Hosts, metals and their compounds against the tables they come from."""

import numpy as np
import pytest

from negatrode.core.errors import InputError
from negatrode.material.alloy.compounds import compounds, partner
from negatrode.material.alloy.elements import (
    LIGHT,
    RARE_EARTHS,
    elemental_volume,
    host,
    hosts,
    metal,
    metals,
    molar_mass,
)

# mAh/g, mAh/cm3, dV/V %, cm3/mol Li, mAh/cm3 of the end phase
TABLE = {
    "Si": (3579, 8338, 281, 9.0, 2190),
    "Sn": (959, 6995, 253, 9.7, 1981),
    "Al": (993, 2682, 95, 9.5, 1377),
    "Ga": (769, 4544, 142, 8.4, 1874),
    "In": (233, 1706, 50, 7.9, 1138),
    "Pb": (569, 6454, 234, 9.7, 1935),
    "Sb": (660, 4418, 135, 8.2, 1881),
    "Bi": (385, 3763, 114, 8.1, 1758),
}


@pytest.mark.parametrize("symbol", TABLE)
def test_capacity_and_expansion_follow_from_stoichiometry_and_volumes(symbol: str) -> None:
    """Every number of the table of capacities is reproduced to its last digit, volumes to 0.3 %."""
    row, (mass, volume, expansion, lithium, full) = host(symbol), TABLE[symbol]
    assert row.capacity == pytest.approx(mass, abs=0.6)
    assert row.volumetric_capacity == pytest.approx(volume, rel=2e-3)
    assert 100 * row.expansion == pytest.approx(expansion, abs=1.0)
    assert row.lithium_volume == pytest.approx(lithium, abs=0.06)
    assert row.lithiated_capacity == pytest.approx(full, rel=3e-3)


def test_all_hosts_and_rare_earths_are_there() -> None:
    assert set(hosts()) == set(TABLE)
    assert set(metals()) == {"Ti", "Zr", *RARE_EARTHS}


def test_masses_and_densities_agree_with_another_table() -> None:
    """Molar masses to 0.02 %, densities to 4 %, of xraydb."""
    xraydb = pytest.importorskip("xraydb")
    for symbol in (*hosts(), *metals(), *LIGHT):
        assert molar_mass(symbol) == pytest.approx(xraydb.atomic_mass(symbol), rel=3e-4)
    for symbol in (*hosts(), *metals()):
        density = molar_mass(symbol) / elemental_volume(symbol)
        assert density == pytest.approx(xraydb.atomic_density(symbol), rel=0.04), symbol


@pytest.mark.parametrize("wrong", [lambda: host("Ti"), lambda: metal("Si"), lambda: molar_mass("Xx")])
def test_unknown_elements_are_refused(wrong) -> None:
    with pytest.raises(InputError):
        wrong()


PARTNERS = {
    "Si": "TiSi2 ZrSi2 YSi LaSi2 CeSi2 NdSi2",
    "Sn": "Ti2Sn3 ZrSn2 YSn2 LaSn3 CeSn3 Nd2Sn5",
    "Al": "TiAl3 ZrAl3 YAl3 La3Al11 Ce3Al11",
    "Ga": "TiGa3 ZrGa3",
    "In": "TiIn ZrIn3 YIn3 LaIn3 CeIn3 NdIn3 GdIn3",
    "Pb": "Ti3Pb Zr5Pb3 YPb3 LaPb3 CePb3 NdPb3 LuPb3",
    "Sb": "TiSb2 ZrSb2 LaSb2",
    "Bi": "Ti8Bi9 ZrBi2",
}


@pytest.mark.parametrize("a", PARTNERS)
def test_partner_of_free_host(a: str) -> None:
    for formula in PARTNERS[a].split():
        b = formula[: 2 if formula[1].islower() else 1]
        assert partner(a, b).formula == formula


def test_first_potentials_enthalpies_and_doubts() -> None:
    assert partner("Si", "Ti").first == 0.30
    assert partner("Sn", "Zr").doubt
    assert partner("Al", "Y").doubt
    assert not partner("Si", "Ti").doubt
    mean, half = partner("Si", "Ti").binding or (0.0, 0.0)
    assert (mean - half, mean + half) == pytest.approx((162.6, 174.9))
    assert partner("Sn", "La").binding is None


def test_recalled_volumes_are_near_the_sum_of_the_elements() -> None:
    """Intermetallics contract by up to 28 %; a density far away would be a slip."""
    for a in hosts():
        for b in metals():
            for c in compounds(a, b):
                assert 0.7 < c.molar_volume / c.vegard_volume < 1.03, c.formula
                assert c.volume_mark == ("A" if c.volume is None else "R")


def test_convertible_capacity_stops_at_the_compound_that_stays() -> None:
    """TiSi2 can give 1.4 of its two Si before Ti5Si3 is left."""
    c = partner("Si", "Ti")
    assert c.convertible == pytest.approx(1.4 * 28.085 * host("Si").capacity / c.molar_mass)


def test_unknown_pairs_and_formulas_are_refused() -> None:
    with pytest.raises(InputError, match="no compound of Si with Gd"):
        partner("Si", "Gd")
    with pytest.raises(InputError, match="no compound Ti9Si"):
        partner("Si", "Ti", "Ti9Si")
    assert np.isclose(partner("Si", "Ti", "TiSi").ratio, 1.0)
