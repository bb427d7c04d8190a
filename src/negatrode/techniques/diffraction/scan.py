"""Which scan holds the band, which the silicon standard, and the gates that a scan must pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError, MissingInput, Refusal
from negatrode.core.recording import Block, Recording
from negatrode.core.settings import Settings
from negatrode.core.units import convert, spell
from negatrode.files.tables import named_block

Array = NDArray[np.float64]

# feet of the band and the least that a scan must cover, as spacings in nm
FEET_D = (0.553, 0.280)
COVER_D = (0.500, 0.298)
# a detector counts to about 1e9 in a step; a reader of the wrong file version can return 1e29
MOST_COUNTS = 1e12
WHY_WAVELENGTH = "Bragg's law needs the wavelength, and the file does not state it"


@dataclass(frozen=True, eq=False)
class Scan:
    """One scan ready to be analysed; angles in deg, wavelength in nm."""

    recording: Recording
    two_theta: Array
    intensity: Array
    wavelength: float


def angle(d: float, wavelength: float) -> float:
    """2 theta in deg of a spacing d (nm); Refusal where the wavelength is too long for it.

    >>> round(angle(0.335, 0.15418), 2)
    26.61
    """
    sine = wavelength / (2.0 * d)
    if not 0.0 < sine < 1.0:
        raise Refusal(f"a wavelength of {wavelength:g} nm does not reach d = {d:g} nm", rule="lambda < 2 d")
    return float(2.0 * np.degrees(np.arcsin(sine)))


def stretch(wavelength: float) -> float:
    """Width of the band in 2 theta at this wavelength over that at Cu K-alpha (0.15418 nm).

    >>> round(stretch(0.07107), 2)
    0.45
    """
    spans = [angle(FEET_D[1], w) - angle(FEET_D[0], w) for w in (wavelength, 0.15418)]
    return spans[0] / spans[1]


def _blocks(recording: Recording, settings: Settings) -> Sequence[Block]:
    if recording.kind != "table":
        return recording.blocks
    columns = settings.word("columns", why="the file does not name its columns")
    block = named_block(recording, columns, where="xrd.columns")
    for name in ("two_theta", "intensity"):
        if not block.has(name):
            raise InputError(f"xrd.columns names no '{name}'", rule="a scan has two_theta and intensity")
    return (block,)


def choose_scans(recordings: Sequence[Recording], settings: Settings) -> tuple[Scan, list[Scan]]:
    """The scan that covers the 002 band, and the other scans (candidates for a silicon standard).

    Raises Refusal where no scan covers the band, MissingInput for an unknown wavelength.
    """
    scans: list[Scan] = []
    for recording in recordings:
        mine = settings.with_stated(recording.settings)
        wavelength = mine.quantity("wavelength", why=WHY_WAVELENGTH)
        if not 0.01 <= wavelength <= 0.5:
            raise InputError(
                f"a wavelength of {wavelength:g} nm",
                where="xrd.wavelength",
                rule="X-rays have 0.01 to 0.5 nm",
            )
        for block in _blocks(recording, mine):
            x, y = _plausible(block, recording.source.path)
            if len(x) > 1 and np.all(np.diff(x) > 0.0):
                scans.append(Scan(recording, x, y, wavelength))
    number = settings.optional_count("scan")
    if number is not None:
        if not 1 <= number <= len(scans):
            raise InputError(f"xrd.scan = {number}", rule=f"the files hold {len(scans)} scans")
        return scans[number - 1], [s for s in scans if s is not scans[number - 1]]
    covering = [s for s in scans if _covers(s)]
    if not covering:
        raise _not_covered(scans)
    if len(covering) > 1:
        # a standard covers the band's angles too; the scan with the broader excess is told by the caller
        return covering[0], [s for s in scans if s is not covering[0]]
    return covering[0], [s for s in scans if s is not covering[0]]


def _plausible(block: Block, path: str) -> tuple[Array, Array]:
    """Angles (deg) and counts of a block in the order of rising angle; Refusal where they cannot be true."""
    angles, counts = block.column("two_theta"), block.column("intensity")
    x = np.asarray(convert(angles.values, angles.unit or "deg", "deg"), dtype=float)
    y = np.asarray(counts.values, dtype=float)
    where = f"{path} scan '{block.name}'"
    if len(x) != len(y):
        raise Refusal(f"{len(x)} angles but {len(y)} intensities", where=where, rule="each angle has one")
    for name, unit, values in (("angle", "deg", x), (spell(counts.unit) or "count", "", y)):
        if not np.all(np.isfinite(values)):
            at = int(np.flatnonzero(~np.isfinite(values))[0])
            raise Refusal(
                f"point {at + 1} of {len(values)} is {values[at]} {unit or name}".rstrip(),
                where=where,
                rule="angles and intensities are finite",
                remedy="Export the scan again",
            )
    if len(y) and not (np.min(y) >= 0.0 and np.max(y) < MOST_COUNTS):
        raise Refusal(
            f"intensities from {np.min(y):.4g} to {np.max(y):.4g}",
            where=where,
            rule=f"a detector counts from 0 to less than {MOST_COUNTS:g}",
            remedy="Give the scan as counted, without subtraction; check the version of the file",
        )
    return (x[::-1], y[::-1]) if len(x) > 1 and np.all(np.diff(x) < 0.0) else (x, y)


def _covers(scan: Scan) -> bool:
    low, high = (angle(d, scan.wavelength) for d in COVER_D)
    inside = (scan.two_theta >= low) & (scan.two_theta <= high)
    return bool(scan.two_theta[0] <= low and scan.two_theta[-1] >= high and inside.sum() >= 40)


def _not_covered(scans: Sequence[Scan]) -> Refusal | MissingInput:
    if not scans:
        return Refusal("no scan along rising 2 theta", rule="d002 is measured from a 2 theta scan")
    low, high = (angle(d, scans[0].wavelength) for d in COVER_D)
    ranges = ", ".join(
        f"{s.two_theta[0]:.4g} to {s.two_theta[-1]:.4g} deg, {len(s.two_theta)} points" for s in scans
    )
    return Refusal(
        f"the scan runs from {ranges}",
        rule=f"the 002 band with its feet needs {low:.1f} to {high:.1f} deg at {scans[0].wavelength:g} nm, "
        "in at least 40 points",
        remedy="Scan that range, or check the wavelength",
    )
