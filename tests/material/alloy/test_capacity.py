"""Capacity, lithium lost and swelling against published and hand-made numbers."""

import numpy as np
import pytest

from negatrode.material.alloy.capacity import capacity, host_lost, lithium_lost
from negatrode.material.alloy.contents import contents_of_shares
from negatrode.material.alloy.elements import host
from negatrode.material.alloy.lever import lever
from negatrode.material.prior import Z_95, Draws

ONE = Draws(1)


def _silicon_oxide(ratio: float):
    """SiO_x."""
    mass = 28.085 + ratio * 15.999
    made = lever({"Si": 2808.5 / mass, "O": 1599.9 * ratio / mass}, "Si", None)
    return made, contents_of_shares(made, 0.0, 0.0)


def test_ball_milled_silicon_oxide() -> None:
    """SixO with 0.89 efficiency (x = 0.43): 2565 by the book-keeping, 2558 mAh/g reported."""
    full = Draws(1, known={"alloy.accessible": np.array([Z_95])})
    found = capacity(*_silicon_oxide(0.43), full)
    assert found.reversible[0] == pytest.approx(2565, abs=1.5)
    assert found.reversible[0] == pytest.approx(2558, rel=0.005)
    assert found.efficiency[0] == pytest.approx(0.89, abs=0.006)


def test_oxide_with_less_oxygen_has_an_accessible_share_below_one() -> None:
    """SiO0.37 (17.4 wt%): 2682 mAh/g and 0.90; reported 1500-2000."""
    made, contents = _silicon_oxide(0.37)
    found = capacity(made, contents, ONE)
    assert made.light["O"][0] == pytest.approx(17.4, abs=0.05)
    assert found.theoretical[0] == pytest.approx(2682, abs=1.5)
    loss = found.irreversible[0]
    assert found.theoretical[0] / (found.theoretical[0] + loss) == pytest.approx(0.90, abs=0.005)
    many = capacity(made, contents, Draws(2000))
    assert np.quantile(many.reversible, 0.05) == pytest.approx(0.56 * 2682, rel=0.03)


def test_clean_silicon_beside_titanium_silicide() -> None:
    made = lever({"Si": 70.0, "Ti": 30.0}, "Si", "Ti")
    found = capacity(made, contents_of_shares(made, 1.0, 1.0), ONE)
    assert found.theoretical[0] == pytest.approx(made.free[0] * host("Si").capacity)
    assert found.reversible[0] == pytest.approx(0.9 * found.theoretical[0])
    assert found.irreversible[0] == 0.0
    assert found.efficiency[0] == 1.0
    expected = made.volume_fraction[0] * 0.9 * host("Si").expansion
    assert found.swelling[0] == pytest.approx(expected, rel=1e-12)
    assert any("coarse" in f for f in found.findings)


def test_fine_b_takes_part_and_coarse_b_hardly() -> None:
    made = lever({"Si": 70.0, "Ti": 30.0}, "Si", "Ti")
    contents = contents_of_shares(made, 1.0, 1.0)
    plain, coarse, fine = (capacity(made, contents, ONE, size_b=s) for s in (None, 2e-6, 5e-9))
    assert plain.reversible[0] < coarse.reversible[0] < 1.005 * plain.reversible[0]
    assert fine.reversible[0] > 1.3 * plain.reversible[0]
    assert fine.swelling[0] > plain.swelling[0]
    assert fine.confidence == "weak"


def test_voids_are_filled_first() -> None:
    made = lever({"Si": 70.0, "Ti": 30.0}, "Si", "Ti")
    contents = contents_of_shares(made, 1.0, 1.0)
    plain = capacity(made, contents, ONE).swelling[0]
    assert capacity(made, contents, ONE, porosity=0.2).swelling[0] == pytest.approx(plain - 0.2)
    assert capacity(made, contents, ONE, porosity=5.0).swelling[0] == 0.0


def test_lithium_lost_by_hand() -> None:
    """w_A (33.5 W_ao + chi_N 57.4 W_an) + w_B 0.1 33.5 W_bo + 14.1 W_F + 16.7 W_S + 0.7 26 W_P for tin."""
    light = {"O": 2.0, "N": 1.0, "F": 0.5, "S": 0.4, "P": 0.3}
    made = lever({"Sn": 80.0, "Ti": 15.8} | light, "Sn", "Ti")
    found = lithium_lost(made, contents_of_shares(made, 0.75, 0.6), ONE)[0]
    expected = 33.5 * 0.5 + 0.7 * 57.4 * 0.4 + 0.1 * 33.5 * 1.5 + 14.1 * 0.5 + 16.7 * 0.4 + 0.7 * 26.0 * 0.3
    assert found == pytest.approx(expected, rel=1e-12)


def test_at_the_limit_of_the_claim_the_loss_is_small() -> None:
    """0.5 wt% in A: at most 29 mAh per g of A, below 0.8 % of silicon and 3 % of tin."""
    for a, share in (("Si", 0.008), ("Sn", 0.03)):
        made = lever({a: 99.5, "N": 0.5}, a, None)
        lost = lithium_lost(made, contents_of_shares(made, 0.0, 0.0), Draws(500))
        assert lost.max() <= 28.71
        assert lost.max() < share * 1.01 * host(a).capacity


def test_aluminium_keeps_its_oxide_and_nitride() -> None:
    """Alumina is reduced by a fifth, aluminium nitride not at all: what is left of them binds aluminium."""
    made = lever({"Al": 96.0, "O": 2.0, "N": 2.0}, "Al", None)
    contents = contents_of_shares(made, 0.0, 0.0)
    assert lithium_lost(made, contents, ONE)[0] == pytest.approx(0.2 * 33.5 * 2.0)
    bound = (0.8 * 2 / 3 * 0.02 / 15.999 + 0.02 / 14.007) * 26.982
    assert host_lost(made, contents, ONE)[0] == pytest.approx(bound, rel=1e-12)


def test_draws_have_the_shape_asked_for() -> None:
    made = lever({"Si": 65.0, "Ti": 30.0, "O": 5.0}, "Si", "Ti")
    draws = Draws(64)
    found = capacity(made, contents_of_shares(made, 0.5, 0.5), draws, size_b=3e-8)
    for name in ("theoretical", "reversible", "irreversible", "swelling", "efficiency"):
        assert getattr(found, name).shape == (64,)
    assert np.all(found.reversible > 0)
    assert found.irreversible.std() > 0
