"""The recipes of d002 and Lc(002), and the settings that they need."""

from __future__ import annotations

from negatrode.core.estimate import Recipe
from negatrode.core.settings import Key

_FEET = "straight background between the feet at d = 0.553 and 0.280 nm (16 and 32 deg, Cu K-alpha)"
_KUREHA = "practice of Japanese hard-carbon makers, without intensity correction; not the patent's own words"

# name, summary of the position, summary of the width, basis, reference
_ROWS = (
    (
        "house",
        f"{_FEET}; centroid of the band, intensities uncorrected; Si (111) as standard where measured",
        f"{_FEET}; width at half height, intensities uncorrected; Scherrer, K = 0.9",
        "reconstructed",
        _KUREHA,
    ),
    (
        "half-height",
        f"{_FEET}; centroid of the part above half height, intensities uncorrected",
        "",
        "convention",
        "",
    ),
    ("peak-top", f"{_FEET}; maximum of the band, intensities uncorrected", "", "convention", ""),
    (
        "lp-centroid",
        f"{_FEET}; divided by the Lorentz-polarisation factor; centroid of the part above half height",
        "as house, after division by the Lorentz-polarisation factor",
        "convention",
        "Warren, X-ray Diffraction (1969)",
    ),
    (
        "lp-f2",
        "as lp-centroid, divided by the square of carbon's form factor as well",
        "as house, after division by the Lorentz-polarisation factor and the squared form factor",
        "convention",
        "form factor: Waasmaier and Kirfel (1995) as tabulated in xraydb",
    ),
    (
        "jis-r7651",
        "as lp-f2, position at the middle of the chord at half height, Si mixed in as internal standard",
        "as lp-f2, with the width of the internal Si line removed",
        "reconstructed",
        "after the Gakushin method and JIS R 7651; absorption taken as that of a thick sample (constant)",
    ),
    (
        "fit",
        "pseudo-Voigt in s = 2 sin(theta)/lambda, times Lorentz-polarisation and squared form factor; "
        "smooth background",
        "width of the fitted pseudo-Voigt; Scherrer, K = 0.9",
        "convention",
        "",
    ),
)

RECIPES: tuple[Recipe, ...] = (
    *(
        Recipe("d002", name, "1", position, basis, reference, default=name == "house")
        for name, position, _, basis, reference in _ROWS
    ),
    *(
        Recipe("lc002", name, "1", width, basis, reference, default=name == "house")
        for name, _, width, basis, reference in _ROWS
        if width
    ),
    Recipe(
        "lc002",
        "integral-breadth",
        "1",
        f"{_FEET}; area over height, intensities uncorrected; Scherrer, K = 0.9",
        "convention",
    ),
)

KEYS = (
    Key("wavelength", "nm", "wavelength of the X-rays (K-alpha, weighted)", example="0.15418 nm"),
    Key("standard", "", "how the angle was checked with silicon", ("none", "internal-si", "external-si")),
    Key("zero_offset", "deg", "known error of 2 theta (measured minus true)", example="0.05 deg"),
    Key(
        "instrument_width",
        "deg",
        "width at half height of the instrument's line near 28 deg",
        example="0.1 deg",
    ),
    Key("monochromator", "", "graphite monochromator in the diffracted beam", ("yes", "no")),
    Key("scan", "count", "which scan of the file, from 1"),
    Key("columns", "", "names of a plain table's columns", example="two_theta [deg], intensity [counts]"),
)
