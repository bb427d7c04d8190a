"""A diffraction scan as a block, behind the gates that every diffraction reader shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Column

MAX_INTENSITY = 1e12
MAX_ANGLE = 180.0


def scan_block(
    name: str,
    two_theta: Sequence[float] | NDArray[np.float64],
    intensity: Sequence[float] | NDArray[np.float64],
    *,
    unit: str,
    sigma: Sequence[float] | NDArray[np.float64] | None = None,
    where: str = "",
    facts: Mapping[str, Stated] | None = None,
) -> Block:
    """A scan of at least two points; ReadError where angles or counts cannot be those of a diffractometer.

    Angles rise or fall strictly within -180 to 180 degrees (falling scans are turned round); counts are
    finite and below 1e12, which a reader of the wrong file version exceeds.
    """
    angle, counts = np.asarray(two_theta, dtype=float), np.asarray(intensity, dtype=float)
    if len(angle) != len(counts):
        raise ReadError(
            f"{len(angle)} angles but {len(counts)} counts",
            where=where,
            rule="a scan has as many counts as angles; the file looks cut off",
            remedy="Export it again",
        )
    if len(angle) < 2:
        raise ReadError(f"{len(angle)} points", where=where, rule="a scan has at least two points")
    _plausible(angle, counts, where)
    step = np.diff(angle)
    if np.all(step < 0.0):
        angle, counts = angle[::-1], counts[::-1]
        sigma = None if sigma is None else np.asarray(sigma, dtype=float)[::-1]
    elif not np.all(step > 0.0):
        first = int(np.argmax(step <= 0.0)) + 1
        raise ReadError(
            f"2 theta goes from {angle[first - 1]:g} to {angle[first]:g} deg",
            where=f"{where} point {first + 1}".strip(),
            rule="angles of a scan rise from point to point",
            remedy="The file is damaged, or holds several scans in one; export each on its own",
        )
    columns = [Column("two_theta", "deg", np.ascontiguousarray(angle))]
    columns.append(Column("intensity", unit, np.ascontiguousarray(counts)))
    if sigma is not None:
        columns.append(Column("sigma", unit, np.ascontiguousarray(np.asarray(sigma, dtype=float))))
    return Block(name, tuple(columns), dict(facts or {}))


def _plausible(angle: NDArray[np.float64], counts: NDArray[np.float64], where: str) -> None:
    if not (np.all(np.isfinite(angle)) and np.all(np.isfinite(counts))):
        raise ReadError("numbers that are not finite", where=where, rule="angles and counts are finite")
    if np.max(np.abs(angle)) > MAX_ANGLE:
        worst = float(angle[np.argmax(np.abs(angle))])
        raise ReadError(f"2 theta of {worst:g} deg", where=where, rule="2 theta lies within -180 to 180 deg")
    if np.max(np.abs(counts)) > MAX_INTENSITY:
        raise ReadError(
            f"an intensity of {float(np.max(np.abs(counts))):.3g}",
            where=where,
            rule=f"counts stay below {MAX_INTENSITY:g}",
            remedy="The file is damaged or of another version than it says; export it as text",
        )


def two_line_wavelength(first: float, second: float | None, *, ratio: float, only_first: bool) -> float:
    """The wavelength that a broad band sees: K-alpha1 alone, or the mean weighted by the ratio of the lines.

    >>> round(two_line_wavelength(1.540598, 1.544426, ratio=0.5, only_first=False), 6)
    1.541874
    """
    if only_first or second is None or second <= 0.0:
        return first
    return (first + ratio * second) / (1.0 + ratio)


def line_settings(
    first: float, second: float | None, ratio: float, *, only_first: bool, where: str, anode: str = ""
) -> dict[str, Stated]:
    """The settings of a stated pair of lines (angstrom); ReadError where no X-ray tube emits them."""
    if not 0.1 <= first <= 5.0:
        raise ReadError(
            f"a wavelength of {first:g} angstrom", where=where, rule="X-ray lines lie within 0.1 to 5"
        )
    mean = two_line_wavelength(first, second, ratio=ratio, only_first=only_first)
    found = {
        "wavelength": Stated(mean, "angstrom", where),
        "wavelength_ka1": Stated(first, "angstrom", where),
    }
    if second is not None and second > 0.0:
        found["wavelength_ka2"] = Stated(second, "angstrom", where)
        found["ka2_ratio"] = Stated(0.0 if only_first else ratio, "1", where)
    if anode:
        found["anode"] = Stated(anode, "", where)
    return found
