"""Element count maps from a hypermap: a window about each line, the background from windows beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import MissingInput, Refusal
from negatrode.core.estimate import Finding
from negatrode.core.recording import SpectrumImage
from negatrode.techniques.phases.lines import (
    OVERVOLTAGE,
    Line,
    all_lines,
    alpha_lines,
    choose_line,
    is_element,
    overlaps,
    resolution,
)

Planes = NDArray[np.float32]
Array = NDArray[np.float64]

HALF_WINDOW = 1.2  # widths at half height: holds 99.5 % of a Gaussian line
NEAREST_SIDE, FARTHEST_SIDE, SIDE_WIDTH = 1.6, 6.0, 1.0  # of the windows beside, in widths
KEPT_FREE = 1.2  # widths that a window beside stays away from any line of a mapped element
SMOOTHING = 2.0  # px over which the windows beside are averaged: the continuum changes slowly
ZERO_RANGE, ZERO_ERROR = 0.15, 0.03  # keV about zero where the strobe peak is sought, and may be off


@dataclass(frozen=True, eq=False)
class Windowed:
    """Gross counts and the counts under the lines, each of shape (elements, rows, columns)."""

    lines: tuple[Line, ...]
    counts: Planes
    background: Planes
    findings: tuple[Finding, ...]


def energies_of(spectra: SpectrumImage) -> Array:
    """Energy at the centre of each channel, keV."""
    return np.asarray(spectra.offset + spectra.width * np.arange(spectra.counts.shape[2]), dtype=float)


def sum_spectrum(spectra: SpectrumImage) -> Array:
    """Counts of the whole map by channel."""
    return np.asarray(spectra.counts.sum(axis=(0, 1), dtype=np.int64), dtype=float)


def highest_energy(spectra: SpectrumImage, beam: float | None) -> float:
    """Energy up to which lines are sought, keV: the end of the spectrum, or beam energy over OVERVOLTAGE."""
    top = float(energies_of(spectra)[-1])
    top -= HALF_WINDOW * resolution(top)
    return top if beam is None else min(top, beam / OVERVOLTAGE)


def lines_to_map(named: Sequence[str], *, highest: float, where: str) -> tuple[Line, ...]:
    """The line of each element: as named ("Ag La"), else chosen free of overlap.

    Raises Refusal for what is no element, or an element without a line up to ``highest`` keV.
    """
    symbols = [name.split()[0] for name in named]
    for symbol in symbols:
        if not is_element(symbol):
            raise Refusal(
                f"'{symbol}' is no chemical symbol", where=where, rule='elements are written "Al, Ag"'
            )
    made = []
    for name, symbol in zip(named, symbols, strict=True):
        _, _, wanted = name.partition(" ")
        family = wanted.strip()[:2]
        line = next((a for a in alpha_lines(symbol) if a.name == family and a.energy <= highest), None)
        line = line or choose_line(symbol, symbols, highest=highest)
        if line is None:
            raise Refusal(
                f"{symbol} has no line within the spectrum",
                where=where,
                rule=f"lines are mapped from 0.18 to {highest:.3g} keV",
                remedy="Take it out of phases.elements",
            )
        made.append(line)
    return tuple(made)


def windowed(spectra: SpectrumImage, lines: Sequence[Line], *, where: str) -> Windowed:
    """Counts in the window of each line, and the background under it from free windows beside it.

    The background is linear between a window on either side (constant from one where the other side holds
    lines all along), averaged over SMOOTHING pixels. Windows of lines that overlap meet half-way.
    """
    from scipy.ndimage import gaussian_filter

    energies = energies_of(spectra)
    findings = [*_zero_peak(spectra, energies)]
    taken = [line for e in dict.fromkeys(line.element for line in lines) for line in all_lines(e)]
    counts, grounds = [], []
    for line in lines:
        window = _window(line, lines, energies)
        if not window.any():
            raise Refusal(f"no channel lies at {line.label}, {line.energy:.3f} keV", where=where)
        counts.append(_summed(spectra, window))
        sides = _sides(line, taken, energies)
        if not sides:
            text = f"no part of the spectrum beside {line.label} is free of lines: its background is unknown"
            findings.append(Finding("background", text, warning=True))
        ground = np.zeros(spectra.counts.shape[:2], dtype=np.float32)
        for side, weight in sides:
            share = np.float32(weight * window.sum() / side.sum())
            ground += share * gaussian_filter(_summed(spectra, side), SMOOTHING)
        grounds.append(np.clip(ground, 0.0, None))
        for found in overlaps(line.element, [n.element for n in lines], line=line.name)[:1]:
            findings.append(Finding("overlap", found.text, warning=True))
    return Windowed(tuple(lines), np.stack(counts), np.stack(grounds), tuple(findings))


def _summed(spectra: SpectrumImage, channels: NDArray[np.bool_]) -> NDArray[np.float32]:
    where = np.flatnonzero(channels)
    cut = spectra.counts[:, :, where[0] : where[-1] + 1]
    return np.asarray(cut.sum(axis=2, dtype=np.uint32), dtype=np.float32)


def _window(line: Line, lines: Sequence[Line], energies: Array) -> NDArray[np.bool_]:
    half = HALF_WINDOW * resolution(line.energy)
    low, high = line.energy - half, line.energy + half
    for other in lines:
        middle = 0.5 * (line.energy + other.energy)
        if low < middle < line.energy:
            low = middle
        elif line.energy < middle < high:
            high = middle
    return np.asarray((energies >= low) & (energies <= high))


def _sides(line: Line, taken: Sequence[Line], energies: Array) -> list[tuple[NDArray[np.bool_], float]]:
    """Free windows beside a line, with the weights of a straight line between them at the line's energy."""
    width = resolution(line.energy)
    found: list[tuple[NDArray[np.bool_], float]] = []
    for sign in (-1.0, 1.0):
        for step in np.arange(NEAREST_SIDE, FARTHEST_SIDE, 0.2):
            centre = line.energy + sign * (step + 0.5 * SIDE_WIDTH) * width
            free = all(
                abs(centre - t.energy) > 0.5 * SIDE_WIDTH * width + KEPT_FREE * resolution(t.energy)
                for t in taken
            )
            side = np.abs(energies - centre) <= 0.5 * SIDE_WIDTH * width
            if free and side.sum() >= 2 and centre > ZERO_RANGE and centre < energies[-1]:
                found.append((np.asarray(side), centre))
                break
    if len(found) < 2:
        return [(side, 1.0) for side, _ in found]
    (low, below), (high, above) = found
    share = (above - line.energy) / (above - below)
    return [(low, share), (high, 1.0 - share)]


def _zero_peak(spectra: SpectrumImage, energies: Array) -> tuple[Finding, ...]:
    """A warning where the strobe peak of the electronics is not at zero energy."""
    near = np.abs(energies) <= ZERO_RANGE
    if near.sum() < 5 or energies[0] > -ZERO_RANGE:
        return ()
    counts, at = sum_spectrum(spectra)[near], energies[near]
    if counts.max() < 20.0 * max(float(np.median(counts)), 1.0) and counts.max() < 100.0:
        return ()
    place = float(at[int(np.argmax(counts))])
    if abs(place) <= ZERO_ERROR:
        return ()
    text = f"the zero peak lies at {1e3 * place:.0f} eV: the energy calibration is doubtful"
    return (Finding("calibration", text, warning=True),)


def ask_for_elements(section: str, found: str, where: str) -> MissingInput:
    """The request to name the elements of a hypermap."""
    return MissingInput(
        f"{section}.elements is not known",
        key=f"{section}.elements",
        where=where,
        rule=f"the file names no element, and its peaks do not decide them alone: {found}",
        remedy='Give them as elements = "Al, Ag" under [phases] in SAMPLE.toml, or --set "elements=Al, Ag"',
    )
