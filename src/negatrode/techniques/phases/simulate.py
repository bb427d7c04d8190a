"""Forward model of a mapped section: two-phase particles in resin, X-ray counts with Poisson noise.

Geometry and X-ray generation are written here from the physics and share nothing with the analysis:
outlines are polar curves r(theta) = R (1 + sum a_k cos(k theta + phi_k)); what covers them is known by
angle, so that the area fraction and the covered part of A's boundary are known to the drawing accuracy.
Counts of element i in a pixel are Poisson with the mean dose * w_i / k_i (thin-film Cliff-Lorimer,
J. Microsc. 103 (1975) 203), blurred by the Gaussian spread of the beam.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from negatrode.techniques.phases.model import OUTSIDE, PHASE_A, PHASE_B

STYLES = ("core-shell", "dispersed", "half-covered")
_ANGLES = np.linspace(0.0, 2.0 * np.pi, 721)


@dataclass(frozen=True, eq=False)
class Outline:
    """A closed curve about a centre (row, column), in pixels; ``amplitudes[k]`` belongs to order k + 2."""

    centre: tuple[float, float]
    radius: float
    amplitudes: NDArray[np.float64]
    phases: NDArray[np.float64]

    def distance(self, theta: NDArray[np.float64]) -> NDArray[np.float64]:
        """Distance of the curve from its centre at angle theta, px."""
        orders = np.arange(2, 2 + self.amplitudes.size)
        waves = np.cos(orders * theta[..., None] + self.phases) @ self.amplitudes
        return np.asarray(self.radius * (1.0 + waves))

    def grown(self, by: float) -> Outline:
        """The curve shifted outwards by about ``by`` px."""
        return replace(
            self, radius=self.radius + by, amplitudes=self.amplitudes * self.radius / (self.radius + by)
        )

    def lengths(self) -> NDArray[np.float64]:
        """Length of each of 720 chords of the curve."""
        r = self.distance(_ANGLES)
        return np.asarray(np.hypot(np.diff(r * np.cos(_ANGLES)), np.diff(r * np.sin(_ANGLES))))

    def polar(
        self, rows: NDArray[np.float64], columns: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], ...]:
        """Distance from the centre, and angle, of points."""
        y, x = rows - self.centre[0], columns - self.centre[1]
        return np.hypot(y, x), np.arctan2(y, x)


@dataclass(frozen=True, eq=False)
class Domain:
    """A domain of A and the part of its boundary that B covers: ``covered`` of a turn from ``start``."""

    outline: Outline
    covered: float = 1.0
    start: float = 0.0

    def cover(self, theta: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether the boundary is covered at angle theta."""
        return np.asarray(np.mod(theta - self.start, 2.0 * np.pi) < self.covered * 2.0 * np.pi)

    def contact(self) -> tuple[float, float]:
        """Length of the boundary in contact with B, and whole length, px."""
        lengths = self.outline.lengths()
        middle = 0.5 * (_ANGLES[1:] + _ANGLES[:-1])
        return float(lengths[self.cover(middle)].sum()), float(lengths.sum())


@dataclass(frozen=True, eq=False)
class Particle:
    """A body of B with domains in it, or (body None) a domain with a shell of B, ``shell`` px thick."""

    domains: tuple[Domain, ...]
    body: Outline | None = None
    shell: float = 0.0


@dataclass(frozen=True, eq=False)
class Section:
    """A section with its truth.

    Attributes
    ----------
    labels:
        OUTSIDE, PHASE_A, PHASE_B at the pixel centres; int8, shape (rows, columns).
    shares:
        Part of each pixel that A and B fill, shape (2, rows, columns) (by 4 x 4 points a pixel).
    area_fraction:
        Area of A over the area of A and B.
    contact_fraction:
        Length of A's boundary that touches B over its whole length.
    """

    labels: NDArray[np.int8]
    shares: NDArray[np.float32]
    area_fraction: float
    contact_fraction: float
    particles: tuple[Particle, ...]


def _outline(
    rng: np.random.Generator, centre: tuple[float, float], radius: float, waviness: float
) -> Outline:
    orders = np.arange(2, 6)
    amplitudes = waviness * rng.normal(0.0, 1.0, orders.size) / orders
    return Outline(centre, radius, amplitudes, rng.uniform(0.0, 2.0 * np.pi, orders.size))


def _places(
    rng: np.random.Generator, shape: tuple[int, int], count: int, reach: float
) -> list[tuple[float, float]]:
    """Centres on a jittered grid such that discs of radius ``reach`` neither overlap nor leave the frame."""
    rows = max(int(shape[0] // (2.2 * reach)), 1)
    columns = max(int(shape[1] // (2.2 * reach)), 1)
    steps = shape[0] / rows, shape[1] / columns
    slack = max(min(steps) / 2.0 - 1.04 * reach, 0.0)
    cells = rng.permutation(rows * columns)[:count]
    return [
        (
            float((c // columns + 0.5) * steps[0] + rng.uniform(-slack, slack)),
            float((c % columns + 0.5) * steps[1] + rng.uniform(-slack, slack)),
        )
        for c in cells
    ]


def simulate_section(
    rng: np.random.Generator,
    style: str = "core-shell",
    *,
    shape: tuple[int, int] = (160, 160),
    particles: int = 4,
    radius: float = 30.0,
    shell: float = 6.0,
    covered: float = 0.5,
    waviness: float = 0.03,
) -> Section:
    """A section through ``particles`` particles in resin.

    Parameters
    ----------
    style:
        "core-shell" (A wholly within a shell of B), "half-covered" (the shell leaves 1 - ``covered`` of the
        turn free) or "dispersed" (5 to 9 domains of A within a body of B).
    shape:
        Rows and columns.
    radius, shell:
        Outer radius of a particle and thickness of its shell, px.
    """
    made = []
    for centre in _places(rng, shape, particles, radius * (1.0 + 3.0 * waviness)):
        size = radius * rng.uniform(0.85, 1.0)
        if style == "dispersed":
            made.append(_dispersed(rng, centre, size, waviness))
        else:
            part = 1.0 if style == "core-shell" else float(np.clip(rng.normal(covered, 0.08), 0.05, 0.95))
            core = _outline(rng, centre, size - shell, waviness)
            start = float(rng.uniform(-np.pi, np.pi))
            made.append(Particle((Domain(core, part, start),), shell=shell * rng.uniform(0.9, 1.1)))
    return drawn(made, shape)


def _dispersed(
    rng: np.random.Generator, centre: tuple[float, float], radius: float, waviness: float
) -> Particle:
    body = _outline(rng, centre, radius, waviness)
    domains: list[Domain] = []
    small = radius * 0.17
    for _ in range(200):
        if len(domains) == 9:
            break
        r, t = 0.72 * radius * math.sqrt(rng.uniform()), rng.uniform(0.0, 2.0 * np.pi)
        place = (centre[0] + r * math.sin(t), centre[1] + r * math.cos(t))
        apart = [math.dist(place, d.outline.centre) for d in domains]
        if all(a > 2.0 * small * 1.35 + 3.0 for a in apart):
            domains.append(Domain(_outline(rng, place, small * rng.uniform(0.75, 1.0), waviness)))
    return Particle(tuple(domains), body=body)


def drawn(particles: Sequence[Particle], shape: tuple[int, int]) -> Section:
    """Particles drawn on a grid, with their true area and contact fractions."""
    points = 4
    filled = np.zeros((2, *shape), dtype=np.float32)
    labels = np.full(shape, OUTSIDE, dtype=np.int8)
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(float)
    for dy in (np.arange(points) + 0.5) / points - 0.5:
        for dx in (np.arange(points) + 0.5) / points - 0.5:
            a, b = _inside(particles, rows + dy, columns + dx)
            filled[0] += a / points**2
            filled[1] += b / points**2
    a, b = _inside(particles, rows, columns)
    labels[b], labels[a] = PHASE_B, PHASE_A
    touching, whole = np.sum([d.contact() for p in particles for d in p.domains], axis=0)
    areas = filled.sum(axis=(1, 2), dtype=float)
    return Section(labels, filled, float(areas[0] / areas.sum()), float(touching / whole), tuple(particles))


def _inside(
    particles: Sequence[Particle], rows: NDArray[np.float64], columns: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    a = np.zeros(rows.shape, dtype=bool)
    b = np.zeros(rows.shape, dtype=bool)
    for particle in particles:
        if particle.body is not None:
            near = _near(particle.body, 0.0, rows.shape)
            r, t = particle.body.polar(rows[near], columns[near])
            b[near] |= r < particle.body.distance(t)
        for domain in particle.domains:
            near = _near(domain.outline, particle.shell, rows.shape)
            r, t = domain.outline.polar(rows[near], columns[near])
            edge = domain.outline.distance(t)
            a[near] |= r < edge
            if particle.body is None:
                b[near] |= (r < edge + particle.shell) & domain.cover(t)
    return a, b & ~a


def _near(outline: Outline, beyond: float, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """The part of the grid that an outline can reach."""
    reach = outline.radius * (1.0 + np.abs(outline.amplitudes).sum()) + beyond + 2.0
    low = [max(int(c - reach), 0) for c in outline.centre]
    high = [min(int(c + reach) + 2, n) for c, n in zip(outline.centre, shape, strict=True)]
    return slice(low[0], high[0]), slice(low[1], high[1])


@dataclass(frozen=True)
class Alloy:
    """Contents of the phases in wt%, their densities in g/cm3, and what marks them.

    Densities: recalled handbook values of the phases (Si 2.33, TiSi2 4.02, Sn 7.29, Ti6Sn5 6.70).
    """

    name: str
    a: Mapping[str, float]
    b: Mapping[str, float]
    density_a: float
    density_b: float


def silicon_titanium(a: Mapping[str, float], b: Mapping[str, float]) -> Alloy:
    """Si within TiSi2; ``a`` and ``b`` are the minor elements of the phases (O, N, ...) in wt%."""
    return Alloy("Si/TiSi2", _rest({"Si": 1.0}, a), _rest({"Ti": 0.4601, "Si": 0.5399}, b), 2.33, 4.02)


def tin_titanium(a: Mapping[str, float], b: Mapping[str, float]) -> Alloy:
    """Sn within Ti6Sn5; ``a`` and ``b`` are the minor elements of the phases (O, N, ...) in wt%."""
    return Alloy("Sn/Ti6Sn5", _rest({"Sn": 1.0}, a), _rest({"Ti": 0.3261, "Sn": 0.6739}, b), 7.29, 6.70)


def _rest(majors: Mapping[str, float], minors: Mapping[str, float]) -> dict[str, float]:
    left = 100.0 - sum(minors.values())
    return {**{e: share * left for e, share in majors.items()}, **minors}


@dataclass(frozen=True, eq=False)
class Counts:
    """Maps as a detector delivers them.

    ``values``: counts, shape (elements, rows, columns). ``expected_background``: mean counts a pixel under
    each line (in the material and out of it). ``k_factors``: those that the counts were made with.
    """

    elements: tuple[str, ...]
    values: NDArray[np.float32]
    k_factors: Mapping[str, float]
    background: NDArray[np.float32] | None = None
    pixel_size_um: float = 0.05
    detector: str = "wds"


@dataclass(frozen=True)
class Microscope:
    """How the map is taken.

    Attributes
    ----------
    counts_per_pixel:
        Mean number of counts of all lines together in a pixel of the material.
    blur:
        Standard deviation of the beam's spread, px.
    background:
        Counts under a line, as a share of the mean counts of all lines together.
    outside:
        Signal of the resin (background only), relative to the background in the material.
    minor_gain:
        Dose of the lines of O, N, F, S and P relative to that of the metals (a longer dwell of their WDS).
    """

    counts_per_pixel: float = 200.0
    blur: float = 0.7
    background: float = 0.002
    outside: float = 0.3
    minor_gain: float = 1.0
    pixel_size_um: float = 0.05
    detector: str = "wds"
    k_factors: Mapping[str, float] = field(default_factory=dict)


_MINOR = ("O", "N", "F", "S", "P")


def simulate_counts(
    rng: np.random.Generator, section: Section, alloy: Alloy, microscope: Microscope | None = None
) -> Counts:
    """Counts of every element of the alloy over a section; the background is delivered as a second map.

    The mean background is known to the detector (fitted off the line over the whole map), so that map is
    noise-free here; a detector with a noisy one is made by the caller.
    """
    from scipy.ndimage import gaussian_filter

    scope = microscope or Microscope()
    elements = tuple(dict.fromkeys((*alloy.a, *alloy.b)))
    k = {e: scope.k_factors.get(e, 1.0) for e in elements}
    gain = {e: scope.minor_gain if e in _MINOR else 1.0 for e in elements}
    density = np.array([alloy.density_a, alloy.density_b]) / alloy.density_b
    rates = np.array([[p.get(e, 0.0) / k[e] * gain[e] for e in elements] for p in (alloy.a, alloy.b)])
    rates *= density[:, None]
    shares = section.shares
    areas = shares.sum(axis=(1, 2), dtype=float)
    majors = (
        np.array([[p.get(e, 0.0) / k[e] for e in elements] for p in (alloy.a, alloy.b)]) * density[:, None]
    )
    mean = float(areas @ majors.sum(axis=1) / areas.sum())
    dose = scope.counts_per_pixel / mean
    material = gaussian_filter(shares.sum(axis=0), scope.blur)
    under = scope.background * scope.counts_per_pixel * (scope.outside + (1.0 - scope.outside) * material)
    sharp = np.einsum("pe,pij->eij", rates * dose, shares)
    blurred = np.stack([gaussian_filter(plane, scope.blur) for plane in sharp])
    background = np.stack([under * gain[e] for e in elements])
    values = rng.poisson(np.clip(blurred, 0.0, None) + background).astype(np.float32)
    # tables hold k for equal dose: a longer dwell is a smaller k
    factors = {e: k[e] / gain[e] for e in elements}
    return Counts(
        elements, values, factors, background.astype(np.float32), scope.pixel_size_um, scope.detector
    )


def npz_bytes(maps: Counts) -> bytes:
    """The maps as one .npz: arrays named by element, backgrounds as "Ti:background"."""
    arrays: dict[str, NDArray[np.generic]] = {
        e: plane.astype(np.float32) for e, plane in zip(maps.elements, maps.values, strict=True)
    }
    if maps.background is not None:
        arrays |= {f"{e}:background": p for e, p in zip(maps.elements, maps.background, strict=True)}
    arrays["pixel_size_um"] = np.array(maps.pixel_size_um)
    arrays["detector"] = np.array(maps.detector)
    arrays["quantity"] = np.array("counts")
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def map_files(maps: Counts, *, folder: str = "") -> dict[str, bytes]:
    """The maps as a manifest with one csv a plane, keyed by path."""
    size = f'pixel_size = "{maps.pixel_size_um:g} um"'
    title = f'[map]\n{size}\ndetector = "{maps.detector}"\nquantity = "counts"\n'
    files: dict[str, bytes] = {}
    entries = [title]
    for i, element in enumerate(maps.elements):
        files[f"{folder}{element}.csv"] = _csv(maps.values[i], "%d")
        entry = f'\n[[plane]]\nelement = "{element}"\nfile = "{element}.csv"\n'
        if maps.background is not None:
            files[f"{folder}{element}-background.csv"] = _csv(maps.background[i], "%.4g")
            entry += f'background = "{element}-background.csv"\n'
        entries.append(entry)
    files[f"{folder}maps.toml"] = "".join(entries).encode()
    return files


def _csv(plane: NDArray[np.float32], form: str) -> bytes:
    buffer = io.StringIO()
    np.savetxt(buffer, plane, fmt=form, delimiter=",")
    return buffer.getvalue().encode()


def k_factor_csv(maps: Counts, relative_uncertainty: float, rng: np.random.Generator) -> str:
    """A k-factor table whose factors carry independent relative errors of that standard uncertainty."""
    rows = ["element,k,u(k)"]
    for element, k in maps.k_factors.items():
        printed = k * math.exp(rng.normal(0.0, relative_uncertainty))
        rows.append(f"{element},{printed:.5g},{printed * relative_uncertainty:.3g}")
    return "\n".join(rows) + "\n"


def points_csv(
    rng: np.random.Generator,
    alloy: Alloy,
    *,
    points: int = 8,
    spread: float = 0.03,
    noise: float = 0.02,
    limit: float = 0.03,
) -> str:
    """A WDS point table: ``points`` points in each phase, contents in wt%, "<limit" below the limit.

    ``spread``: relative sd between points; ``noise``: counting sd in wt%.
    """
    elements = tuple(dict.fromkeys((*alloy.b, *alloy.a)))
    rows = ["point,phase," + ",".join(f"{e} [wt%]" for e in elements) + ",Total [wt%]"]
    for phase, contents in (("A", alloy.a), ("B", alloy.b)):
        for k in range(1, points + 1):
            found = [contents.get(e, 0.0) * (1.0 + rng.normal(0.0, _relative(e, spread))) for e in elements]
            found = [max(v + rng.normal(0.0, noise), 0.0) for v in found]
            cells = [f"<{limit:g}" if v < limit else f"{v:.3f}" for v in found]
            rows.append(f"{phase}{k},{phase}," + ",".join(cells) + f",{sum(found):.2f}")
    return "\n".join(rows) + "\n"


def _relative(element: str, spread: float) -> float:
    # major elements vary far less between points than minor ones
    return spread if element in _MINOR else 0.1 * spread
