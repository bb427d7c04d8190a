"""The recipes of phase analysis, by property."""

from __future__ import annotations

from negatrode.core.estimate import Recipe

CONTENTS = {
    "oxygen_in_a": ("O", "A"),
    "nitrogen_in_a": ("N", "A"),
    "oxygen_in_b": ("O", "B"),
    "nitrogen_in_b": ("N", "B"),
}
PARTICLE = {"oxygen": ("O",), "nitrogen": ("N",), "fluorine_sulfur_phosphorus": ("F", "S", "P")}
POINTS = "wds-points"
SEGMENTATIONS = {
    "otsu-log-ratio": (
        "Otsu threshold on the log ratio of the marks' counts",
        "Otsu, IEEE Trans. Syst. Man Cybern. 9 (1979) 62",
    ),
    "gaussian-mixture": (
        "Mixture of Gaussians over all element maps",
        "McLachlan and Peel, Finite Mixture Models",
    ),
    "grey-otsu": ("Otsu threshold on the electron image", "Otsu, IEEE Trans. Syst. Man Cybern. 9 (1979) 62"),
}
DEFAULT = "otsu-log-ratio"


def _segmented(prop: str, what: str) -> tuple[Recipe, ...]:
    return tuple(
        Recipe(prop, name, "1", f"{what}: {words}", "convention", reference, name == DEFAULT)
        for name, (words, reference) in SEGMENTATIONS.items()
    )


def _recipes() -> tuple[Recipe, ...]:
    found = [*_segmented("area_fraction_a", "Area of A over that of the material")]
    found += _segmented("a_surrounded_by_b", "Contact of A with B along A's boundary in the section")
    for prop in CONTENTS:
        found += _segmented(prop, "Summed counts of the phase's interior, phases told apart by")
        words = "Mean of the point analyses in the phase (WDS tables, line scans)"
        found.append(Recipe(prop, POINTS, "1", words, "convention"))
    for prop in PARTICLE:
        found += [
            Recipe(
                prop,
                "phase-balance",
                "1",
                "Contents of A and B weighed by area fraction and density",
                "convention",
                "Delesse 1848 (area fraction is volume fraction)",
                True,
            ),
            Recipe(prop, "map-mean", "1", "Summed counts of all the material (thin films)", "convention"),
        ]
    return tuple(found)


RECIPES = _recipes()
