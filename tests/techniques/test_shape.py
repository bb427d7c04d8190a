"""Sphericity: closed forms, drawn particles of known outline, gates and refusals, real micrographs."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from negatrode.core.errors import InputError, Refusal
from negatrode.core.provenance import Source
from negatrode.core.recording import Outline, Picture, Recording
from negatrode.core.settings import Settings
from negatrode.files.blob import Blob, load
from negatrode.files.readers import picture, via_outlines
from negatrode.techniques.shape import contour
from negatrode.techniques.shape.simulate import Population, Scene, png_bytes, simulate_micrograph
from negatrode.techniques.shape.technique import TECHNIQUE
from negatrode.techniques.technique import Evaluation, estimate

ROUND = Population(radius=20.0, radius_sd=0.1, roughness=0.0)


def image(values, path: str = "powder.png") -> Recording:
    """A picture as a reader returns it."""
    return Recording("image", "test", Source(path, "ab" * 32), picture=Picture(np.asarray(values, float)))


def traced(*outlines, picture_name: str = "powder.png") -> Recording:
    """Outlines as a reader returns them."""
    found = tuple(Outline(picture_name, str(i), np.asarray(o, float)) for i, o in enumerate(outlines))
    return Recording("outlines", "test", Source("traced.json", "cd" * 32), outlines=found)


def evaluate(*recordings: Recording, **given: object) -> Evaluation:
    """All recipes on the recordings."""
    return TECHNIQUE.evaluate(list(recordings), Settings("images", TECHNIQUE.keys, given))


def value(evaluation: Evaluation, recipe: str = "l-ratio") -> float:
    """The mean sphericity by a recipe."""
    return evaluation.outcomes["sphericity"][recipe].value


def codes(evaluation: Evaluation) -> dict[str, bool]:
    """Codes of the findings, and whether they warn."""
    return {f.code: f.warning for f in evaluation.findings["sphericity"]}


def disc(x: float, y: float, r: float, aspect: float = 1.0, n: int = 720) -> np.ndarray:
    """An ellipse of half axes r * aspect and r."""
    t = np.linspace(0.0, 2.0 * math.pi, n, endpoint=False)
    return np.column_stack([x + r * aspect * np.cos(t), y + r * np.sin(t)])


def drawn(
    shapes, size: int = 256, *, low: float = 40.0, high: float = 180.0, noise: float = 4.0, seed: int = 0
):
    """A picture of functions inside(x, y) > 0, edges blurred by coverage, with noise."""
    from scipy.ndimage import gaussian_filter

    y, x = np.mgrid[0 : 2 * size, 0 : 2 * size] / 2.0 + 0.25
    mask = np.zeros(x.shape)
    for inside in shapes:
        mask = np.maximum(mask, (inside(x, y) > 0.0).astype(float))
    mask = mask.reshape(size, 2, size, 2).mean(axis=(1, 3))
    rng = np.random.default_rng(seed)
    return low + (high - low) * gaussian_filter(mask, 0.7) + noise * rng.standard_normal(mask.shape)


def ellipse(cx: float, cy: float, a: float, b: float, turn: float = 0.3):
    """Inside of an ellipse."""
    c, s = math.cos(turn), math.sin(turn)
    return lambda x, y: (
        1.0 - (((x - cx) * c + (y - cy) * s) / a) ** 2 - (((y - cy) * c - (x - cx) * s) / b) ** 2
    )


@pytest.mark.parametrize(("aspect", "expected"), [(1.0, 1.0), (2.0, 0.9172), (3.0, 0.8143)])
def test_outlines_of_ellipses_have_the_closed_form(aspect: float, expected: float) -> None:
    """sqrt(4 pi A)/P of an ellipse: 1, 0.917 and 0.814 at aspect ratios 1, 2 and 3."""
    found = evaluate(traced(disc(100, 100, 30, aspect), disc(400, 300, 20, aspect)))
    assert value(found) == pytest.approx(expected, abs=1e-3)
    assert value(found, "circularity") == pytest.approx(expected**2, abs=2e-3)


def test_outlines_of_squares() -> None:
    """A square has sqrt(4 pi) a / (4 a) = sqrt(pi)/2."""
    square = np.array([[0.0, 0.0], [40.0, 0.0], [40.0, 40.0], [0.0, 40.0]])
    found = evaluate(traced(square + 50.0, square * 2.0 + 200.0))
    assert value(found) == pytest.approx(math.sqrt(math.pi) / 2.0, rel=1e-12)


@pytest.mark.parametrize(("aspect", "expected"), [(1.0, 1.0), (2.0, 0.9172), (3.0, 0.8143)])
def test_pictures_of_ellipses_have_the_closed_form(aspect: float, expected: float) -> None:
    """The sub-pixel contour meets the closed form to 0.004 on pictures with noise."""
    b = 36.0 / math.sqrt(aspect)
    spots = [(65, 65), (190, 65), (65, 190), (190, 190)]
    found = evaluate(image(drawn([ellipse(x, y, b * aspect, b, 0.4 * i) for i, (x, y) in enumerate(spots)])))
    assert found.figure.counts["whole"] == 4
    assert value(found) == pytest.approx(expected, abs=0.004)
    assert value(found, "l-ratio-crofton") == pytest.approx(expected, abs=0.02)


def test_pictures_of_squares() -> None:
    """A drawn square has sqrt(pi)/2; its corners are rounded by the smoothing, by under 0.02."""
    box = [
        lambda x, y, cx=cx, cy=cy: 55.0 - np.maximum(abs(x - cx), abs(y - cy))
        for cx in (66.0, 190.0)
        for cy in (66.0, 190.0)
    ]
    assert value(evaluate(image(drawn(box)))) == pytest.approx(math.sqrt(math.pi) / 2.0, abs=0.02)


def test_pixel_perimeters_are_shown_but_not_admissible() -> None:
    """The pixel recipes give a number with a reason not to use it; the others are admissible."""
    found = evaluate(traced(disc(100, 100, 30), disc(300, 300, 30)))
    by_recipe = found.outcomes["sphericity"]
    assert [r for r, o in by_recipe.items() if not o.admissible] == ["pixel-4", "pixel-8"]
    assert by_recipe["pixel-8"].why_not
    assert by_recipe["pixel-8"].value < 0.9


def test_touching_pairs_are_split() -> None:
    """Two touching discs count as two round particles."""
    shapes = [
        ellipse(60, 80, 30, 30), ellipse(119, 80, 30, 30), ellipse(60, 190, 30, 30), ellipse(190, 190, 30, 30)
    ]  # fmt: skip
    found = evaluate(image(drawn(shapes)))
    assert found.figure.counts["whole"] == 4
    assert value(found) == pytest.approx(1.0, abs=0.01)


def test_hidden_particles_are_left_out() -> None:
    """Two discs that overlap by half a radius are no whole particles."""
    shapes = [
        ellipse(60, 80, 34, 34), ellipse(100, 80, 34, 34), ellipse(60, 190, 30, 30), ellipse(190, 190, 30, 30)
    ]  # fmt: skip
    found = evaluate(image(drawn(shapes)))
    assert found.figure.counts["whole"] == 2
    assert found.figure.counts["clump"] >= 1


def test_particles_at_the_frame_are_left_out() -> None:
    """Particles that the frame cuts are counted as such and not measured."""
    shapes = [
        ellipse(0, 60, 30, 30),
        ellipse(150, 255, 30, 30),
        ellipse(80, 150, 30, 30),
        ellipse(190, 90, 30, 30),
    ]
    counts = evaluate(image(drawn(shapes))).figure.counts
    assert (counts["whole"], counts["edge"]) == (2, 2)


def test_outlines_at_the_extent_are_left_out() -> None:
    """Traced outlines at the extent of all are taken as cut by the frame, and it is said."""
    inner = [disc(60 + 60 * i, 100, 20) for i in range(4)]
    half = disc(200, 0, 20)
    corners = [
        np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]]),
        np.array([[400.0, 300.0], [391.0, 300.0], [400.0, 291.0]]),
    ]
    cut = half[half[:, 1] >= 0.0]
    found = evaluate(traced(*inner, cut, *corners))
    assert (found.figure.counts["whole"], found.figure.counts["edge"]) == (4, 3)
    assert "frame-from-outlines" in codes(found)
    assert value(found) == pytest.approx(1.0, abs=1e-3)


def test_small_particles_are_left_out_and_it_is_said() -> None:
    """Below minimum_diameter a particle is counted as small; the default is named in a finding."""
    shapes = [
        ellipse(60, 60, 30, 30),
        ellipse(190, 60, 30, 30),
        ellipse(60, 190, 8, 8),
        ellipse(190, 190, 8, 8),
    ]
    grey = drawn(shapes)
    assert evaluate(image(grey)).figure.counts["small"] == 2
    assert "minimum-diameter" in codes(evaluate(image(grey)))
    lower = evaluate(image(grey), minimum_diameter=10)
    assert lower.figure.counts["whole"] == 4
    assert "minimum-diameter" not in codes(lower)


def test_dark_particles_on_bright_ground() -> None:
    """The polarity is read from the picture, and said; the same shapes give the same value."""
    spots = [(60, 65), (190, 65), (60, 190), (190, 190)]
    shapes = [ellipse(x, y, 30, 20) for x, y in spots]
    bright = evaluate(image(drawn(shapes)))
    dark = evaluate(image(drawn(shapes, low=180.0, high=40.0)))
    assert codes(dark) == {**codes(bright)}
    assert "polarity" in codes(dark)
    assert dark.figure.counts["whole"] == 4
    assert value(dark) == pytest.approx(value(bright), abs=0.003)
    said = evaluate(image(drawn(shapes, low=180.0, high=40.0)), particles="dark")
    assert value(said) == value(dark)
    assert "polarity" not in codes(said)


def test_information_bar_is_cropped() -> None:
    """A black bar with text below the picture does not count as particles or ground."""
    shapes = [ellipse(x, y, 30, 30) for x in (60, 190) for y in (60, 180)]
    grey = drawn(shapes)
    bar = np.zeros((24, 256))
    bar[8:16, 20:60:3] = 255.0
    with_bar = evaluate(image(np.vstack([grey, bar])))
    assert "info-bar" in codes(with_bar)
    assert with_bar.figure.picture.shape == (256, 256)
    assert value(with_bar) == pytest.approx(value(evaluate(image(grey))), abs=1e-3)
    assert "info-bar" not in codes(evaluate(image(np.vstack([grey, bar])), crop_bottom=24))


def test_gaps_between_particles_are_no_particles() -> None:
    """Ground enclosed by a ring of touching particles is not filled."""
    ring = [
        ellipse(128 + 63 * math.cos(a), 128 + 63 * math.sin(a), 31, 31) for a in np.arange(6) * math.pi / 3
    ]
    found = evaluate(image(drawn(ring)), particles="bright")
    assert found.figure.counts["whole"] == 6
    assert value(found) == pytest.approx(1.0, abs=0.015)


@pytest.mark.parametrize(
    "values",
    [
        np.zeros((256, 256)),
        np.full((256, 256), 255.0),
        np.random.default_rng(0).normal(100.0, 20.0, (256, 256)),
        np.random.default_rng(1).integers(0, 256, (400, 300)),
        np.random.default_rng(2).random((20, 20)),
        np.ones((1, 1)),
        np.tile(np.linspace(0.0, 255.0, 256), (256, 1)),
        drawn([ellipse(0, 60, 30, 30), ellipse(256, 160, 40, 40)]),
    ],
    ids=["black", "white", "normal noise", "uniform noise", "tiny", "one pixel", "ramp", "all cut"],
)
def test_pictures_without_particles_are_refused(values: np.ndarray) -> None:
    """Blank pictures, noise, tiny ones and ones without a whole particle are refused, never measured."""
    with pytest.raises(Refusal) as caught:
        evaluate(image(values))
    assert caught.value.rule


def test_unknown_picture_is_an_input_error() -> None:
    """The key 'picture' must name a picture that was traced."""
    with pytest.raises(InputError):
        evaluate(traced(disc(50, 50, 20), disc(150, 150, 20)), picture="other.png")


def test_few_particles_warn_and_widen() -> None:
    """Under 30 particles there is a warning, and the scatter has n - 1 degrees of freedom."""
    found = evaluate(traced(disc(100, 100, 30), disc(300, 300, 30, 1.5), disc(500, 300, 30, 2.0)))
    assert codes(found)["few-particles"]
    assert found.outcomes["sphericity"]["l-ratio"].components[0].dof == 2.0


def test_pictures_are_pooled() -> None:
    """Two pictures give the mean over the particles of both."""
    rng = np.random.default_rng(5)
    shots = [image(simulate_micrograph(rng, population=ROUND).values, f"{i}.png") for i in range(2)]
    alone = [evaluate(s) for s in shots]
    both = evaluate(*shots)
    numbers = [a.figure.counts["whole"] for a in alone]
    expected = np.average([value(a) for a in alone], weights=numbers)
    assert value(both) == pytest.approx(expected, rel=1e-9)
    assert both.outcomes["sphericity"]["l-ratio"].components[0].dof == sum(numbers) - 1


@pytest.mark.parametrize("dark", [False, True])
def test_simulated_particles_one_by_one(dark: bool) -> None:
    """Each particle measured lies within 0.012 of the exact sphericity of the one drawn there."""
    ground = 200.0 if dark else 50.0
    scene = Scene(pairs=0, dark=dark, ground=ground, rim=0.0)
    shot = simulate_micrograph(np.random.default_rng(3), population=Population(radius=24.0), scene=scene)
    recording = picture.read(Blob("a.png", png_bytes(shot.values)))
    figure = evaluate(recording).figure
    assert figure.counts["whole"] >= 20
    for outline, found in zip(figure.outlines, figure.sphericity, strict=True):
        middle = 0.5 * (outline.min(axis=0) + outline.max(axis=0))
        nearest = int(np.argmin(np.hypot(*(shot.centres - middle).T)))
        assert found == pytest.approx(shot.shapes[nearest].sphericity(), abs=0.012)


def test_simulated_outline_is_exact() -> None:
    """The simulator's area and perimeter by quadrature agree with a fine polygon."""
    shape = Population(roughness=0.08).draw(np.random.default_rng(2))
    t = np.linspace(0.0, 2.0 * math.pi, 20_000, endpoint=False)
    r, _ = shape.radii(t)
    points = np.column_stack([r * np.cos(t), r * np.sin(t)])
    expected = contour.l_ratio(contour.area(points), contour.perimeter(points))
    assert shape.sphericity() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "all_masks"),
    [("Sc1Tile_001-001-000_0-000.png", 0.899), ("Sc1Tile_001-002-000_0-000.png", 0.903)],
)
def test_published_outlines_over_all_masks(shared_data: Path, name: str, all_masks: float) -> None:
    """sqrt(4 pi A)/P over all traced masks of a picture."""
    found = via_outlines.read(load(shared_data / "images/ampis_via_powder_particle_masks_training.json"))
    ratios = [
        contour.l_ratio(contour.area(o.vertices), contour.perimeter(o.vertices))
        for o in found.outlines
        if o.picture == name
    ]
    assert np.mean(ratios) == pytest.approx(all_masks, abs=0.001)


def test_published_outlines_of_whole_particles(shared_data: Path) -> None:
    """174 whole particles of the first picture: 0.920, Crofton 0.915, squared 0.853, pixels 0.896, 0.761."""
    recording = via_outlines.read(load(shared_data / "images/ampis_via_powder_particle_masks_training.json"))
    found = evaluate(recording, picture="Sc1Tile_001-001-000_0-000.png")
    assert found.figure.counts["whole"] == 174
    expected = {
        "l-ratio": 0.920,
        "l-ratio-crofton": 0.915,
        "circularity": 0.853,
        "pixel-4": 0.896,
        "pixel-8": 0.761,
    }
    assert {r: value(found, r) for r in expected} == pytest.approx(expected, abs=0.002)


def test_real_micrograph_against_its_traced_outlines(shared_data: Path) -> None:
    """Particles segmented and traced alike agree in size; their mean sphericity to 0.03."""
    recording = picture.read(load(shared_data / "images/ampis_Sc1Tile_001-001-000_0-000.png"))
    outlines = via_outlines.read(load(shared_data / "images/ampis_via_powder_particle_masks_training.json"))
    own = evaluate(recording).figure
    hand = evaluate(outlines, picture="Sc1Tile_001-001-000_0-000.png").figure
    centres = np.array([0.5 * (o.min(axis=0) + o.max(axis=0)) for o in hand.outlines])
    pairs = []
    for outline, found, size in zip(own.outlines, own.sphericity, own.diameter, strict=True):
        gaps = np.hypot(*(centres - 0.5 * (outline.min(axis=0) + outline.max(axis=0))).T)
        i = int(np.argmin(gaps))
        if gaps[i] < 0.1 * size and abs(hand.diameter[i] / size - 1.0) < 0.1:
            pairs.append((found, hand.sphericity[i]))
    assert len(pairs) > 0.75 * len(own.outlines)
    mine, theirs = np.mean(pairs, axis=0)
    assert mine == pytest.approx(theirs, abs=0.03)


def test_estimate_from_png_bytes() -> None:
    """The whole path gives an estimate whose interval lies around the value, alternatives beside it."""
    shot = simulate_micrograph(np.random.default_rng(1), population=ROUND)
    recording = picture.read(Blob("a.png", png_bytes(shot.values)))
    settings = Settings("images", TECHNIQUE.keys)
    evaluation = TECHNIQUE.evaluate([recording], settings)
    found = estimate(TECHNIQUE, evaluation, "sphericity", recordings=[recording], settings=settings)
    low, high = found.interval95
    assert low < 1.0 < high
    assert {a.recipe for a in found.alternatives} == {"l-ratio-crofton", "circularity", "pixel-4", "pixel-8"}
