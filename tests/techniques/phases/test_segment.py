"""Segmentation of maps: area and contact of simulated sections, number of phases, marks, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from negatrode.core.errors import InputError, MissingInput, NegatrodeError, Refusal
from negatrode.core.settings import Key, Settings
from negatrode.techniques.phases.model import OTHER, OUTSIDE, PHASE_A, PHASE_B, ElementMaps, Segmentation
from negatrode.techniques.phases.segment import ELEMENT_RECIPES, SEGMENT_KEYS, segmentations
from negatrode.techniques.phases.simulate import (
    Microscope,
    Section,
    silicon_titanium,
    simulate_counts,
    simulate_section,
    tin_titanium,
)

KEYS = (*SEGMENT_KEYS, Key("leave_out", "", "elements left out"))
SILICON = silicon_titanium({"O": 0.3}, {"O": 2.0, "N": 1.5})
TIN = tin_titanium({"O": 0.3}, {"O": 2.0, "N": 1.5})


def settings(**given: object) -> Settings:
    """Settings of section "phases"."""
    return Settings("phases", KEYS, given)


def mapped(section: Section, alloy=SILICON, *, seed: int = 0, **scope: float) -> ElementMaps:
    """Maps of a section as extraction returns them."""
    c = simulate_counts(np.random.default_rng(seed), section, alloy, Microscope(**scope))
    return ElementMaps(
        c.elements, c.values, "counts", background=c.background, pixel_size=5e-8, key="k", path="m"
    )


def flat(shares, rates, *, seed: int = 0, elements=("Si", "Ti")) -> ElementMaps:
    """Poisson counts of shares (classes, rows, columns) with mean counts (classes, elements)."""
    means = np.tensordot(np.asarray(rates, float).T, np.asarray(shares, float), axes=1)
    counts = np.random.default_rng(seed).poisson(means).astype(np.float32)
    return ElementMaps(tuple(elements), counts, "counts", key="k", path="m")


def good(found) -> Segmentation:
    """A segmentation, not an error."""
    assert isinstance(found, Segmentation), found
    return found


def contact(labels) -> float:
    """Share of A's border that touches B, by pairs of neighbours in four directions."""
    touching = whole = 0.0
    for dy, dx, w in ((0, 1, 1.0), (1, 0, 1.0), (1, 1, 0.5**0.5), (1, -1, 0.5**0.5)):
        there = np.roll(labels, (-dy, -dx), axis=(0, 1))
        for p, q in ((labels, there), (there, labels)):
            whole += w * float(((p == PHASE_A) & (q != PHASE_A)).sum())
            touching += w * float(((p == PHASE_A) & (q == PHASE_B)).sum())
    return touching / whole


@pytest.mark.parametrize("counts", [20.0, 300.0])
@pytest.mark.parametrize("alloy", [SILICON, TIN], ids=["Si-Ti", "Sn-Ti"])
@pytest.mark.parametrize(("style", "shell"), [("core-shell", 3.0), ("dispersed", 6.0), ("half-covered", 6.0)])
def test_area_and_contact_of_simulated_sections(style, shell, alloy, counts):
    """Down to 20 counts a pixel in all: area within 0.02, contact within 0.03, two phases, truth in 95 %."""
    section = simulate_section(np.random.default_rng(7), style, shell=shell)
    found = segmentations(mapped(section, alloy, counts_per_pixel=counts), settings())
    for recipe in ELEMENT_RECIPES:
        s = good(found[recipe])
        u = np.linalg.norm([c.u for c in s.fraction_components])
        assert abs(s.fraction_a - section.area_fraction) < min(0.02, 3.0 * u)
        assert abs(contact(s.labels) - section.contact_fraction) < 0.03
        assert s.phases_found == 2


def test_no_film_of_b_where_a_ends_at_the_outside():
    """Mixed pixels between A and resin are a weaker A; a B between them would be invented."""
    section = simulate_section(np.random.default_rng(3), "half-covered", covered=0.3)
    s = good(segmentations(mapped(section, blur=1.2, counts_per_pixel=60.0), settings())["gaussian-mixture"])
    assert contact(s.labels) == pytest.approx(section.contact_fraction, abs=0.03)


def test_interior_is_pure():
    """Interior pixels hold the other phase by less than 2 % on average, those at the border far more."""
    section = simulate_section(np.random.default_rng(5), "core-shell", shell=9.0)
    s = good(segmentations(mapped(section, counts_per_pixel=300.0), settings())["gaussian-mixture"])
    inside = s.interior & (s.labels == PHASE_A)
    assert inside.sum() > 200
    assert section.shares[1][inside].mean() < 0.001
    assert not (s.interior & (s.labels == OUTSIDE)).any()


@pytest.mark.parametrize("counts", [20.0, 200.0, 5000.0])
def test_one_phase_is_refused(counts):
    """A particle of one phase in resin gives no fraction, at any number of counts."""
    section = simulate_section(np.random.default_rng(1), "core-shell")
    shares = np.stack([section.shares.sum(axis=0), 1.0 - section.shares.sum(axis=0)])
    found = segmentations(flat(shares, [[0.6 * counts, 0.4 * counts], [0.05, 0.05]]), settings())
    for recipe in ELEMENT_RECIPES:
        assert isinstance(found[recipe], Refusal)


def test_gradual_composition_is_not_two_phases():
    """A composition that changes linearly over the map has no border to find."""
    ramp = np.broadcast_to(np.linspace(0.0, 1.0, 120), (120, 120))
    found = segmentations(flat([ramp, 1.0 - ramp], [[60.0, 0.0], [40.0, 40.0]]), settings())
    assert all(isinstance(s, Refusal) for s in found.values())


def test_a_third_phase_is_labelled_other():
    """Three compositions in blocks: three phases are found, the third is neither A nor B."""
    shares = np.zeros((3, 120, 120))
    shares[0, :, :40], shares[1, :, 40:80], shares[2, :, 80:] = 1.0, 1.0, 1.0
    rates = [[60.0, 0.0, 0.0], [30.0, 30.0, 0.0], [5.0, 5.0, 60.0]]
    found = segmentations(flat(shares, rates, elements=("Si", "Ti", "Fe")), settings())
    s = good(found["gaussian-mixture"])
    assert s.phases_found == 3
    assert s.fraction_a == pytest.approx(1.0 / 3.0, abs=0.01)
    assert (s.labels[:, 84:] == OTHER).all()
    assert isinstance(found["otsu-log-ratio"], Refusal)


def test_weight_percent_maps():
    """Contents have no Poisson noise; their own noise is measured and the area still holds."""
    section = simulate_section(np.random.default_rng(2), "dispersed")
    a, b = section.shares
    rng = np.random.default_rng(0)
    silicon = 100.0 * a + 54.0 * b + rng.normal(0.0, 4.0, a.shape) * (a + b > 0)
    titanium = 46.0 * b + rng.normal(0.0, 4.0, a.shape) * (a + b > 0)
    values = np.clip(np.stack([silicon, titanium]), 0.0, None).astype(np.float32)
    s = good(segmentations(ElementMaps(("Si", "Ti"), values, "wt%", key="k"), settings())["gaussian-mixture"])
    assert s.fraction_a == pytest.approx(section.area_fraction, abs=0.02)


def test_outside_by_declaration():
    """With outside = "no" every pixel is material."""
    shares = np.zeros((2, 80, 80))
    shares[0, :, :30], shares[1, :, 30:] = 1.0, 1.0
    s = good(
        segmentations(flat(shares, [[50.0, 1.0], [20.0, 30.0]]), settings(outside="no"))["gaussian-mixture"]
    )
    assert not (s.labels == OUTSIDE).any()
    assert s.fraction_a == pytest.approx(0.375, abs=0.01)


def test_several_lithium_active_elements_are_asked_for():
    """Si and Sn mapped: nobody can say which marks A, and the key is named."""
    shares = np.zeros((2, 80, 80))
    shares[0, :, :30], shares[1, :, 30:] = 1.0, 1.0
    maps = flat(shares, [[50.0, 1.0], [20.0, 30.0]], elements=("Si", "Sn"))
    error = segmentations(maps, settings())["gaussian-mixture"]
    assert isinstance(error, MissingInput)
    assert error.key == "phases.phase_a"
    s = good(segmentations(maps, settings(phase_a="Sn"))["gaussian-mixture"])
    assert s.fraction_a == pytest.approx(0.625, abs=0.01)


def test_log_ratio_asks_for_the_mark_of_b():
    """Al and Ag: A is found by rule, B is neither Ti, Zr nor a rare earth, so that its mark is asked for."""
    shares = np.zeros((2, 80, 80))
    shares[0, :, :30], shares[1, :, 30:] = 1.0, 1.0
    found = segmentations(flat(shares, [[90.0, 1.0], [40.0, 40.0]], elements=("Al", "Ag")), settings())
    error = found["otsu-log-ratio"]
    assert isinstance(error, MissingInput)
    assert error.key == "phases.phase_b"
    assert isinstance(found["gaussian-mixture"], Segmentation)


def test_a_mark_that_is_not_mapped():
    """phase_a must be one of the mapped elements."""
    shares = np.ones((1, 60, 60))
    error = segmentations(flat(shares, [[50.0, 10.0]]), settings(phase_a="Sn"))["gaussian-mixture"]
    assert isinstance(error, InputError)


def _broken(kind: str) -> ElementMaps:
    values = np.random.default_rng(0).poisson(20.0, (2, 60, 60)).astype(np.float32)
    if kind == "negative":
        values[0, 3, 4] = -1.0
    elif kind == "zero":
        values[:] = 0.0
    elif kind == "nan":
        values[1, 5, 5] = np.nan
    elif kind == "small":
        values = values[:, :10, :10]
    return ElementMaps(("Si", "Ti"), values, "counts", key="k", path="m")


@pytest.mark.parametrize("kind", ["negative", "zero", "nan", "small"])
def test_maps_that_cannot_be_divided(kind):
    """Negative counts, no signal, values that are no numbers and tiny maps are refused with the place."""
    with pytest.raises(NegatrodeError) as caught:
        segmentations(_broken(kind), settings())
    assert caught.value.where == "m"


def test_the_same_maps_give_the_same_answer():
    """Nothing random is left: two runs agree to the last digit."""
    section = simulate_section(np.random.default_rng(4), "dispersed")
    one, two = (good(segmentations(mapped(section), settings())["gaussian-mixture"]) for _ in range(2))
    assert one.fraction_a == two.fraction_a
    assert np.array_equal(one.labels, two.labels)


@pytest.mark.parametrize("counts", [20.0, 150.0])
def test_long_dwell_on_faint_lines_does_not_hide_a_dark_phase(counts):
    """O, N and F counted 20 times as long: A, which holds none, has less than half of B's counts in all."""
    alloy = silicon_titanium({"O": 0.1, "N": 0.05}, {"O": 2.2, "N": 1.1, "F": 0.6})
    rng = np.random.default_rng(41)
    section = simulate_section(rng, "dispersed", shape=(200, 200), particles=9, radius=29.0)
    maps = mapped(section, alloy, counts_per_pixel=counts, minor_gain=20.0)
    found = segmentations(maps, settings(phase_a="Si", phase_b="Ti"))
    for recipe in ("gaussian-mixture", "otsu-log-ratio"):
        assert abs(good(found[recipe]).fraction_a - section.area_fraction) < 0.02
