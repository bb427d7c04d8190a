"""Forward model: the powder pattern of a non-graphitic carbon, written from the physics.

Intensity(2 theta) = A LP(theta) f(s)^2 band(s) + background, s = 2 sin(theta)/lambda; the band is a
pseudo-Voigt of width 0.9/Lc in s (Scherrer). The form factor is the four-Gaussian sum of the
International Tables C, table 6.1.1.4. Nothing here is shared with the analyser.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_A = (2.3100, 1.0200, 1.5886, 0.8650)
_B = (20.8439, 10.2075, 0.5687, 51.6512)
_C = 0.2156
SI_111 = 0.313556  # nm, SRM 640
CU_MEAN = 0.154187


@dataclass(frozen=True)
class Carbon:
    """A powder on a diffractometer.

    d002, lc in nm; ``peak`` net counts at the top of the band; ``rise`` counts of small-angle scattering
    at 10 deg, ``flat`` of flat background; ``shift`` the error of 2 theta (deg); ``silicon`` counts at the
    top of an admixed Si (111) line; ``eta`` Lorentzian share; wavelength in nm.
    """

    d002: float = 0.38
    lc: float = 1.4
    peak: float = 4000.0
    rise: float = 1500.0
    flat: float = 400.0
    shift: float = 0.0
    silicon: float = 0.0
    eta: float = 0.4
    wavelength: float = CU_MEAN
    line_width: float = 0.12


def ideal_pattern(two_theta: Array, carbon: Carbon) -> Array:
    """Expected counts at each angle (deg, as the instrument states it), shape of ``two_theta``."""
    true = np.asarray(two_theta, dtype=float) - carbon.shift
    peak = _band(np.array([2.0 * np.degrees(np.arcsin(carbon.wavelength / 2.0 / carbon.d002))]), carbon)[0]
    counts = (
        carbon.peak * _band(true, carbon) / peak
        + carbon.flat
        + carbon.rise * (10.0 / np.maximum(true, 1.0)) ** 2
    )
    if carbon.silicon:
        place = 2.0 * np.degrees(np.arcsin(carbon.wavelength / 2.0 / SI_111))
        counts = counts + carbon.silicon / (1.0 + 4.0 * ((true - place) / carbon.line_width) ** 2)
    return np.asarray(counts, dtype=float)


def _band(two_theta: Array, carbon: Carbon) -> Array:
    theta = np.deg2rad(two_theta) / 2.0
    q = np.sin(theta) / carbon.wavelength  # 1/nm, half of s
    form = _C + sum(a * np.exp(-b * (q / 10.0) ** 2) for a, b in zip(_A, _B, strict=True))
    geometry = (1.0 + np.cos(2.0 * theta) ** 2) / (np.sin(theta) * np.sin(2.0 * theta))
    u = 2.0 * (2.0 * q - 1.0 / carbon.d002) * carbon.lc / 0.9
    profile = carbon.eta / (1.0 + u**2) + (1.0 - carbon.eta) * 2.0 ** (-(u**2))
    return np.asarray(geometry * form**2 * profile, dtype=float)


def simulate_pattern(
    carbon: Carbon, rng: np.random.Generator, *, start: float = 10.0, stop: float = 60.0, step: float = 0.05
) -> tuple[Array, Array]:
    """Angles (deg) and Poisson counts."""
    angles = np.round(np.arange(start, stop + 0.5 * step, step), 6)
    return angles, rng.poisson(ideal_pattern(angles, carbon)).astype(float)


def silicon_pattern(carbon: Carbon, rng: np.random.Generator, *, step: float = 0.02) -> tuple[Array, Array]:
    """A scan of a silicon standard alone on the same instrument (same shift), 27 to 30 deg."""
    alone = replace(carbon, peak=1e-9, rise=0.0, flat=50.0, silicon=5000.0)
    return simulate_pattern(alone, rng, start=27.0, stop=30.0, step=step)


def xy_text(angles: Array, counts: Array, *, comment: str = "") -> str:
    """A two-column .xy file with a comment line."""
    head = f"# {comment}\n" if comment else ""
    rows = [f"{a:.4f} {c:.0f}" for a, c in zip(angles, counts, strict=True)]
    return head + "# 2theta_deg counts\n" + "\n".join(rows) + "\n"


def xrdml_text(angles: Array, counts: Array, *, seconds: float = 1.0) -> str:
    """The same scan as PANalytical XRDML 1.5, with the Cu K-alpha lines."""
    listed = " ".join(f"{c:.0f}" for c in counts)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<xrdMeasurements xmlns="http://www.xrdml.com/XRDMeasurement/1.5" status="Completed">\n'
        '<xrdMeasurement measurementType="Scan" status="Completed">\n'
        '<usedWavelength intended="K-Alpha"><kAlpha1 unit="Angstrom">1.5405980</kAlpha1>'
        '<kAlpha2 unit="Angstrom">1.5444260</kAlpha2>'
        "<ratioKAlpha2KAlpha1>0.5000</ratioKAlpha2KAlpha1></usedWavelength>\n"
        '<scan appendNumber="0" mode="Continuous" scanAxis="Gonio" status="Completed"><dataPoints>\n'
        f'<positions axis="2Theta" unit="deg"><startPosition>{angles[0]:.6f}</startPosition>'
        f"<endPosition>{angles[-1]:.6f}</endPosition></positions>\n"
        f'<commonCountingTime unit="seconds">{seconds:.3f}</commonCountingTime>\n'
        f'<intensities unit="counts">{listed}</intensities>\n'
        "</dataPoints></scan></xrdMeasurement></xrdMeasurements>\n"
    )
