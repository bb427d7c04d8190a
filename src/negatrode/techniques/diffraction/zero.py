"""The error of the angle: from a silicon line in the scan, from a standard's own scan, or unknown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from negatrode.core.errors import Refusal
from negatrode.core.estimate import Finding
from negatrode.core.settings import Settings
from negatrode.techniques.diffraction.lines import SiliconLine, silicon_line
from negatrode.techniques.diffraction.scan import Scan

NO_STANDARD = (
    0.1  # deg: displacement and zero of a sample without a standard (measurement notes of the field)
)
EXTERNAL = 0.03  # deg: 50 um between the surfaces of sample and standard at a radius of 200 mm


@dataclass(frozen=True)
class Zero:
    """Offset to subtract from 2 theta (deg), its standard uncertainty, what it rests on."""

    kind: str
    offset: float
    u: float
    width: float | None
    source: str
    key: str
    findings: tuple[Finding, ...]
    line: SiliconLine | None = None


def find_zero(scan: Scan, others: Sequence[Scan], settings: Settings) -> Zero:
    """The zero error by the key ``standard``, or by what the files hold.

    Without the key, a silicon line in the scan itself or a second scan with one is used, and said. With
    ``standard = internal-si`` or ``external-si`` a missing line is a Refusal; ``none`` uses neither.
    """
    key = f"{scan.recording.source.sha256[:12]}:angle"
    known = settings.optional_quantity("zero_offset")
    if known is not None:
        text = f"2 theta corrected by the declared {known:+.3f} deg"
        source = "declared zero offset, 0.02 deg"
        return Zero("declared", known, 0.02, None, source, key, (Finding("zero-declared", text),))
    asked = settings.optional_word("standard")
    if asked in (None, "internal-si") and (
        found := silicon_line(scan.two_theta, scan.intensity, scan.wavelength)
    ):
        return _measured("internal-si", found, 0.0, key)
    if asked == "internal-si":
        raise _no_line(scan)
    if asked in (None, "external-si"):
        for other in others:
            found = silicon_line(other.two_theta, other.intensity, other.wavelength)
            if found:
                return _measured("external-si", found, EXTERNAL, key)
        if asked == "external-si":
            raise (
                _no_line(*others)
                if others
                else Refusal(
                    "only one scan was given",
                    rule="an external standard is a scan of its own",
                    remedy="Add its file",
                )
            )
    text = f"no silicon standard: {NO_STANDARD:g} deg added for displacement and zero"
    return Zero(
        "none",
        0.0,
        NO_STANDARD,
        None,
        f"displacement and zero of the angle, no standard ({NO_STANDARD:g} deg)",
        key,
        (Finding("no-standard", text, warning=True),),
    )


def _measured(kind: str, line: SiliconLine, extra: float, key: str) -> Zero:
    u = math.hypot(line.error, extra)
    where = "in the sample" if kind == "internal-si" else "in a scan of its own"
    text = (
        f"2 theta corrected by {line.offset:+.3f} deg from Si (111) {where}; line width {line.width:.3f} deg"
    )
    findings = (Finding("silicon-standard", text),)
    inside = line if kind == "internal-si" else None
    return Zero(kind, line.offset, u, line.width, f"angle by {kind} standard", key, findings, inside)


def _no_line(*scans: Scan) -> Refusal:
    names = ", ".join(s.recording.source.path for s in scans)
    return Refusal(
        "no line of silicon stands near its (111) position",
        where=names,
        rule="a silicon standard was declared",
        remedy="Check the file, or set standard=none",
    )
