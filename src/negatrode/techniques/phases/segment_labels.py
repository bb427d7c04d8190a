"""Labels of pixels from mean counts of the classes: linear evidence, a Potts prior, and the blur.

Mixed pixels decide where borders come to lie. A likelihood ratio of two Poisson rates would move the border
towards the poorer class (3 counts suffice to tell 20 from none); the discriminants here are linear in the
counts and vanish at the mean of the two classes, so that a straight border seen through a symmetric blur
stays in its place. Between two phases the discriminant is also homogeneous in the counts (it is zero for no
counts at all): thickness and take-off do not move it, and a border of phase A on the outside is a weaker A,
not a film of B.

Prior: Potts model on eight neighbours, maximised in the mean-field approximation (Zhang, IEEE Trans. Signal
Process. 40 (1992) 2570), weight per neighbour below that of Besag (J. R. Stat. Soc. B 48 (1986) 259, 1.5),
because mean fields of neighbours are counted in full.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Planes = NDArray[np.float32]
Labels = NDArray[np.int8]
Array = NDArray[np.float64]

POTTS = 0.7  # assumed: a pixel against eight equal neighbours needs 4.8 nats of evidence
SWEEPS = 4
CLEAR = 30.0  # nats between pure classes that pooling aims at: a pixel is then wrong once in 10^4
BLUNT = 1.2  # px of blur from which a third of it is worth pooling
WIDEST = 3.0  # px of the Gaussian that pools counts, at most
LARGEST_EVIDENCE = 30.0  # nats; beyond it the prior has no say anyhow
LEAST_COMPOSITION = 0.2  # share of the evidence that composition alone must carry
_SIGMAS = (0.0, 0.4, 0.55, 0.7, 0.85, 1.0, 1.25, 1.5, 1.8, 2.2, 2.7, 3.3, 4.0, 5.0, 6.5)
_TILE = 192
_TELLING = 2


@dataclass(frozen=True, eq=False)
class Classes:
    """Mean counts a pixel of the classes.

    ``rates``: shape (phases, elements); ``outside``: shape (elements,) or None where the section has none;
    ``noise``: counts a pixel under the lines that were subtracted, shape (elements,).
    """

    rates: Array
    outside: Array | None
    noise: Array

    @property
    def count(self) -> int:
        """Number of phases."""
        return int(self.rates.shape[0])


def discriminant(one: Array, other: Array, noise: Array) -> tuple[Array, float]:
    """Weights and offset of the evidence (nats) of ``one`` over ``other``: weights @ counts + offset.

    Homogeneous (offset 0) unless the two classes have the same composition within what the counts tell.
    """
    spread = np.maximum(0.5 * (one + other) + noise, 1e-9)
    w = 1.0 / spread
    difference, total = one - other, one + other
    lever = float(difference @ (w * total)) / max(float(total @ (w * total)), 1e-300)
    ratio = w * (difference - lever * total)
    gain = float(ratio @ difference)
    if gain >= LEAST_COMPOSITION * float(difference @ (w * difference)):
        # d(one) = -d(other) = gain / 2 and var(d) = ratio^2 @ spread: evidence 2 delta d / var
        return ratio * gain / max(float(ratio**2 @ spread), 1e-300), 0.0
    plain = w * difference
    return plain, float(-0.5 * plain @ total)


def contrast(classes: Classes) -> float:
    """Evidence (nats) of one pixel of a pure class against the class most like it; infinite for one class."""
    found = np.inf
    for i in range(classes.count):
        for j in range(i):
            weights, offset = discriminant(classes.rates[i], classes.rates[j], classes.noise)
            found = min(found, float(weights @ classes.rates[i]) + offset)
        if classes.outside is not None:
            step = classes.rates[i] - classes.outside
            spread = np.maximum(0.5 * (classes.rates[i] + classes.outside) + classes.noise, 1e-9)
            found = min(found, float(0.5 * step @ (step / spread)))
    return found


def pooling(classes: Classes) -> tuple[float, float]:
    """Gaussian (px) over which counts are pooled so that pixels are clear, and the evidence gained by it.

    A Gaussian of standard deviation s averages over 4 pi s^2 independent pixels; half of that is counted,
    as neighbours share it and the prior counts it again.
    """
    nats = contrast(classes)
    if nats >= CLEAR:
        return 0.0, 1.0
    sigma = float(np.clip(np.sqrt(CLEAR / (4.0 * np.pi * max(nats, 1e-6))), 0.5, WIDEST))
    return sigma, max(2.0 * np.pi * sigma**2, 1.0)


def classified(values: Planes, classes: Classes, blur: float = 0.0) -> Planes:
    """Posterior of each phase, then of the outside, after pooling; shape (classes, rows, columns).

    Counts are pooled over a third of the map's own ``blur`` (px) at least: nothing is seen below it.
    """
    sigma, gain = pooling(classes)
    if blur > 3.0 * sigma and blur >= BLUNT:
        sigma, gain = min(blur / 3.0, WIDEST), 1.0
    nats = evidence(values, classes, sigma)
    nats *= np.float32(gain)
    return posterior(nats)


def evidence(values: Planes, classes: Classes, sigma: float = 0.0) -> Planes:
    """Evidence of each phase, then of the outside where there is one; shape (classes, rows, columns).

    ``sigma``: Gaussian (px) over which it is pooled; as it is linear in the counts, pooling it pools them.
    """
    k = classes.count
    pairs = [(i, j) for i in range(k) for j in range(i)]
    forms = [discriminant(classes.rates[i], classes.rates[j], classes.noise) for i, j in pairs]
    if classes.outside is not None:
        forms += [_against_outside(rate, classes.outside, classes.noise) for rate in classes.rates]
    seen = _linear(values, forms, sigma)
    phases = np.zeros((k, *values.shape[1:]), dtype=np.float32)
    if k > 1:
        phases += np.inf
        for (i, j), d in zip(pairs, seen, strict=False):
            np.minimum(phases[i], 0.5 * d, out=phases[i])
            np.minimum(phases[j], -0.5 * d, out=phases[j])
        phases -= phases.max(axis=0)
        np.clip(phases, -LARGEST_EVIDENCE, 0.0, out=phases)
    if classes.outside is None:
        return phases
    # evidence of the likeliest phases over the outside, weighted by how likely each is
    held = _softmax(phases)
    material = np.einsum("krc,krc->rc", held, seen[len(pairs) :])
    phases += np.clip(material, -LARGEST_EVIDENCE, LARGEST_EVIDENCE)
    return np.concatenate([phases, np.zeros((1, *values.shape[1:]), dtype=np.float32)])


def _against_outside(rate: Array, outside: Array, noise: Array) -> tuple[Array, float]:
    spread = np.maximum(0.5 * (rate + outside) + noise, 1e-9)
    weights = (rate - outside) / spread
    return weights, float(-0.5 * weights @ (rate + outside))


def _linear(values: Planes, forms: list[tuple[Array, float]], sigma: float) -> Planes:
    """weights @ counts + offset of each form, pooled; shape (forms, rows, columns)."""
    from scipy.ndimage import gaussian_filter

    if not forms:
        return np.zeros((0, *values.shape[1:]), dtype=np.float32)
    weights = np.array([w for w, _ in forms], dtype=np.float32)
    made = (weights @ values.reshape(len(values), -1)).reshape(len(forms), *values.shape[1:])
    for plane, (_, offset) in zip(made, forms, strict=True):
        plane += np.float32(offset)
        if sigma > 0.0:
            gaussian_filter(plane, sigma, output=plane, truncate=3.0)
    return np.asarray(made)


def posterior(nats: Planes, *, potts: float = POTTS, sweeps: int = SWEEPS) -> Planes:
    """Mean-field posterior of each class under the Potts prior, shape of ``nats``."""
    held = _softmax(nats)
    for _ in range(sweeps):
        field = np.stack([_neighbours(plane) for plane in held])
        field *= np.float32(potts)
        field += nats
        held = _softmax(field)
    return held


def _softmax(nats: Planes) -> Planes:
    if nats.shape[0] == 2:
        first = 1.0 / (1.0 + np.exp(np.clip(nats[1] - nats[0], -60.0, 60.0)))
        return np.stack([first, 1.0 - first]).astype(np.float32, copy=False)
    raised = np.exp(nats - nats.max(axis=0))
    raised /= raised.sum(axis=0)
    return np.asarray(raised, dtype=np.float32)


def _neighbours(plane: Planes) -> Planes:
    """Sum over the eight neighbours, the diagonal ones by 1/sqrt(2); edges mirrored."""
    p = np.pad(plane, 1, mode="symmetric")
    sides = p[:-2, 1:-1] + p[2:, 1:-1] + p[1:-1, :-2] + p[1:-1, 2:]
    corners = p[:-2, :-2] + p[:-2, 2:] + p[2:, :-2] + p[2:, 2:]
    return np.asarray(sides + np.float32(0.5**0.5) * corners)


def blurred(labels: Labels, names: tuple[int, ...], sigma: float) -> Planes:
    """Share of each class in each pixel after a Gaussian blur, shape (classes, rows, columns)."""
    from scipy.ndimage import gaussian_filter

    masks = np.stack([(labels == name) for name in names]).astype(np.float32)
    if sigma <= 0.0:
        return masks
    for mask in masks[:-1]:
        gaussian_filter(mask, sigma, output=mask, truncate=3.0)
    masks[-1] = 1.0 - masks[:-1].sum(axis=0)
    return masks


def mean_counts(values: Planes, shares: Planes) -> Array:
    """Least-squares mean counts of the classes, shape (classes, elements), never negative.

    Every pixel is taken as the mixture that the blurred labels say, so that thin layers, which no pixel
    shows pure, are not underestimated.
    """
    flat = shares.reshape(shares.shape[0], -1)
    normal = np.asarray(flat @ flat.T, dtype=float)
    normal += 1e-6 * np.trace(normal) * np.eye(len(normal))
    right = np.asarray(flat @ values.reshape(values.shape[0], -1).T, dtype=float)
    return np.clip(np.linalg.solve(normal, right), 0.0, None)


def blur_of(values: Planes, labels: Labels, names: tuple[int, ...]) -> float:
    """Standard deviation (px) of the Gaussian blur under which the labels explain the counts best.

    Looked for on the tile with most borders; 0 where the section shows no blur.
    """
    window = _busiest(labels)
    tile, cut = values[(slice(None), *window)], labels[window]
    here = tuple(n for n in names if (cut == n).any())
    if len(here) < 2:
        return 0.0
    weight = 1.0 / np.maximum(np.abs(tile).mean(axis=(1, 2), dtype=float), 1e-9)
    spread = weight * tile.var(axis=(1, 2), dtype=float) * tile.mean(axis=(1, 2), dtype=float)
    best = np.argsort(spread)[-_TELLING:]  # the elements that vary most tell the blur as well as all do
    tile, weight = tile[best], weight[best]
    misfits = np.array([_misfit(tile, blurred(cut, here, s), weight) for s in _SIGMAS])
    k = int(np.argmin(misfits))
    if k in (0, len(_SIGMAS) - 1):
        return _SIGMAS[k]
    a, b, _ = np.polyfit(_SIGMAS[k - 1 : k + 2], misfits[k - 1 : k + 2], 2)
    return float(np.clip(-b / (2.0 * a), _SIGMAS[k - 1], _SIGMAS[k + 1])) if a > 0.0 else _SIGMAS[k]


def _misfit(values: Planes, shares: Planes, weight: Array) -> float:
    rates = mean_counts(values, shares)
    left = values - np.tensordot(rates.T.astype(np.float32), shares, axes=1)
    return float(weight @ (left**2).mean(axis=(1, 2), dtype=float))


def _busiest(labels: Labels) -> tuple[slice, slice]:
    """The tile with most borders."""
    rows, columns = labels.shape
    if rows <= _TILE and columns <= _TILE:
        return slice(0, rows), slice(0, columns)
    best, found = -1, (slice(0, _TILE), slice(0, _TILE))
    for r in range(0, max(rows - _TILE // 2, 1), _TILE // 2):
        for c in range(0, max(columns - _TILE // 2, 1), _TILE // 2):
            window = (slice(r, r + _TILE), slice(c, c + _TILE))
            cut = labels[window]
            borders = int((cut[1:] != cut[:-1]).sum() + (cut[:, 1:] != cut[:, :-1]).sum())
            if borders > best:
                best, found = borders, window
    return found
