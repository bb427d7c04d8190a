"""Two phases by the grey of an electron image: levelled, cut by Otsu's threshold, freed of noise by a prior.

Uneven illumination is a quadratic surface fitted together with the two greys, so that large domains are not
levelled away. Noise is removed by the Potts prior of segment_labels, which keeps borders, not by a filter
wider than needed. Grains of one phase may differ in grey (channelling contrast), so that the histogram need
not have two modes; two phases are told from one by the step of grey across the borders found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import MissingInput, Refusal
from negatrode.core.estimate import Component, Finding
from negatrode.core.settings import Settings
from negatrode.techniques.phases.model import OUTSIDE, PHASE_A, PHASE_B, ElementMaps, Segmentation
from negatrode.techniques.phases.segment_borders import blur_in_pixels, interior
from negatrode.techniques.phases.segment_classes import FWHM, border_distance
from negatrode.techniques.phases.segment_fraction import area_fraction, corrected
from negatrode.techniques.phases.segment_labels import blur_of, blurred, mean_counts, posterior
from negatrode.techniques.phases.segment_modes import otsu_of, two_modes

Picture = NDArray[np.float32]
Labels = NDArray[np.int8]
Mask = NDArray[np.bool_]

RECIPE = "grey-otsu"
SAMPLE = 100_000  # pixels that thresholds and surfaces are fitted to
LEVELLINGS, REFINEMENTS = 4, 4
BLUNTEST = 6.4  # px of blur: the widest that is looked for
LEAST_STEP = 0.5  # of the two mean greys' difference that is passed within NEAR px of a border
DOUBTFUL = 0.05
LEAST_AGREEMENT = 0.5
NEAR = 4.0  # px, or the width of the blur where that is more
CLEAR = 4.0  # contrast over noise that smoothing aims at
WIDEST = 3.0  # px of smoothing
_MAD = 1.4826
_GREYS = 1000.0  # nats are bounded by this


@dataclass(frozen=True, eq=False)
class Grey:
    """A levelled picture and what divides it.

    ``cut``: threshold; ``means``: of the darker and the brighter phase; ``noise``: standard deviation by
    pixel; ``smoothing``: px.
    """

    flat: Picture
    material: Mask
    cut: float
    means: tuple[float, float]
    noise: float
    smoothing: float


def by_grey(maps: ElementMaps, settings: Settings) -> Segmentation:
    """The section divided by its electron image.

    Raises MissingInput where nobody says whether A is the brighter phase, Refusal where the picture is blank,
    noise alone or a gradual change.
    """
    assert maps.grey is not None
    why = "a grey picture does not tell which phase absorbs lithium"
    bright = PHASE_A if settings.word("phase_a_grey", why=why) == "bright" else PHASE_B
    picture = maps.grey
    if float(np.ptp(picture)) <= 0.0:
        raise Refusal("every pixel has one grey", where=maps.path, rule="two phases differ in grey")
    rows = _without_bar(picture)
    material, seen = _material(
        picture[:rows], settings.optional_word("outside") or "auto", settings, maps.path
    )
    first = _fitted(picture[:rows], material)
    grey, labels, blur = _refined(first, bright, maps.path)
    _require_steps(grey, blur, bright, maps.path)
    sigma, stated = blur_in_pixels(maps, blur, settings)
    inner, thin = interior(labels, sigma)
    key = f"{maps.key}:{RECIPE}"
    fraction = corrected(labels, lambda part: _again(part, grey, blur, bright), key=key, fwhm=FWHM * blur)
    by_otsu = area_fraction(_labels(first.flat, material, first, bright))
    doubt = max(abs(by_otsu - area_fraction(labels)) / 12.0**0.5, _threshold_doubt(grey))
    components = (*fraction.components, Component("place of the threshold", doubt, f"{key}:threshold"))
    notes = [*seen, stated, *thin, _bar_note(len(picture) - rows)]
    notes.append(Finding("section", "the area fraction is that of this section, not of the powder"))
    text = f"by Otsu's own threshold the fraction would be {by_otsu:.3g}"
    notes.append(Finding("threshold", text, warning=abs(by_otsu - fraction.value) > DOUBTFUL))
    notes.append(Finding("grey", "phases by grey alone: composition is not looked at", warning=True))
    full = np.zeros(picture.shape, dtype=np.int8)
    kept = np.zeros(picture.shape, dtype=bool)
    full[:rows], kept[:rows] = labels, inner
    found = tuple(n for n in notes if n is not None)
    return Segmentation(RECIPE, full, kept, fraction.value, components, 2, found)


def _refined(grey: Grey, bright: int, where: str) -> tuple[Grey, Labels, float]:
    """Greys, labels and blur that agree with each other; the threshold half-way between the greys.

    The greys are those of the blurred labels (mean_counts): rare or thin domains, which the blur and Otsu's
    threshold draw towards the other phase, get their own.
    """
    names = (bright, PHASE_A + PHASE_B - bright, OUTSIDE)
    for step in range(REFINEMENTS):
        labels = _labels(grey.flat, grey.material, grey, bright)
        if any(not (labels == n).any() for n in names[:2]):
            raise Refusal("one grey is found", where=where, rule="no two phases are supported by the data")
        shown = names if (labels == OUTSIDE).any() else names[:2]
        low = float(grey.flat.min())
        blur = blur_of(grey.flat[None] - low, labels, shown)
        if step == REFINEMENTS - 1:
            break
        means = mean_counts(grey.flat[None] - low, blurred(labels, shown, blur))[:2, 0] + low
        smoothing = _smoothing(grey.noise, float(means[0] - means[1]))
        ends = (float(means[1]), float(means[0]))
        grey = replace(grey, cut=float(means[:2].mean()), means=ends, smoothing=smoothing)
    if blur >= BLUNTEST:
        raise Refusal(
            f"the borders are {FWHM * blur:.0f} pixels wide or more",
            where=where,
            rule="no two phases are supported by the data: their borders would be sharper",
            remedy="Bin the picture if it is oversampled",
        )
    return grey, labels, blur


def _smoothing(noise: float, contrast: float) -> float:
    return float(np.clip(CLEAR * noise / max(contrast, 1e-9), 0.5, WIDEST))


def _without_bar(picture: Picture) -> int:
    from negatrode.techniques.shape.segmentation import info_bar

    return len(picture) - info_bar(np.asarray(picture, dtype=float))


def _bar_note(rows: int) -> Finding | None:
    return Finding("bar", f"{rows} rows of an information bar are left out") if rows else None


def _material(
    picture: Picture, outside: str, settings: Settings, where: str
) -> tuple[Mask, tuple[Finding, ...]]:
    """The part of the picture that is not outside: everything, or what is brighter than the darkest mode."""
    from scipy.ndimage import gaussian_filter

    whole = np.ones(picture.shape, dtype=bool)
    if outside == "no":
        return whole, (Finding("outside", "no outside, as declared"),)
    smooth = gaussian_filter(picture, 1.5)
    sample = _sampled(smooth, whole)
    modes = two_modes(sample, 0.0)
    first = modes is not None and modes.clear
    upper = two_modes(sample[sample > modes.cut], 0.0) if first and modes is not None else None
    lower = two_modes(sample[sample <= modes.cut], 0.0) if first and modes is not None else None
    three = any(m is not None and m.clear for m in (upper, lower))
    if not three and outside == "auto":
        return whole, (Finding("outside", "no outside: the greys do not show three modes"),)
    if outside == "auto":
        raise MissingInput(
            f"{settings.section}.outside is not known",
            key=f"{settings.section}.outside",
            where=where,
            rule="the picture shows three greys: the darkest may be resin or a third phase",
            remedy='Give outside = "yes" (the darkest is outside) or "no" under [phases] in SAMPLE.toml',
        )
    if lower is not None and lower.clear:
        cut = lower.cut
    elif modes is not None and modes.clear:
        cut = modes.cut
    else:
        cut = otsu_of(sample)
    share = float((smooth <= cut).mean())
    return smooth > cut, (
        Finding("outside", f"{100.0 * share:.3g} % of the picture is outside (darkest grey)"),
    )


def _sampled(picture: Picture, mask: Mask) -> NDArray[np.float64]:
    values = picture[mask]
    return np.asarray(values[:: max(values.size // SAMPLE, 1)], dtype=float)


def noise_of(picture: Picture) -> float:
    """Standard deviation of the pixel noise, from the mask that no plane and no edge of a ramp passes.

    Immerkaer, Comput. Vis. Image Underst. 64 (1996) 300; by the median, so that borders do not count.
    """
    p = picture
    d = p[:-2, :-2] + p[2:, :-2] + p[:-2, 2:] + p[2:, 2:] + 4.0 * p[1:-1, 1:-1]
    d = d - 2.0 * (p[:-2, 1:-1] + p[2:, 1:-1] + p[1:-1, :-2] + p[1:-1, 2:])
    return float(_MAD * np.median(np.abs(d)) / 6.0)


def _fitted(picture: Picture, material: Mask) -> Grey:
    """Level the picture and place the threshold between the mean greys of its two classes."""
    flat = np.asarray(picture, dtype=np.float32)
    middle = float(flat[material].mean())
    first = flat - _surface(flat, material, material, (middle, middle))
    # strong shading must go before greys can be told, but a surface through them takes large domains with it
    return min((_iterated(f, material, noise_of(picture)) for f in (flat, first)), key=_blurriness)


def _blurriness(grey: Grey) -> float:
    """Spread of grey within the phases over their contrast."""
    from scipy.ndimage import gaussian_filter

    sample = _sampled(gaussian_filter(grey.flat, grey.smoothing), grey.material)
    ends = np.where(sample > grey.cut, grey.means[1], grey.means[0])
    return float(np.std(sample - ends)) / max(grey.means[1] - grey.means[0], 1e-9)


def _iterated(flat: Picture, material: Mask, noise: float) -> Grey:
    """Greys and surface, one from the other."""
    from scipy.ndimage import gaussian_filter

    smoothing = 0.7
    for _ in range(LEVELLINGS):
        smooth = gaussian_filter(flat, smoothing)
        cut = _cut(smooth, material, noise, smoothing)
        means = _means(smooth, material, cut)
        smoothing = _smoothing(noise, means[1] - means[0])
        flat = flat - _surface(flat, smooth > cut, material, means)
    smooth = gaussian_filter(flat, smoothing)
    cut = _cut(smooth, material, noise, smoothing)
    return Grey(flat, material, cut, _means(smooth, material, cut), noise, smoothing)


def _cut(smooth: Picture, material: Mask, noise: float, smoothing: float) -> float:
    """Otsu's threshold; half-way between two clear modes where there are, which it misses if one is rare."""
    sample = _sampled(smooth, material)
    modes = two_modes(sample, noise / max(np.sqrt(4.0 * np.pi) * smoothing, 1.0))
    if modes is None or not modes.clear:
        return otsu_of(sample)
    return 0.5 * (modes.means[0] + modes.means[1])


def _means(smooth: Picture, material: Mask, cut: float) -> tuple[float, float]:
    sample = _sampled(smooth, material)
    above = sample > cut
    if above.all() or not above.any():
        return float(sample.mean()), float(sample.mean())
    return float(sample[~above].mean()), float(sample[above].mean())


def _surface(flat: Picture, above: Mask, material: Mask, means: tuple[float, float]) -> Picture:
    """Quadratic surface through the greys less that of their class, zero on average."""
    rows, columns = flat.shape
    step = max(int(np.sqrt(flat.size / SAMPLE)), 1)
    cut = (slice(step // 2, None, step), slice(step // 2, None, step))
    left = (flat - np.where(above, means[1], means[0]))[cut][material[cut]]
    v, u = (np.mgrid[0:rows, 0:columns][(slice(None), *cut)] / np.array([rows, columns])[:, None, None]) - 0.5
    u, v = u[material[cut]], v[material[cut]]
    terms = np.stack([np.ones_like(u), u, v, u * v, u * u, v * v], axis=-1)
    c = np.linalg.lstsq(terms, left, rcond=None)[0]
    y = (np.arange(rows, dtype=np.float32) / rows - 0.5)[:, None]
    x = (np.arange(columns, dtype=np.float32) / columns - 0.5)[None, :]
    made = c[1] * x + c[2] * y + c[3] * x * y + c[4] * x * x + c[5] * y * y
    return np.asarray(made - made.mean(), dtype=np.float32)


def _labels(flat: Picture, material: Mask, grey: Grey, bright: int) -> Labels:
    """PHASE_A, PHASE_B and OUTSIDE by pixel."""
    from scipy.ndimage import gaussian_filter

    contrast = grey.means[1] - grey.means[0]
    smooth = gaussian_filter(flat, grey.smoothing)
    rest = grey.noise / max(np.sqrt(4.0 * np.pi) * grey.smoothing, 1.0)
    # a grain's own grey varies as well: the evidence of a pixel is no better than an eighth of the contrast
    spread = max(rest, contrast / 8.0)
    nats = np.clip(contrast * (smooth - grey.cut) / spread**2, -_GREYS, _GREYS)
    held = posterior(np.stack([nats, np.zeros_like(nats)]).astype(np.float32))
    dark = PHASE_A + PHASE_B - bright
    labels = np.where(held[0] > 0.5, np.int8(bright), np.int8(dark))
    return np.asarray(np.where(material, labels, np.int8(OUTSIDE)), dtype=np.int8)


def _require_steps(grey: Grey, blur: float, bright: int, where: str) -> None:
    """Refuse a gradual change cut in two, and noise: the grey must step where the labels do.

    One half of the noise draws the labels (they are those of the picture plus noise), the other is judged.
    """
    rng = np.random.default_rng(0)
    error = np.float32(grey.noise) * rng.standard_normal(grey.flat.shape, dtype=np.float32)
    drawn = _labels(grey.flat + error, grey.material, grey, bright)
    again = _labels(grey.flat - error, grey.material, grey, bright)
    agreement = _kappa(drawn[grey.material] == bright, again[grey.material] == bright)
    if agreement < LEAST_AGREEMENT:
        raise Refusal(
            f"two pictures of half the signal agree by kappa = {agreement:.2f}",
            where=where,
            rule=f"no two phases are supported by the data: noise gives 0, {LEAST_AGREEMENT:g} is asked for",
            remedy="Average more frames, or use a detector with more contrast",
        )
    distance = border_distance(drawn)
    near = (distance <= max(NEAR, FWHM * blur)) & (drawn != OUTSIDE)
    seen = grey.flat - error
    sides = [near & (drawn == n) for n in (bright, PHASE_A + PHASE_B - bright)]
    if any(s.sum() < 20 for s in sides):
        raise Refusal(
            "hardly any border is found", where=where, rule="no two phases are supported by the data"
        )
    step = float(seen[sides[0]].mean() - seen[sides[1]].mean()) / max(grey.means[1] - grey.means[0], 1e-9)
    if step < LEAST_STEP:
        raise Refusal(
            f"the grey changes by {100.0 * step:.0f} % of the contrast within {NEAR:g} pixels of the borders",
            where=where,
            rule="no two phases are supported by the data: they would meet at a step, unlike shading",
        )


def _kappa(one: Mask, two: Mask) -> float:
    """Agreement beyond chance (Cohen, Educ. Psychol. Meas. 20 (1960) 37).

    >>> _kappa(np.array([True, True, False, False]), np.array([True, True, False, True]))
    0.5
    """
    p, q = float(one.mean()), float(two.mean())
    chance = p * q + (1.0 - p) * (1.0 - q)
    return (float((one == two).mean()) - chance) / (1.0 - chance) if chance < 1.0 else 0.0


def _again(part: Labels, grey: Grey, blur: float, bright: int) -> Labels:
    """Labels of a picture made from labels: two greys, the blur, fresh noise."""
    rng = np.random.default_rng(1)
    dark = PHASE_A + PHASE_B - bright
    shares = blurred(part, (bright, dark, OUTSIDE), blur)
    made = shares[0] * grey.means[1] + (1.0 - shares[0]) * grey.means[0]
    made = made + grey.noise * rng.standard_normal(part.shape)
    return _labels(made.astype(np.float32), part != OUTSIDE, grey, bright)


def _threshold_doubt(grey: Grey) -> float:
    """Change of the fraction over a twentieth of the contrast, the assumed uncertainty of the threshold."""
    from scipy.ndimage import gaussian_filter

    smooth = _sampled(gaussian_filter(grey.flat, grey.smoothing), grey.material)
    d = 0.05 * (grey.means[1] - grey.means[0])
    return float(0.5 * np.mean((smooth > grey.cut - d) & (smooth <= grey.cut + d)))
