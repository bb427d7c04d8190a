"""Mixing rules, held against closed forms written here, limits, and each other."""

from __future__ import annotations

import numpy as np
import pytest

from negatrode.core.errors import InputError
from negatrode.material.effective import apparent_diffusivity, bruggeman, hashin_shtrikman, maxwell

RATIOS = 10.0 ** np.arange(-12, 13, 3)
FRACTIONS = np.array([0.0, 0.01, 0.2, 1 / 3, 0.5, 0.9, 1.0])


def two_phases(k_a: float, k_b: float, f: float, d: int = 3) -> float:
    """Bruggeman's quadratic (d-1) k^2 - b k - k_A k_B = 0, b = (d f - 1) k_A + (d (1-f) - 1) k_B, solved in
    the form that does not cancel."""
    b = (d * f - 1) * k_a + (d * (1 - f) - 1) * k_b
    root = np.sqrt(b * b + 4 * (d - 1) * k_a * k_b)
    return float((b + root) / (2 * (d - 1)) if b > 0 else 2 * k_a * k_b / (root - b))


def test_maxwell_is_the_formula_of_the_book() -> None:
    """k_B [(k_A + 2 k_B) + 2 f (k_A - k_B)] / [(k_A + 2 k_B) - f (k_A - k_B)], over draws."""
    rng = np.random.default_rng(1)
    a, b, f = 10 ** rng.uniform(-6, 6, 200), 10 ** rng.uniform(-6, 6, 200), rng.random(200)
    book = b * ((a + 2 * b) + 2 * f * (a - b)) / ((a + 2 * b) - f * (a - b))
    np.testing.assert_allclose(maxwell(a, b, f), book, rtol=1e-9)


@pytest.mark.parametrize("f", [0.0, 0.1, 0.4])
def test_maxwell_limits(f: float) -> None:
    """Closed spheres, perfect conductors, spheres of the matrix, dilute spheres, an insulating matrix."""
    assert maxwell(0.0, 3.0, f) == pytest.approx(3 * (1 - f) / (1 + f / 2), rel=1e-14)
    assert maxwell(1e30, 3.0, f) == pytest.approx(3 * (1 + 2 * f) / (1 - f), rel=1e-14)
    assert maxwell(3.0, 3.0, f) == pytest.approx(3.0, rel=1e-15)
    assert maxwell(3.0, 0.0, f) == 0
    assert maxwell(7.0, 3.0, 1e-8) - 3.0 == pytest.approx(3 * 3.0 * 1e-8 * (7 - 3) / (7 + 6), rel=1e-5)


def test_maxwell_of_pure_phases() -> None:
    """f = 0 is B and f = 1 is A, also where one or both conduct nothing."""
    for a, b in [(2.0, 5.0), (2.0, 0.0), (0.0, 5.0), (0.0, 0.0)]:
        assert maxwell(a, b, 0.0) == b
        assert maxwell(a, b, 1.0) == pytest.approx(a, rel=1e-15)


def test_bounds_bracket_what_lies_between() -> None:
    """Bruggeman between Hashin and Shtrikman, those between layers in series and in parallel."""
    for ratio in RATIOS:
        for f in FRACTIONS:
            low, high = hashin_shtrikman(ratio, 1.0, f)
            middle = bruggeman([ratio, 1.0], [f, 1 - f])
            assert low <= middle * (1 + 1e-12)
            assert middle <= high * (1 + 1e-12)
            assert 1 / (f / ratio + (1 - f)) <= low * (1 + 1e-12)
            assert high <= (f * ratio + (1 - f)) * (1 + 1e-12)


def test_bounds_do_not_depend_on_names() -> None:
    """A and B exchanged are the same mixture; Maxwell is one of the two bounds."""
    one, other = hashin_shtrikman(4.0, 9.0, 0.3), hashin_shtrikman(9.0, 4.0, 0.7)
    assert one == pytest.approx(other, rel=1e-14)
    assert one[1] == pytest.approx(maxwell(4.0, 9.0, 0.3), rel=1e-14)


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("ratio", RATIOS)
def test_bruggeman_of_two_phases_is_its_quadratic(ratio: float, dimensions: int) -> None:
    """To 1e-12 away from the threshold, and within what a fraction in double precision tells at it."""
    for f in FRACTIONS:
        at_threshold = min(abs(f - 1 / dimensions), abs(1 - f - 1 / dimensions)) < 1e-9
        exact = two_phases(ratio, 1.0, f, dimensions)
        found = bruggeman([ratio, 1.0], [f, 1 - f], dimensions=dimensions)
        assert found == pytest.approx(exact, rel=1e-8 if at_threshold else 1e-12)


@pytest.mark.parametrize(("dimensions", "threshold"), [(3, 1 / 3), (2, 1 / 2)])
def test_percolation(dimensions: int, threshold: float) -> None:
    """Beside a closed phase: nothing up to f = 1/d, then (d f - 1)/(d - 1) of the conductor."""
    f = np.array([0.0, 0.1, threshold - 1e-6, threshold + 1e-6, threshold + 1e-3, 0.8, 1.0])
    found = bruggeman([5.0, 0.0], np.stack([f, 1 - f], axis=-1), dimensions=dimensions)
    exact = np.maximum(0.0, 5 * (f - threshold) / (1 - threshold))
    np.testing.assert_allclose(found, exact, rtol=1e-9)
    assert np.all(found[f <= threshold] == 0)


def test_bruggeman_of_many_phases() -> None:
    """The equation itself, phases split in two, phases of no volume, and the scale of the unit."""
    rng = np.random.default_rng(2)
    k, f = 10 ** rng.uniform(-12, 12, (300, 5)), rng.dirichlet(np.ones(5), 300)
    root = bruggeman(k, f)
    left = (f * (k - root[:, None]) / (k + 2 * root[:, None])).sum(axis=1)
    np.testing.assert_allclose(left, 0, atol=1e-13)
    np.testing.assert_allclose(bruggeman(1e-20 * k, f), 1e-20 * root, rtol=1e-9)
    split = bruggeman(k[:, [0, 0, 1, 2, 3, 4]], np.c_[f[:, :1] / 2, f[:, :1] / 2, f[:, 1:]])
    np.testing.assert_allclose(split, root, rtol=1e-9)
    assert bruggeman([2.0, 8.0, 1e9], [0.5, 0.5, 0.0]) == pytest.approx(two_phases(2, 8, 0.5), rel=1e-13)
    assert bruggeman([7.0], [1.0]) == pytest.approx(7.0, rel=1e-14)
    assert bruggeman([0.0, 0.0], [0.4, 0.6]) == 0
    dilute = bruggeman([3.0, 1.0], [1e-7, 1 - 1e-7])  # as Maxwell to first order
    assert dilute - 1 == pytest.approx(3e-7 * (3 - 1) / (3 + 2), rel=1e-5)


def test_apparent_diffusivity() -> None:
    """k over mean storage, over draws; with one phase its own diffusivity k/S."""
    found = apparent_diffusivity([2.0, 4.0], [0.25, 0.65], [[4.0, 0.0], [8.0, 10.0]])
    np.testing.assert_allclose(found, [2.0, 4 / 8.5], rtol=1e-15)
    assert apparent_diffusivity(3e-14, [1.0], [1.5]) == pytest.approx(2e-14, rel=1e-15)


@pytest.mark.parametrize(
    "call",
    [
        lambda: maxwell(-1.0, 1.0, 0.1),
        lambda: maxwell(1.0, np.nan, 0.1),
        lambda: maxwell(1.0, 1.0, 1.1),
        lambda: hashin_shtrikman(1.0, np.inf, 0.1),
        lambda: bruggeman([1.0, 2.0], [0.5, 0.4]),
        lambda: bruggeman([1.0, -2.0], [0.5, 0.5]),
        lambda: bruggeman([1.0, 2.0, 3.0], [0.5, 0.5]),
        lambda: bruggeman(1.0, 1.0),
        lambda: bruggeman([], []),
        lambda: bruggeman(np.ones((3, 2)), np.full((4, 2), 0.5)),
        lambda: bruggeman([1.0, 2.0], [0.5, 0.5], dimensions=4),
        lambda: apparent_diffusivity(1.0, [0.5, 0.5], [0.0, 0.0]),
        lambda: apparent_diffusivity(1.0, [0.6, 0.5], [1.0, 1.0]),
        lambda: apparent_diffusivity(-1.0, [1.0], [1.0]),
    ],
)
def test_refusals(call) -> None:
    """Each says which rule was broken."""
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.rule
