"""Recipes and settings of the technique `composition`."""

from __future__ import annotations

from negatrode.core.estimate import Recipe
from negatrode.core.settings import Key
from negatrode.techniques.composition.blank import BLANK_KEYS
from negatrode.techniques.composition.methods import COMBUSTION, FUSION, U_KEYS

_CHN = "combustion analysis, moisture as received"
RATIO, NITROGEN, OXYGEN = "hydrogen_to_carbon", "nitrogen", "oxygen"
FSP = "fluorine_sulfur_phosphorus"

RECIPES = (
    Recipe(
        RATIO,
        "as-analysed",
        "1",
        f"(H/1.00794)/(C/12.0107) of the mean of the replicates; {_CHN}",
        "definition",
        default=True,
    ),
    Recipe(
        RATIO, "dry", "1", "as-analysed, with the hydrogen of the stated moisture taken off", "definition"
    ),
    Recipe(
        RATIO,
        "dry-ash-free",
        "1",
        "dry; the ash is in neither H nor C and cancels (its bound water and carbonate neglected)",
        "definition",
    ),
    Recipe(
        NITROGEN,
        "as-analysed",
        "1",
        "mean of the replicates; combustion analysis or inert-gas fusion, moisture as received",
        "definition",
        default=True,
    ),
    Recipe(NITROGEN, "dry", "1", "as-analysed, on the mass without the stated moisture", "definition"),
    Recipe(
        OXYGEN,
        "as-analysed",
        "1",
        "mean of the replicates less the blank; inert-gas fusion or pyrolysis, moisture as received",
        "definition",
        reference="ASTM E1409 (titanium)",
        default=True,
    ),
    Recipe(OXYGEN, "dry", "1", "as-analysed, less the oxygen of the moisture, on the dry mass", "definition"),
    Recipe(OXYGEN, "by-difference", "1", "100 wt% less C, H, N, S and ash; inadmissible", "convention"),
    Recipe(
        FSP,
        "as-analysed",
        "1",
        "sum of those of F, S and P that were analysed; a lower bound where one was not",
        "definition",
        default=True,
    ),
    Recipe(FSP, "dry", "1", "as-analysed, on the mass without the stated moisture", "definition"),
    Recipe(FSP, "complete", "1", "sum of F, S and P, all three analysed", "definition"),
)

_LIMITS = (("oxygen", "O"), ("fluorine", "F"), ("sulfur", "S"), ("phosphorus", "P"))

KEYS = (
    Key("moisture", "wt%", "water in the analysed powder", example="0.4 wt%"),
    Key("ash", "wt%", "ash of the analysed powder, where the table has no column of it", example="0.5 wt%"),
    Key("detection_limit", "wt%", "limit of detection of hydrogen and of nitrogen", example="0.05 wt%"),
    *(
        Key(f"detection_limit_{n}", "wt%", f"limit of detection of {e}", example="0.01 wt%")
        for n, e in _LIMITS
    ),
    *(
        Key(key, "wt%", f"standard uncertainty of the calibration of {e}", example="0.1 wt%")
        for e, key in U_KEYS.items()
    ),
    Key("u_moisture", "wt%", "standard uncertainty of the moisture", example="0.1 wt%"),
    Key(
        "method",
        "",
        "how oxygen and nitrogen were determined, where the columns mislead",
        choices=(COMBUSTION, FUSION),
    ),
    *(
        Key(key, "wt%", f"blank of {e} that the contents still hold", example="0.005 wt%")
        for e, key in BLANK_KEYS.items()
    ),
    Key(
        "blank_rows",
        "",
        "what to do with the table's blank rows",
        choices=("subtract", "already-subtracted"),
    ),
    Key("row", "count", "the one data row to take, from 1 (else all rows are replicates)", example="1"),
    Key("columns", "", "columns of the table in order", example="label, C [wt%], H [wt%], N [wt%]"),
)
