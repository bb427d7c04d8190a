"""Contact fraction: closed forms, orientation, thin films, the frame, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

from negatrode.core.errors import InputError, Refusal
from negatrode.techniques.enclosure import Enclosure, enclosure
from negatrode.techniques.phases.model import OTHER, OUTSIDE, PHASE_A, PHASE_B
from tests.techniques.enclosure.shapes import Labels, beside, disc, sphere


def measured(labels: Labels, **more: float) -> Enclosure:
    """The enclosure of labels with a fixed seed."""
    return enclosure(labels, seed=1, key="test", **more)


@pytest.mark.parametrize("covered", [0.25, 0.5, 0.75])
def test_half_covered_disc_holds_in_every_direction(covered: float) -> None:
    """A disc of 20 px radius, covered over an angle, gives angle / 2 pi within 0.005 for 36 orientations."""
    starts = np.linspace(0.0, 2.0 * math.pi, 36, endpoint=False)
    errors = [measured(disc(20.0, covered=covered, start=s)).fraction - covered for s in starts]
    assert max(abs(e) for e in errors) <= 0.005
    assert abs(np.mean(errors)) <= 0.001


@pytest.mark.parametrize("radius", [6.0, 12.0, 25.0])
def test_length_of_a_circle_is_isotropic(radius: float) -> None:
    """The boundary of a disc is 2 pi r within 1.5 %, wherever its centre lies on the grid."""
    rng = np.random.default_rng(2)
    lengths = [measured(disc(radius, offset=tuple(rng.uniform(-0.5, 0.5, 2)))).lengths[0] for _ in range(8)]
    assert np.allclose(lengths, 2.0 * math.pi * radius, rtol=0.02)
    assert np.mean(lengths) == pytest.approx(2.0 * math.pi * radius, rel=0.01)


@pytest.mark.parametrize("angle", [0.0, 0.2, math.pi / 8, math.pi / 6, math.pi / 4])
def test_length_of_a_square_does_not_turn_with_it(angle: float) -> None:
    """A square of 60 px has a boundary of 240 px less its rounded corners, in any orientation."""
    y, x = np.mgrid[:120, :120] - 59.3
    u, v = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
    labels = np.where(np.maximum(abs(u), abs(v)) < 30.0, PHASE_A, PHASE_B).astype(np.int8)
    found = measured(labels)
    assert found.lengths[0] == pytest.approx(240.0, rel=0.025)
    assert found.fraction == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_cap_of_a_sphere(share: float) -> None:
    """A sphere covered up to a polar angle gives (1 - cos theta)/2, in three directions of the cap."""
    theta = math.acos(1.0 - 2.0 * share)
    for axis in ([1.0, 0.0, 0.0], [1.0, 0.9, 0.1], [0.3, -0.5, 0.8]):
        found = measured(sphere(12.0, theta=theta, axis=np.array(axis)))
        assert found.fraction == pytest.approx(share, abs=0.006)
        assert found.lengths[0] == pytest.approx(4.0 * math.pi * 144.0, rel=0.01)


def test_whole_shell_is_one_and_no_shell_is_zero() -> None:
    """Concentric B covers all of A, in 2-D and 3-D; without B nothing is covered."""
    for labels in (disc(15.0), sphere(9.0)):
        found = measured(labels)
        assert found.fraction == pytest.approx(1.0, abs=1e-3)
        assert found.enclosed == 1.0
        assert found.touching_outside == 0
        bare = measured(np.where(labels == PHASE_B, OUTSIDE, labels).astype(np.int8))
        assert bare.fraction == 0.0
        assert bare.enclosed == 0.0
        assert bare.touching_outside == 1


def test_dispersed_domains_are_enclosed_and_those_at_the_surface_are_not() -> None:
    """Domains within B count 1; one that reaches the surface is found as touching the outside."""
    y, x = np.mgrid[:140, :140]
    labels = np.where(np.hypot(y - 70, x - 70) < 60, PHASE_B, OUTSIDE).astype(np.int8)
    for cy, cx in ((50, 50), (50, 90), (90, 50), (90, 90), (70, 70)):
        labels[np.hypot(y - cy, x - cx) < 8] = PHASE_A
    found = measured(labels)
    assert (found.domains, found.whole, found.cut) == (5, 5, 0)
    assert found.fraction == pytest.approx(1.0, abs=1e-6)
    labels[(np.hypot(y - 12, x - 70) < 8) & (labels == PHASE_B)] = PHASE_A
    found = measured(labels)
    assert (found.domains, found.touching_outside) == (6, 1)
    assert found.enclosed == pytest.approx(5 / 6)
    assert found.fraction < 0.95


@pytest.mark.parametrize("phase", [OUTSIDE, OTHER])
def test_another_phase_is_no_cover(phase: int) -> None:
    """Where a third phase or the outside lies against A, it is not surrounded by B."""
    labels = np.full((60, 60), PHASE_B, dtype=np.int8)
    labels[:, 30:] = phase
    labels[20:40, 20:40] = PHASE_A
    assert measured(labels).fraction == pytest.approx(0.5, abs=0.01)
    assert measured(labels).touching_outside == 1


@pytest.mark.parametrize(("shell", "low", "high"), [(1.0, 0.0, 0.001), (3.0, 0.998, 1.0), (4.0, 0.999, 1.0)])
@pytest.mark.parametrize("radius", [8.0, 20.0])
def test_films_of_one_pixel_do_not_count_and_shells_of_three_do(
    radius: float, shell: float, low: float, high: float
) -> None:
    """A one-pixel rim of B (mixed pixels of A and resin) is no cover; three pixels are."""
    rng = np.random.default_rng(3)
    for _ in range(5):
        found = measured(disc(radius, shell=shell, offset=tuple(rng.uniform(-0.5, 0.5, 2))))
        assert low <= found.fraction <= high + 1e-6
        assert any(f.code == "thin-films" for f in found.findings) == (shell == 1.0)


def test_films_count_where_every_pixel_is_trusted() -> None:
    """With ``minimum_shell`` 1 a rim of one pixel covers A; with 5 a shell of three does not."""
    assert measured(disc(15.0, shell=1.5), minimum_shell=1.0).fraction > 0.95
    assert measured(disc(15.0, shell=3.0), minimum_shell=5.0).fraction < 0.01


def test_walls_between_domains_count() -> None:
    """A wall of B one pixel thick between two domains of A is contact: there is no resin to mix with."""
    labels = np.full((50, 60), PHASE_B, dtype=np.int8)
    labels[10:40, 10:29] = PHASE_A
    labels[10:40, 30:50] = PHASE_A
    found = measured(labels)
    assert found.whole == 2
    assert found.fraction == pytest.approx(1.0, abs=1e-6)


def test_cut_domains_are_left_out() -> None:
    """Half of a bare disc at the frame changes nothing; it is counted as cut."""
    covered = beside([disc(15.0)] * 4, 2)
    y, x = np.mgrid[: covered.shape[0], : covered.shape[1]]
    middle = covered.shape[1] // 2
    covered[np.hypot(y, x - middle) < 5] = PHASE_A
    found = measured(covered)
    assert (found.domains, found.whole, found.cut) == (5, 4, 1)
    assert found.fraction == pytest.approx(1.0, abs=1e-6)


def test_a_frame_that_cuts_the_phases_leaves_it_undecided() -> None:
    """Stripes through the frame, or a large cut domain beside a small whole one, are refused."""
    stripes = np.where(np.arange(60) // 10 % 2 == 0, PHASE_A, PHASE_B) * np.ones((60, 1))
    with pytest.raises(Refusal, match="frame cuts 3 of 3") as refusal:
        measured(stripes.astype(np.int8))
    assert "larger field" in refusal.value.remedy
    stripes[20:25, 13:17] = PHASE_A
    with pytest.raises(Refusal, match="frame cuts 3 of 4"):
        measured(stripes.astype(np.int8))


def test_labels_without_a_are_refused() -> None:
    """No A: said as such, not a division by zero."""
    with pytest.raises(Refusal, match="no pixel is phase A"):
        measured(np.full((20, 20), PHASE_B, dtype=np.int8))


@pytest.mark.parametrize(
    ("labels", "shell"),
    [
        (np.full((20, 20), 7, dtype=np.int8), 2.0),
        (np.full((20,), 1, dtype=np.int8), 2.0),
        (np.full((20, 20), 1, dtype=np.int8), 30.0),
    ],
)
def test_what_is_no_stack_of_labels_is_an_input_error(labels: Labels, shell: float) -> None:
    """Unknown labels, one dimension, an absurd film thickness."""
    with pytest.raises(InputError):
        measured(labels, minimum_shell=shell)


@pytest.mark.parametrize("labels", [disc(20.0, covered=0.5, start=0.3), sphere(10.0, theta=math.pi / 2)])
def test_a_turn_of_the_grid_changes_nothing(labels: Labels) -> None:
    """Quarter turns and mirror images give the same fraction."""
    first = measured(labels).fraction
    for other in (np.rot90(labels), labels[::-1], np.swapaxes(labels, 0, 1)):
        assert measured(np.ascontiguousarray(other)).fraction == pytest.approx(first, abs=1e-5)


def test_slabs_do_not_show() -> None:
    """A stack taller than a slab gives what its parts give: two equal spheres have equal surfaces."""
    labels = sphere(12.0, theta=math.pi / 2)
    found = measured(np.concatenate([labels, labels, labels], axis=0))
    assert found.whole == 3
    assert np.allclose(found.lengths, found.lengths[0], rtol=1e-5)
    assert np.allclose(found.contacts, found.contacts[0], rtol=1e-5)


def test_single_wrong_pixels_do_not_matter() -> None:
    """2 % of pixels mislabelled leave the fraction within 0.02 and the number of domains as it is."""
    rng = np.random.default_rng(4)
    labels = beside([disc(20.0, covered=0.5, start=k) for k in range(6)], 3)
    wrong = rng.random(labels.shape) < 0.02
    noisy = np.where(wrong, rng.integers(0, 3, labels.shape), labels).astype(np.int8)
    found = measured(noisy)
    assert found.domains == 6
    assert found.fraction == pytest.approx(0.5, abs=0.02)
    assert any(f.code == "specks" for f in found.findings)


def test_drawn_boundary_lies_between_pixels() -> None:
    """Every centre of a side has one coordinate halfway between pixels; covered and bare ones are apart."""
    found = measured(disc(12.0, covered=0.5))
    for centres in (found.boundary_ab, found.boundary_other):
        halves = np.isclose(np.mod(centres, 1.0), 0.5)
        assert np.all(halves.sum(axis=1) == 1)
    assert len(found.boundary_ab) == pytest.approx(len(found.boundary_other), rel=0.1)


def test_a_section_says_that_it_is_one() -> None:
    """2-D results carry the finding that a section is not a body; 3-D results do not."""
    assert any(f.code == "section" for f in measured(disc(10.0)).findings)
    assert not any(f.code == "section" for f in measured(sphere(8.0)).findings)


def test_component_keys_start_with_the_prefix_and_the_seed_repeats() -> None:
    """The same seed gives the same components, and their keys name the file."""
    labels = beside([disc(12.0, covered=c) for c in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)], 3)
    first, second = measured(labels), measured(labels)
    assert first.components == second.components
    assert all(c.key.startswith("test:") for c in first.components)
    assert first.components[0].dof == 5.0
