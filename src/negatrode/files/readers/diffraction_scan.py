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
    spread = None if sigma is None else _spread(np.asarray(sigma, dtype=float), len(angle), where)
    if angle[0] > angle[-1]:
        angle, counts = angle[::-1], counts[::-1]
        spread = None if spread is None else spread[::-1]
    _rising(angle, where)
    columns = [Column("two_theta", "deg", np.ascontiguousarray(angle))]
    columns.append(Column("intensity", unit, np.ascontiguousarray(counts)))
    if spread is not None:
        columns.append(Column("sigma", unit, np.ascontiguousarray(spread)))
    return Block(name, tuple(columns), dict(facts or {}))


def profile_block(
    name: str,
    rows: Sequence[Sequence[float]],
    *,
    unit: str,
    where: str,
    facts: Mapping[str, Stated] | None = None,
) -> Block:
    """A scan from rows of angle, intensity and, as a third number, the attenuator's factor.

    The intensity is multiplied by the factor; where the factor is not 1 throughout, the column "sigma"
    keeps the counting statistics of what the detector saw.
    """
    table = np.array(rows, dtype=float).reshape(len(rows), len(rows[0]) if rows else 2)
    if table.shape[1] < 3 or np.all(table[:, 2] == 1.0):
        return scan_block(name, table[:, 0], table[:, 1], unit=unit, where=where, facts=facts)
    factor = table[:, 2]
    if np.any(factor <= 0.0):
        raise ReadError(f"an attenuator factor of {factor.min():g}", where=where, rule="it is positive")
    sigma = poisson_sigma(table[:, 1], factor) if unit == "counts" else None
    return scan_block(
        name, table[:, 0], table[:, 1] * factor, unit=unit, sigma=sigma, where=where, facts=facts
    )


def _rising(angle: NDArray[np.float64], where: str) -> None:
    step = np.diff(angle)
    if np.all(step > 0.0):
        return
    first = int(np.argmax(step <= 0.0)) + 1
    raise ReadError(
        f"2 theta goes from {angle[first - 1]:g} to {angle[first]:g} deg",
        where=f"{where} point {first + 1}".strip(),
        rule="angles of a scan rise from point to point",
        remedy="The file is damaged, or holds several scans in one; export each on its own",
    )


def _spread(sigma: NDArray[np.float64], count: int, where: str) -> NDArray[np.float64]:
    if len(sigma) != count:
        raise ReadError(f"{count} angles but {len(sigma)} uncertainties", where=where)
    if not np.all(np.isfinite(sigma)) or np.any(sigma < 0.0) or np.any(sigma > MAX_INTENSITY):
        raise ReadError(
            "a standard uncertainty that is negative, too large or not finite",
            where=where,
            rule="a third column holds the standard uncertainty of the intensity",
            remedy="Correct the column or leave it out",
        )
    return sigma


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


def poisson_sigma(raw: NDArray[np.float64], factor: NDArray[np.float64] | float = 1.0) -> NDArray[np.float64]:
    """Standard uncertainty of raw counts times a factor, factor * sqrt(N), with N = 0 taken as 1."""
    return np.asarray(factor * np.sqrt(np.maximum(raw, 1.0)), dtype=float)


def common_fact(blocks: Sequence[Block], name: str) -> dict[str, Stated]:
    """The fact as a setting, where every block states it with the same value; else nothing."""
    found = [b.facts[name] for b in blocks if name in b.facts]
    same = len(found) == len(blocks) and len({f.value for f in found}) == 1
    return {name: found[0]} if same else {}


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
    if second is not None and second > 0.0 and not 0.0 <= second / first - 1.0 < 0.03:
        raise ReadError(
            f"K-alpha1 {first:g} and K-alpha2 {second:g} angstrom",
            where=where,
            rule="K-alpha2 lies above K-alpha1 by less than 3 %",
            remedy="The header is damaged; export the file again",
        )
    if not 0.0 <= ratio <= 1.0:
        raise ReadError(f"an intensity ratio of {ratio:g}", where=where, rule="K-alpha2 : K-alpha1 is 0 to 1")
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
