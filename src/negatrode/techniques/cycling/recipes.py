"""The recipes of half cells, by property."""

from __future__ import annotations

from negatrode.core.estimate import Recipe

BY_DIRECTION, BY_COUNTER = "by-direction", "by-counter"
LAST_OVER_FIRST, LAST_OVER_SECOND = "last-over-first", "last-over-second"

_COUNTER = "Charge pooled by the file's own cycle counter"
_CAPACITIES = {
    "first_cycle_charge": "Charge of the first lithiation per mass",
    "first_cycle_discharge": "Charge of the delithiation after it per mass",
    "first_cycle_efficiency": "First delithiation over first lithiation",
}

RECIPES = (
    *(
        recipe
        for prop, words in _CAPACITIES.items()
        for recipe in (
            Recipe(
                prop,
                BY_DIRECTION,
                "1",
                f"{words}, half-cycles by the direction of the current",
                "definition",
                default=True,
            ),
            Recipe(prop, BY_COUNTER, "1", f"{_COUNTER}: not admissible where it splits cycles", "convention"),
        )
    ),
    Recipe(
        "capacity_retention",
        LAST_OVER_FIRST,
        "1",
        "Delithiation of the last complete cycle, or of cycle n (key cycle), over that of the first",
        "definition",
        default=True,
    ),
    Recipe(
        "capacity_retention",
        LAST_OVER_SECOND,
        "1",
        "Delithiation of the last complete cycle, or of cycle n (key cycle), over that of the second (the "
        "first taken as formation)",
        "convention",
    ),
)
