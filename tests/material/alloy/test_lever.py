"""Lever rule: amounts by hand, what is refused, closing of the balances."""

import numpy as np
import pytest

from negatrode.core.errors import InputError
from negatrode.material.alloy.activity import activity, is_inert, reactive_capacity
from negatrode.material.alloy.compounds import partner
from negatrode.material.alloy.lever import PhaseFraction, lever
from negatrode.material.prior import Draws


def test_free_silicon_beside_titanium_silicide_by_hand() -> None:
    """n_Si - 2 n_Ti."""
    made = lever({"Si": 70.0, "Ti": 30.0}, "Si", "Ti")
    free = 0.70 - 2 * 28.085 * 0.30 / 47.867
    assert made.free[0] == pytest.approx(free, rel=1e-12)
    assert made.mass_fraction[0] == pytest.approx(free, rel=1e-12)
    volume = free / (28.085 / 12.05), (1 - free) / partner("Si", "Ti").density
    assert made.volume_fraction[0] == pytest.approx(volume[0] / sum(volume), rel=1e-12)


def test_light_elements_are_set_aside() -> None:
    """The metals' fractions do not change with what is set aside."""
    plain = lever({"Si": 70.0, "Ti": 30.0}, "Si", "Ti")
    light = {"O": 2.0, "N": 1.0, "F": 0.5, "S": 0.25, "P": 0.25}
    other = lever({"Si": 70 * 0.96, "Ti": 30 * 0.96} | light, "Si", "Ti")
    assert other.mass_fraction[0] == pytest.approx(plain.mass_fraction[0], rel=1e-12)
    assert {s: x[0] for s, x in other.light.items()} == pytest.approx(light)
    assert other.free[0] + other.bound_b[0] == pytest.approx(0.96, rel=1e-12)


def test_oxygen_bound_in_b_frees_the_host() -> None:
    """TiO takes one Ti from TiSi2 and leaves two Si."""
    given = {"Si": 65.0, "Ti": 31.0, "O": 4.0}
    apart, bound = lever(given, "Si", "Ti"), lever(given, "Si", "Ti", bound={"O": 0.5})
    assert bound.free[0] - apart.free[0] == pytest.approx(2 * 28.085 * 0.5 * 0.04 / 15.999, rel=1e-12)
    assert bound.free[0] + bound.bound_b[0] == pytest.approx(0.96, rel=1e-12)


def test_more_oxygen_than_the_metal_binds_is_said() -> None:
    made = lever({"Si": 90.0, "Ti": 2.0, "O": 8.0}, "Si", "Ti", bound={"O": 1.0})
    assert made.free[0] == pytest.approx(0.9)
    assert any("can bind" in f for f in made.findings)


def test_measured_fraction_goes_before_the_rule() -> None:
    by_mass = lever({"Sn": 70, "Ti": 30}, "Sn", "Ti", PhaseFraction(0.25, "mass", "XRD"))
    assert by_mass.mass_fraction[0] == pytest.approx(0.25)
    by_volume = lever({"Sn": 70, "Ti": 30}, "Sn", "Ti", PhaseFraction(0.25, "volume", "EPMA"))
    assert by_volume.volume_fraction[0] == pytest.approx(0.25)
    assert any("XRD" in f for f in by_mass.findings)


def test_measured_fraction_needs_no_known_partner() -> None:
    made = lever({"Si": 70, "Gd": 30}, "Si", "Gd", PhaseFraction(0.5))
    assert made.partner is None
    assert 0 < made.volume_fraction[0] < 1


def test_draws_of_a_composition() -> None:
    """Draws that leave no free host, or exceed 100 wt%, are kept within what is possible."""
    ti = np.array([40.0, 60.0, 20.0, -1.0, 90.0])
    made = lever({"Si": 60.0, "Ti": ti}, "Si", "Ti")
    assert made.free.shape == (5,)
    assert np.all((made.free >= 0) & (made.mass_fraction <= 1))
    assert made.free[1] == 0.0
    assert made.free[3] == pytest.approx(0.6)
    assert np.allclose(made.free + made.bound_b, 1.0, atol=1e-12)


def test_what_is_missing_is_inert_matter_of_b() -> None:
    made = lever({"Si": 60.0, "Ti": 20.0}, "Si", "Ti")
    assert made.bound_b[0] - made.compound_mass[0] == pytest.approx(0.2, rel=1e-12)
    assert any("not accounted for" in f for f in made.findings)


def test_disagreeing_data_are_said() -> None:
    zr = lever({"Sn": 80, "Zr": 20}, "Sn", "Zr")
    assert zr.confidence == "weak"
    assert any("Zr-Sn" in f for f in zr.findings)
    assert not any("as partner" in f for f in zr.findings)
    y = lever({"Si": 70, "Y": 30}, "Si", "Y")
    assert any("YSi2 as partner" in f for f in y.findings)
    assert lever({"Si": 70, "Y": 30}, "Si", "Y", compound="YSi2").free[0] < y.free[0]


def test_a_refusal_names_the_other_partner_that_leaves_host_free() -> None:
    with pytest.raises(InputError, match="Ti6Sn5"):
        lever({"Sn": 71.0, "Ti": 29.0}, "Sn", "Ti")
    assert lever({"Sn": 71.0, "Ti": 29.0}, "Sn", "Ti", compound="Ti6Sn5").free[0] > 0


def test_host_alone() -> None:
    made = lever({"Si": 80.0, "O": 20.0}, "Si", None)
    assert made.mass_fraction[0] == 1.0
    assert made.volume_fraction[0] == 1.0
    assert made.partner is None


GOOD = {"Si": 70.0, "Ti": 30.0}
WRONG = [
    ({"Si": 80.0, "Ti": 30.0}, "Si", "Ti", "composition"),
    ({"Si": 70.0, "Ti": -1.0}, "Si", "Ti", "composition.Ti"),
    ({"Si": float("nan"), "Ti": 10.0}, "Si", "Ti", "composition.Si"),
    ({"Si": 40.0, "Ti": 60.0}, "Si", "Ti", "composition"),
    ({"Si": 60.0, "Ti": 30.0, "Zr": 5.0}, "Si", "Ti", "composition"),
    ({"Si": 70.0}, "Si", "Ti", "composition"),
    ({"Si": np.ones(3), "Ti": np.ones(2)}, "Si", "Ti", "composition"),
    ({"Si": 60.0, "Qq": 30.0}, "Si", "Ti", ""),
    (GOOD, "Ti", "Ti", ""),
    (GOOD, "Si", "Si", ""),
    ({"Si": 70.0, "Gd": 30.0}, "Si", "Gd", "compounds.toml"),
]


@pytest.mark.parametrize(("composition", "a", "b", "where"), WRONG)
def test_impossible_compositions_are_refused_with_their_place(composition, a, b, where) -> None:
    with pytest.raises(InputError) as refused:
        lever(composition, a, b)
    assert refused.value.where == where


@pytest.mark.parametrize(
    "override",
    [
        PhaseFraction(0.0),
        PhaseFraction(1.2),
        PhaseFraction(float("nan")),
        PhaseFraction(0.5, "moles"),
        PhaseFraction(0.9),
    ],
)
def test_impossible_fractions_are_refused(override: PhaseFraction) -> None:
    with pytest.raises(InputError) as refused:
        lever(GOOD, "Si", "Ti", override)
    assert refused.value.where == "override"


@pytest.mark.parametrize("bound", [{"O": 1.5}, {"F": 0.5}, {"N": -0.1}])
def test_impossible_shares_are_refused(bound) -> None:
    with pytest.raises(InputError) as refused:
        lever(GOOD, "Si", "Ti", bound=bound)
    assert refused.value.where == "bound"


def test_activity_of_b() -> None:
    """Half at the length, little where coarse, none where the hull has no reaction or the size is unknown."""
    one, c = Draws(1), partner("Si", "Ti")
    assert activity(c, 20e-9, one)[0] == pytest.approx(0.5)
    assert activity(c, 1e-6, one)[0] < 0.005
    assert activity(c, None, one)[0] == 0.0
    assert is_inert(partner("Si", "Ti", "Ti5Si3"))
    assert is_inert(partner("Al", "Ce", "CeAl2"))
    assert activity(partner("Si", "Ti", "Ti5Si3"), 1e-9, one)[0] == 0.0
    assert not is_inert(partner("Si", "Nd"))
    assert reactive_capacity(c, 20e-9, one)[0] == pytest.approx(c.convertible / 2)
    with pytest.raises(InputError):
        activity(c, -1e-9, one)
