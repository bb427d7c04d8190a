"""Who takes oxygen and nitrogen: the table of verdicts, and the balances of the contents."""

import numpy as np
import pytest

from negatrode.core.errors import InputError
from negatrode.material.alloy.affinity import affinity
from negatrode.material.alloy.contents import contents_of_shares, predicted_contents
from negatrode.material.alloy.lever import lever
from negatrode.material.alloy.partition import _computed, partition
from negatrode.material.prior import Draws

METALS = ("Ti", "Zr", "Y", "La", "Ce", "Nd")
DRAWS = Draws(400, seed=3)


def _expected() -> dict[tuple[str, str, str], str]:
    table = {("O", a, b): "B" for a in ("Sn", "Ga", "In", "Pb", "Sb", "Bi") for b in METALS}
    table |= {("O", "Al", b): "A" for b in METALS}
    table |= {("O", "Si", b): "B" for b in ("Y", "La", "Nd")}
    table |= {("O", "Si", "Ti"): "A", ("O", "Si", "Zr"): "undecided", ("O", "Si", "Ce"): "undecided"}
    table |= {("N", a, b): "B" for a in ("Sn", "In", "Pb", "Sb", "Bi") for b in METALS}
    table |= {("N", "Ga", b): "B" for b in ("Ti", "Zr", "Y")}
    table |= {("N", "Ga", b): "undecided" for b in ("La", "Ce", "Nd")}
    table |= {("N", "Si", b): "A" for b in ("Y", "La", "Ce", "Nd")}
    table |= {("N", "Si", b): "undecided" for b in ("Ti", "Zr")}
    return table | {("N", "Al", b): "A" for b in METALS}


EXPECTED = _expected()


def test_every_pair_is_in_the_table() -> None:
    assert len(EXPECTED) == 2 * 8 * 6


@pytest.mark.parametrize(("light", "a", "b"), EXPECTED)
def test_verdicts_of_the_hulls(light: str, a: str, b: str) -> None:
    """The result table is reproduced; a verdict is likelier than not, and the words say it."""
    found = partition(light, a, b, 900.0, DRAWS)
    verdict = EXPECTED[light, a, b]
    assert found.verdict == verdict
    assert found.words
    if verdict == "undecided":
        assert "undecided" in found.words
        assert found.confidence == "weak"
    else:
        assert (found.probability if verdict == "B" else 1 - found.probability) > 0.6
        assert f"phase {verdict}" in found.words


@pytest.mark.parametrize(
    ("light", "a", "b", "margin", "within"),
    [
        ("O", "Si", "Ti", -84, 8),  # "by ~80 kJ"
        ("O", "Si", "Zr", 2, 6),  # -425..-435 against -428
        ("O", "Si", "Ce", 15, 1),
        ("N", "Si", "Ti", -22, 8),  # "by 15-30 kJ"
        ("N", "Si", "Zr", -4, 11),  # -148..-168 against -162
        ("N", "Al", "Ti", -127, 28),  # "by > 100 kJ"
        ("N", "Al", "Zr", -125, 25),
    ],
)
def test_margins(light: str, a: str, b: str, margin: float, within: float) -> None:
    found, lacks = _computed(light, a, b, Draws(1))
    assert not lacks
    assert found is not None
    assert found[0] == pytest.approx(margin, abs=within)


def test_oxygen_in_tin_with_titanium_lies_in_the_range_of_the_hulls() -> None:
    """mu_O in B from -440 to -586 kJ/mol for titanium."""
    found, _ = _computed("O", "Sn", "Ti", Draws(1))
    assert found is not None
    assert -586 <= (affinity("O", "Sn").gibbs or 0.0) - found[0] <= -440


def test_error_of_the_energies_and_of_disagreeing_databases() -> None:
    """30 kJ/mol, and more where the enthalpies differ (Zr-Sn by 38 per mol of atoms)."""
    plain = partition("O", "Si", "Ti", 900.0, Draws(4000)).margin.std()
    wide = partition("N", "Sn", "Zr", 900.0, Draws(4000)).margin.std()
    assert plain == pytest.approx(30, rel=0.06)
    assert wide == pytest.approx(np.hypot(30, 57.15), rel=0.06)


def test_coefficient_is_clipped_and_cools_to_the_extremes() -> None:
    hot, cold = (partition("N", "Si", "Y", T, Draws(1)).coefficient[0] for T in (5000.0, 300.0))
    assert cold == pytest.approx(1e-3)
    assert cold < hot < 1.0
    assert partition("O", "Sn", "Ti", 900.0, Draws(1)).coefficient[0] == pytest.approx(1e3)
    everything = [partition(*k, 900.0, DRAWS).coefficient for k in EXPECTED]
    assert min(k.min() for k in everything) >= 1e-3 * (1 - 1e-12)
    assert max(k.max() for k in everything) <= 1e3 * (1 + 1e-12)


def test_a_pair_without_data_is_undecided_and_says_what_lacks() -> None:
    for light in ("O", "N"):
        found = partition(light, "Si", "Gd", 900.0, DRAWS)
        assert found.verdict == "undecided"
        assert "Gd" in found.lacks
        assert found.lacks in found.words
        assert found.probability == pytest.approx(0.5, abs=0.1)


def test_hull_verdict_without_a_margin_says_at_least() -> None:
    found = partition("O", "Pb", "La", 900.0, DRAWS)
    assert "at least 20" in found.words
    assert found.confidence == "usable"


@pytest.mark.parametrize(
    ("light", "a", "b", "T"),
    [("F", "Si", "Ti", 900.0), ("O", "Ti", "Ti", 900.0), ("O", "Si", "Fe", 900.0), ("O", "Si", "Ti", 0.0)],
)
def test_wrong_questions_are_refused(light, a, b, T) -> None:
    with pytest.raises(InputError):
        partition(light, a, b, T, DRAWS)


COMPOSITION = {"Sn": 81.0, "Ti": 14.0, "O": 2.0, "N": 1.5, "F": 0.8, "S": 0.4, "P": 0.3}


@pytest.mark.parametrize("theta", [0.0, 0.3, 1.0])
def test_mass_balances_close(theta: float) -> None:
    """f_a W_a + f_b W_b is the content of the particle, and the phases add up, to 1e-12."""
    made = lever(COMPOSITION, "Sn", "Ti")
    k = np.array([30.0, 1e-3, 1e3])
    found = predicted_contents(made, k, k, theta)
    oxygen = found.mass_a * found.oxygen_in_a + found.mass_b * found.oxygen_in_b
    nitrogen = found.mass_a * found.nitrogen_in_a + found.mass_b * found.nitrogen_in_b
    assert np.allclose(oxygen, 2.0, rtol=0, atol=1e-12)
    assert np.allclose(nitrogen, 1.5, rtol=0, atol=1e-12)
    assert np.allclose(found.mass_a + found.mass_b, 1.0, rtol=0, atol=1e-12)


def test_mixing_leads_from_equilibrium_to_what_was_made() -> None:
    made = lever(COMPOSITION, "Sn", "Ti")
    f_b = 1 - made.mass_fraction[0]
    equilibrium = predicted_contents(made, 100.0, 100.0, 0.0)
    even = predicted_contents(made, 100.0, 100.0, 1.0)
    kept = predicted_contents(made, 100.0, 100.0, 1.0, {"O": 0.0, "N": 1.0})
    assert equilibrium.share_in_b["O"][0] == pytest.approx(100 * f_b / (1 - f_b + 100 * f_b))
    assert even.share_in_b["O"][0] == pytest.approx(f_b)
    assert kept.oxygen_in_b[0] == 0.0
    assert kept.nitrogen_in_a[0] == 0.0
    assert equilibrium.ratio[0] > even.ratio[0] == pytest.approx(1.0, rel=0.2)


def test_without_a_metal_all_is_in_a() -> None:
    made = lever({"Si": 80.0, "O": 20.0}, "Si", None)
    found = predicted_contents(made, 1e3, 1e3, 0.0)
    assert found.oxygen_in_a[0] == pytest.approx(20.0)
    assert found.oxygen_in_b[0] == 0.0


def test_impossible_shares_and_coefficients_are_refused() -> None:
    made = lever(COMPOSITION, "Sn", "Ti")
    with pytest.raises(InputError):
        contents_of_shares(made, 1.1, 0.0)
    with pytest.raises(InputError):
        predicted_contents(made, 0.0, 1.0, 0.0)
    with pytest.raises(InputError):
        predicted_contents(made, 1.0, 1.0, -0.1)
    with pytest.raises(InputError):
        predicted_contents(made, 1.0, 1.0, 0.5, {"O": 2.0})
