"""Micrographs of near-spherical particles whose outlines, areas and perimeters are known.

An outline is r(t) = R (1 + sum_k c_k cos(k t + p_k)); its area is the mean of r^2 times pi and its
perimeter the integral of sqrt(r^2 + r'^2), both by the trapezoidal rule, which converges exponentially
for periodic functions. Grey values: a ground with a gradient, particles lighter (or darker) with shading
and a bright rim as secondary electrons give them, blurred by the beam, with shot-like noise, in 8 bits.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_ANGLES = 512


@dataclass(frozen=True, eq=False)
class Shape:
    """One outline: mean radius in px and the Fourier terms k = 2, 3, ... (relative amplitude, phase)."""

    radius: float
    amplitudes: Array
    phases: Array

    def radii(self, angles: Array) -> tuple[Array, Array]:
        """r and dr/dt at angles, in px."""
        k = np.arange(2, 2 + len(self.amplitudes))
        turned = k * angles[..., None] + self.phases
        r = 1.0 + (self.amplitudes * np.cos(turned)).sum(axis=-1)
        slope = -(k * self.amplitudes * np.sin(turned)).sum(axis=-1)
        return self.radius * r, self.radius * slope

    @cached_property
    def reach(self) -> float:
        """Largest radius in px."""
        return float(self.radii(np.linspace(0.0, 2.0 * math.pi, 64, endpoint=False))[0].max())

    def sphericity(self) -> float:
        """sqrt(4 pi A)/P, exact to rounding."""
        r, slope = self.radii(np.linspace(0.0, 2.0 * math.pi, _ANGLES, endpoint=False))
        enclosed, length = math.pi * np.mean(r * r), 2.0 * math.pi * np.mean(np.hypot(r, slope))
        return float(math.sqrt(4.0 * math.pi * enclosed) / length)


@dataclass(frozen=True)
class Population:
    """Particles: median radius in px, sd of its logarithm, and the sd of the amplitude of term k = 2.

    Higher terms fall as (2/k)^2; ``terms`` of them. The amplitude level differs from particle to particle
    by a log-normal factor of sd ``variety``.
    """

    radius: float = 20.0
    radius_sd: float = 0.2
    roughness: float = 0.05
    variety: float = 0.4
    terms: int = 5

    def draw(self, rng: np.random.Generator) -> Shape:
        """One particle."""
        k = np.arange(2, 2 + self.terms)
        level = self.roughness * math.exp(self.variety * rng.standard_normal())
        amplitudes = np.clip(level * (2.0 / k) ** 2 * rng.standard_normal(self.terms), -0.3, 0.3)
        radius = self.radius * math.exp(self.radius_sd * rng.standard_normal())
        return Shape(radius, amplitudes, rng.uniform(0.0, 2.0 * math.pi, self.terms))


def true_mean(population: Population, n: int = 4000, seed: int = 1) -> float:
    """Mean sphericity of a population, by n draws of its own stream."""
    rng = np.random.default_rng(seed)
    return float(np.mean([population.draw(rng).sphericity() for _ in range(n)]))


@dataclass(frozen=True)
class Scene:
    """How a picture is taken: grey values on 0-255, ``gradient`` across the width, lengths in px."""

    rows: int = 512
    columns: int = 512
    particles: int = 45
    pairs: int = 3
    ground: float = 40.0
    contrast: float = 110.0
    gradient: float = 20.0
    rim: float = 35.0
    texture: float = 8.0
    blur: float = 1.0
    noise: float = 8.0
    dark: bool = False
    gap: float = 5.0


@dataclass(frozen=True, eq=False)
class Micrograph:
    """A picture and the particles in it: centres x, y and shapes, whole or not."""

    values: NDArray[np.uint8]
    centres: Array
    shapes: tuple[Shape, ...]


def simulate_micrograph(
    rng: np.random.Generator, *, population: Population | None = None, scene: Scene | None = None
) -> Micrograph:
    """A picture of particles of a population, placed at random without overlap, some cut by the frame."""
    from scipy.ndimage import gaussian_filter

    population, scene = population or Population(), scene or Scene()
    centres, shapes = _placed(rng, population, scene)
    across = np.linspace(-0.5, 0.5, scene.columns)[None, :]
    down = np.linspace(-0.5, 0.5, scene.rows)[:, None]
    turn = rng.uniform(0.0, 2.0 * math.pi)
    grey = scene.ground + scene.gradient * (math.cos(turn) * across + math.sin(turn) * down)
    texture = scene.texture * 4.0 * gaussian_filter(rng.standard_normal(grey.shape), 2.0) * math.sqrt(math.pi)
    sign = -1.0 if scene.dark else 1.0
    for (x, y), shape in zip(centres, shapes, strict=True):
        _draw(grey, texture, x, y, shape, scene, sign)
    grey = gaussian_filter(grey, scene.blur) + scene.noise * rng.standard_normal(grey.shape)
    return Micrograph(np.clip(np.rint(grey), 0, 255).astype(np.uint8), centres, shapes)


def _draw(grey: Array, texture: Array, x: float, y: float, shape: Shape, scene: Scene, sign: float) -> None:
    """Paint one particle, its edge pixels by the fraction covered."""
    reach = shape.radius * (1.0 + float(np.abs(shape.amplitudes).sum())) + 2.0
    top, left = max(0, math.floor(y - reach)), max(0, math.floor(x - reach))
    box = (slice(top, max(0, math.ceil(y + reach))), slice(left, max(0, math.ceil(x + reach))))
    rows, columns = grey[box].shape
    if not rows or not columns:
        return
    dy, dx = np.mgrid[top : top + rows, left : left + columns].astype(float)
    dy, dx = dy - y, dx - x
    distance = np.hypot(dx, dy)
    r, slope = shape.radii(np.arctan2(dy, dx))
    # signed distance to the outline to first order: the radial gap times the cosine of its slope
    inside = np.clip((r - distance) * r / np.hypot(r, slope) + 0.5, 0.0, 1.0)
    depth = np.clip(distance / r, 0.0, 1.0)
    shade = 1.0 + 0.15 * (-dx - dy) / (2.0 * r)
    bright = sign * (scene.contrast * shade + scene.rim * depth**8) + texture[box]
    grey[box] += inside * bright


def _placed(
    rng: np.random.Generator, population: Population, scene: Scene
) -> tuple[Array, tuple[Shape, ...]]:
    """Random centres; pairs touch along the line of their centres."""
    centres: list[tuple[float, float]] = []
    shapes: list[Shape] = []
    pairs = 0
    for _ in range(scene.particles):
        shape = population.draw(rng)
        for _ in range(60):
            x, y = rng.uniform(0.0, scene.columns), rng.uniform(0.0, scene.rows)
            if _is_free(x, y, shape, centres, shapes, scene.gap):
                centres.append((x, y))
                shapes.append(shape)
                break
        else:
            continue
        if pairs < scene.pairs:
            other = population.draw(rng)
            beside = _beside(rng, x, y, shape, other)
            if _is_free(*beside, other, centres[:-1], shapes[:-1], scene.gap):
                centres.append(beside)
                shapes.append(other)
                pairs += 1
    return np.array(centres).reshape(-1, 2), tuple(shapes)


def _is_free(
    x: float, y: float, shape: Shape, centres: list[tuple[float, float]], shapes: list[Shape], gap: float
) -> bool:
    own = shape.reach
    return all(
        math.hypot(x - cx, y - cy) > own + s.reach + gap for (cx, cy), s in zip(centres, shapes, strict=True)
    )


def _beside(rng: np.random.Generator, x: float, y: float, shape: Shape, other: Shape) -> tuple[float, float]:
    turn = rng.uniform(0.0, 2.0 * math.pi)
    here, there = shape.radii(np.array([turn]))[0], other.radii(np.array([turn + math.pi]))[0]
    distance = float(here[0] + there[0])
    return x + distance * math.cos(turn), y + distance * math.sin(turn)


def png_bytes(values: NDArray[np.uint8]) -> bytes:
    """The picture as an 8-bit grey PNG."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(values).save(stream, format="PNG", compress_level=1)
    return stream.getvalue()
