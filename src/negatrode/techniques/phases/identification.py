"""Elements from the peaks of a sum spectrum, where each peak admits one element only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.techniques.phases.lines import Line, all_lines, alpha_lines, known_elements, resolution

Array = NDArray[np.float64]

SURE = 8.0  # standard deviations of counting above the ground beside
BETA = 0.3  # intensity of L beta 1 over L alpha, at least
LEAST = 0.01  # of the highest peak's net counts
NEAR = 0.4  # widths at half height between a peak and its line
EXPLAINED = 0.6  # widths within which a further line of an accepted element explains a peak
LOWEST = 0.2  # keV
_GASES = ("He", "Ne", "Ar", "Kr", "Xe", "Rn")
_UNSTABLE = ("Tc", "Pm", "Po", "At", "Fr", "Ra", "Ac", "Pa", "Np", "Pu", "Am", "Cm", "Bk", "Cf")
_RARE = frozenset((*_GASES, *_UNSTABLE))
_SILICON_ESCAPE = 1.74  # keV below a strong line of a silicon detector


@dataclass(frozen=True)
class Identified:
    """Elements that the peaks decide; ``open``: peaks (keV) with the elements that could make them."""

    elements: tuple[str, ...]
    open: tuple[tuple[float, tuple[str, ...]], ...]


def identify(energies: Array, counts: Array, *, highest: float) -> Identified:
    """Elements of a sum spectrum; a peak that several could make stays open unless another line decides.

    An element is refuted by the absence of the harder alpha line that the beam would excite as well, and an L
    alpha line by that of the L beta line where the detector separates the two.
    """
    peaks = _peaks(energies, counts, highest)
    places = np.array([p for p, _ in peaks])
    accepted: list[str] = []
    undecided: list[tuple[float, tuple[str, ...]]] = []
    strongest = max((n for _, n in peaks), default=0.0)
    for place, net in sorted(peaks, key=lambda p: -p[1]):  # a strong peak's element explains weak ones
        if any(_explains(line, place) for e in accepted for line in all_lines(e)):
            continue
        if any(abs(place + _SILICON_ESCAPE - p) < EXPLAINED * resolution(place) for p in places):
            continue
        able = _candidates(place, places, highest, plain=BETA * net > LEAST * strongest)
        if len(able) == 1:
            accepted.append(able[0])
        else:
            undecided.append((float(place), tuple(able)))
    left = [u for u in undecided if not any(_explains(line, u[0]) for e in accepted for line in all_lines(e))]
    return Identified(tuple(accepted), tuple(left))


def _explains(line: Line, place: float) -> bool:
    return abs(line.energy - place) < EXPLAINED * resolution(place)


def _candidates(place: float, places: Array, highest: float, *, plain: bool) -> list[str]:
    """Elements with an alpha line here that nothing refutes; ``plain``: a beta line would be seen."""
    able = []
    for symbol in known_elements():
        if symbol in _RARE:
            continue
        alphas = [a for a in alpha_lines(symbol) if LOWEST <= a.energy <= highest]
        here = [a for a in alphas if abs(a.energy - place) < NEAR * resolution(place)]
        needed = [a for a in alphas if here and a.energy > here[0].energy]
        if plain and here and here[0].name == "La":
            needed += [
                b for b in all_lines(symbol) if b.name == "Lb1" and _apart(b, here[0]) and b.energy < highest
            ]
        if here and all(_seen(line, places) for line in needed):
            able.append(symbol)
    return able


def _apart(one: Line, other: Line) -> bool:
    return abs(one.energy - other.energy) > 1.5 * resolution(other.energy)


def _seen(line: Line, places: Array) -> bool:
    return bool((np.abs(places - line.energy) < EXPLAINED * resolution(line.energy)).any())


def _peaks(energies: Array, counts: Array, highest: float) -> list[tuple[float, float]]:
    """Energy and net counts of the significant peaks."""
    width = float(energies[1] - energies[0])
    cumulated = np.concatenate([[0.0], np.cumsum(counts)])
    net, sigma = np.zeros(counts.size), np.ones(counts.size)
    for k in np.flatnonzero((energies >= LOWEST) & (energies <= highest)):
        half = max(round(0.5 * resolution(float(energies[k])) / width), 1)
        if k < 3 * half or k + 3 * half + 1 >= counts.size:
            continue
        mid = cumulated[k + half + 1] - cumulated[k - half]
        around = cumulated[k + 3 * half + 1] - cumulated[k - 3 * half] - mid
        share = (2 * half + 1) / (4 * half)
        net[k] = mid - share * around
        sigma[k] = np.sqrt(max(mid + share**2 * around, 1.0))
    ratio = net / sigma
    top = (ratio[1:-1] >= ratio[:-2]) & (ratio[1:-1] > ratio[2:]) & (ratio[1:-1] > SURE)
    places = 1 + np.flatnonzero(top & (net[1:-1] > LEAST * net.max()))
    kept: list[int] = []
    for k in sorted(places, key=lambda k: -net[k]):  # a shoulder of a stronger peak is no peak
        if all(abs(energies[k] - energies[n]) > resolution(float(energies[n])) for n in kept):
            kept.append(int(k))
    return [(_centroid(energies, counts, k, width), float(net[k])) for k in kept]


def _centroid(energies: Array, counts: Array, k: int, width: float) -> float:
    half = max(round(0.5 * resolution(float(energies[k])) / width), 1)
    window = slice(max(k - half, 0), k + half + 1)
    weight = counts[window] - counts[window].min()
    return float(np.average(energies[window], weights=weight)) if weight.any() else float(energies[k])
