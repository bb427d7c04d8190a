"""Volume fraction and enclosure in stacks of voxels: simulated spheres against their closed forms."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from negatrode.core.errors import InputError, MissingInput, Refusal
from negatrode.core.estimate import Estimate
from negatrode.core.provenance import Source
from negatrode.core.recording import Plane, Recording
from negatrode.core.settings import Settings
from negatrode.files.blob import Blob
from negatrode.files.readers import voxel_tiff
from negatrode.techniques.phases.model import OUTSIDE, PHASE_A, PHASE_B
from negatrode.techniques.technique import Evaluation, estimate
from negatrode.techniques.tomography.figure import TomographyFigure
from negatrode.techniques.tomography.simulate import (
    Body,
    Core,
    drawn,
    grey_values,
    noisy_labels,
    simulate_tomogram,
    tiff_bytes,
)
from negatrode.techniques.tomography.technique import TECHNIQUE, evaluate

LABELS: Mapping[str, object] = {"label_a": 1, "label_b": 2, "label_outside": 0}
BRIGHT: Mapping[str, object] = {"phase_a_grey": "bright", "outside_grey": "dark"}
PROPERTIES = ("area_fraction_a", "a_surrounded_by_b")


def recording_of(stack: NDArray[np.generic], quantity: str) -> Recording:
    """A recording of one stack."""
    plane = Plane(quantity, quantity, stack.astype(np.float32))
    return Recording("voxels", "test", Source("stack.tif", "ab" * 32), planes=(plane,))


def evaluated(recording: Recording, given: Mapping[str, object]) -> Evaluation:
    """The evaluation of one recording."""
    return evaluate([recording], Settings("tomography", TECHNIQUE.keys, given))


def estimated(recording: Recording, given: Mapping[str, object], recipe: str | None = None) -> list[Estimate]:
    """Area fraction and contact fraction."""
    settings = Settings("tomography", TECHNIQUE.keys, given)
    evaluation = evaluate([recording], settings)
    return [
        estimate(TECHNIQUE, evaluation, p, recordings=[recording], settings=settings, recipe=recipe)
        for p in PROPERTIES
    ]


def test_simulated_truth_is_what_is_drawn() -> None:
    """The closed forms of the fractions agree with the voxels of the drawing within 1 %."""
    core = Core(np.full(3, 31.7), 15.0, 6.0, theta=math.pi / 3, axis=(0.6, 0.0, 0.8))
    made = drawn([core], [], 64)
    a, b = (float(s.sum()) for s in made.shares)
    assert core.covered == pytest.approx(0.25)
    assert made.volume_fraction == pytest.approx(a / (a + b), rel=0.01)
    assert a == pytest.approx(core.volume, rel=0.01)
    inner = Core(np.full(3, 31.7), 8.0)
    made = drawn([inner], [Body(np.full(3, 31.7), 16.0)], 64)
    assert made.volume_fraction == pytest.approx(1.0 / 8.0)
    assert made.contact_fraction == 1.0


@pytest.mark.parametrize("style", ["core-shell", "dispersed", "half-covered"])
def test_labels_with_wrong_voxels_give_the_truth(style: str) -> None:
    """Noisy labels give both fractions within 0.01 of the stack's own truth, read from a file."""
    rng = np.random.default_rng(11)
    made = simulate_tomogram(rng, style, size=72, particles=5, radius=16.0, shell=5.0)
    stack = noisy_labels(rng, made.labels, 0.01).astype(np.uint8)
    recording = voxel_tiff.read(Blob("s.tif", tiff_bytes(stack, voxel_size_um=0.05)))
    fraction, surrounded = estimated(recording, LABELS)
    assert fraction.recipe == surrounded.recipe == "labels"
    assert fraction.value == pytest.approx(made.volume_fraction, abs=0.01)
    assert surrounded.value == pytest.approx(made.contact_fraction, abs=0.01)


@pytest.mark.parametrize("recipe", ["otsu-3d", "gaussian-mixture-3d"])
@pytest.mark.parametrize(
    ("levels", "given"),
    [
        ((40.0, 200.0, 120.0), BRIGHT),
        ((30.0, 110.0, 200.0), {"phase_a_grey": "middle", "outside_grey": "dark"}),
        ((210.0, 40.0, 130.0), {"phase_a_grey": "dark", "outside_grey": "bright"}),
    ],
)
def test_grey_stacks_hold_the_truth(
    recipe: str, levels: tuple[float, float, float], given: Mapping[str, object]
) -> None:
    """Blurred noisy grey, whichever phase is the middle one: the truth within 0.05 and in the interval."""
    rng = np.random.default_rng(12)
    made = simulate_tomogram(rng, "half-covered", size=80, particles=8, radius=17.0, shell=6.0)
    stack = grey_values(rng, made, levels=levels, blur=0.7, noise=6.0)
    fraction, surrounded = estimated(recording_of(stack, "grey"), given, recipe)
    for found, truth in ((fraction, made.volume_fraction), (surrounded, made.contact_fraction)):
        assert found.value == pytest.approx(truth, abs=0.05)
        assert found.interval95[0] <= truth <= found.interval95[1]


def test_a_blurred_rim_is_no_shell() -> None:
    """Bare spheres of A in resin have a rim of middle grey all round; B elsewhere does not make it cover."""
    rng = np.random.default_rng(13)
    made = drawn([Core(np.full(3, 20.3), 13.0)], [Body(np.array([58.0, 58.0, 58.0]), 14.0)], 76)
    stack = grey_values(rng, made, blur=0.8, noise=5.0)
    _, surrounded = estimated(recording_of(stack, "grey"), BRIGHT)
    assert surrounded.value == pytest.approx(0.0, abs=0.02)


def test_two_classes_without_outside() -> None:
    """A and B alone in the frame: the fraction is that of the stack; a sphere of A is surrounded."""
    rng = np.random.default_rng(14)
    grid = np.mgrid[:40, :40, :40] - 19.5
    a = np.sqrt((grid**2).sum(axis=0)) < 12.0
    stack = np.where(a, 180.0, 90.0) + rng.normal(0.0, 8.0, a.shape)
    fraction, surrounded = estimated(
        recording_of(stack, "grey"), {"phase_a_grey": "bright", "outside_grey": "none"}
    )
    assert fraction.value == pytest.approx(a.mean(), abs=0.01)
    assert surrounded.value == pytest.approx(1.0, abs=1e-3)
    assert any(f.code == "surface-not-seen" for f in surrounded.findings)


@pytest.mark.parametrize("method", ["gaussian", "median", "none"])
def test_every_filter_leads_to_the_fraction(method: str) -> None:
    """With little noise the way it is taken out moves the fraction by less than 0.03."""
    rng = np.random.default_rng(15)
    made = simulate_tomogram(rng, "core-shell", size=60, particles=1, radius=26.0, shell=8.0)
    stack = grey_values(rng, made, blur=0.6, noise=3.0)
    fraction, _ = estimated(recording_of(stack, "grey"), {**BRIGHT, "denoise": method})
    assert fraction.value == pytest.approx(made.volume_fraction, abs=0.03)


@pytest.mark.parametrize("missing", ["label_a", "label_b", "label_outside"])
def test_labels_are_never_guessed(missing: str) -> None:
    """Each label that is not named is asked for by its key."""
    labels = simulate_tomogram(np.random.default_rng(1), size=40, particles=1).labels
    given = {k: v for k, v in LABELS.items() if k != missing}
    with pytest.raises(MissingInput) as error:
        evaluated(recording_of(labels, "labels"), given)
    assert error.value.key == f"tomography.{missing}"


@pytest.mark.parametrize("missing", ["phase_a_grey", "outside_grey"])
def test_grey_classes_are_never_guessed(missing: str) -> None:
    """Which grey is A, and which the outside, is asked for."""
    stack = np.random.default_rng(2).normal(100.0, 5.0, (20, 20, 20))
    given = {k: v for k, v in BRIGHT.items() if k != missing}
    with pytest.raises(MissingInput) as error:
        evaluated(recording_of(stack, "grey"), given)
    assert error.value.key == f"tomography.{missing}"


@pytest.mark.parametrize(
    "given",
    [{**LABELS, "label_a": 2}, {**LABELS, "label_a": 9}, {**LABELS, "label_b": 9}],
)
def test_wrong_labels_are_input_errors(given: Mapping[str, object]) -> None:
    """One label for two things, or a label that the stack does not hold."""
    labels = simulate_tomogram(np.random.default_rng(1), size=40, particles=1).labels
    with pytest.raises(InputError):
        evaluated(recording_of(labels, "labels"), given)


def test_further_labels_are_another_phase() -> None:
    """A label that nobody names is material but neither A nor B."""
    labels = np.full((30, 30, 30), 5)
    labels[8:22, 8:22, 8:22] = 1
    labels[:2] = 2
    fraction, surrounded = estimated(recording_of(labels, "labels"), LABELS)
    assert fraction.value == pytest.approx(14**3 / 30**3, rel=1e-6)
    assert surrounded.value == 0.0


@pytest.mark.parametrize("peaks", [1, 2, 4])
def test_grey_without_a_peak_a_class_is_refused(peaks: int) -> None:
    """One, two or four grey levels where three are asked for: refused with the number found."""
    rng = np.random.default_rng(3)
    z, y, x = np.mgrid[:48, :48, :48]
    stack = 60.0 * (np.floor((0.71 * z + 0.53 * y + 0.46 * x) / 11.0) % peaks)
    with pytest.raises(Refusal, match=f"{peaks} peaks"):
        evaluated(recording_of(stack + rng.normal(0.0, 4.0, stack.shape), "grey"), BRIGHT)


def test_what_is_no_stack_is_refused() -> None:
    """A flat stack, a thin one, broken labels, two stacks at once."""
    flat = recording_of(np.full((16, 16, 16), 7.0), "grey")
    thin = recording_of(np.zeros((3, 16, 16)), "grey")
    broken = recording_of(np.random.default_rng(4).random((16, 16, 16)), "labels")
    negative = recording_of(np.full((16, 16, 16), -1), "labels")
    for recording, given in ((flat, BRIGHT), (thin, BRIGHT), (broken, LABELS), (negative, LABELS)):
        with pytest.raises(Refusal):
            evaluated(recording, given)
    with pytest.raises(Refusal, match="2 stacks"):
        evaluate([flat, flat], Settings("tomography", TECHNIQUE.keys, BRIGHT))


def test_a_stack_without_a_is_refused_and_one_cut_by_the_frame_keeps_its_fraction() -> None:
    """Where the frame cuts A the volume fraction stands and enclosure is undecided."""
    labels = np.full((24, 24, 24), PHASE_B)
    labels[:, :12] = PHASE_A
    labels[0, 0, 0] = OUTSIDE
    outcomes = evaluated(recording_of(labels, "labels"), LABELS).outcomes
    found = outcomes["area_fraction_a"]["labels"]
    assert not isinstance(found, Refusal)
    undecided = outcomes["a_surrounded_by_b"]["labels"]
    assert isinstance(undecided, Refusal)
    assert "frame cuts 1 of 1" in undecided.found


def test_slices_farther_apart_than_pixels_carry_no_surface() -> None:
    """Voxels that are no cubes: the fraction stands, the surface is refused."""
    import io

    import tifffile

    labels = simulate_tomogram(np.random.default_rng(5), size=48, particles=1, radius=20.0).labels
    buffer = io.BytesIO()
    tifffile.imwrite(
        buffer,
        labels.astype(np.uint8),
        imagej=True,
        resolution=(10.0, 10.0),
        metadata={"axes": "ZYX", "spacing": 0.3, "unit": "um"},
    )
    recording = voxel_tiff.read(Blob("flat.tif", buffer.getvalue()))
    outcomes = evaluated(recording, LABELS).outcomes
    assert not isinstance(outcomes["area_fraction_a"]["labels"], Refusal)
    assert isinstance(outcomes["a_surrounded_by_b"]["labels"], Refusal)


def test_the_figure_shows_slices_through_a() -> None:
    """Three slices that cross at a voxel of A, and one contact fraction a whole domain."""
    made = simulate_tomogram(np.random.default_rng(6), "half-covered", size=64, particles=4, radius=14.0)
    figure = evaluated(recording_of(made.labels, "labels"), LABELS).figure
    assert isinstance(figure, TomographyFigure)
    z, y, x = figure.position
    assert figure.labels[0][y, x] == figure.labels[1][z, x] == figure.labels[2][z, y] == PHASE_A
    assert figure.contact.shape == (4,)
    assert figure.surrounded == pytest.approx(made.contact_fraction, abs=0.02)
    assert figure.grey == ()
