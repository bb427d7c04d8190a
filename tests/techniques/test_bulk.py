"""Bulk specific gravity: closed forms, what the table does not say, refusals."""

from __future__ import annotations

import math

import pytest

from negatrode.core.errors import MissingInput, ReadError, Refusal
from negatrode.core.estimate import Estimate
from negatrode.core.settings import Settings
from negatrode.files.blob import Blob
from negatrode.files.readers.delimited import read
from negatrode.techniques.bulk.technique import TECHNIQUE
from negatrode.techniques.technique import estimate

BOTH = "Method,Mass [g],Volume [mL]\npoured,10.0,25.0\npoured,11.0,25.0\ntapped,12.5,25.0\n"


def measured(text: str, recipe: str | None = None, **given: object) -> Estimate:
    """The estimate from a csv text."""
    recording = read(Blob("bulk.csv", text.encode("utf-8")))
    settings = Settings("bulk", TECHNIQUE.keys, given)
    evaluation = TECHNIQUE.evaluate([recording], settings)
    return estimate(
        TECHNIQUE,
        evaluation,
        "bulk_specific_gravity",
        recordings=[recording],
        settings=settings,
        recipe=recipe,
    )


def test_mass_over_volume_by_method() -> None:
    """Each recipe takes the rows of its method; the default is poured."""
    poured, tapped = measured(BOTH), measured(BOTH, "tapped")
    assert poured.recipe == "poured"
    assert poured.value == pytest.approx((0.40 + 0.44) / 2)
    assert tapped.value == pytest.approx(0.5)
    assert poured.findings


def test_components_of_repeats_and_of_one_reading() -> None:
    """Repeats give s / sqrt(n) with n - 1 degrees of freedom, one reading 0.01 g/cm3; the cylinder 0.5 %."""
    poured, tapped = measured(BOTH), measured(BOTH, "tapped")
    repeat, cylinder = poured.components
    assert repeat.u == pytest.approx(0.04 / math.sqrt(2) / math.sqrt(2))
    assert repeat.dof == 1.0
    assert abs(cylinder.u) == pytest.approx(0.005 * 0.42)
    assert tapped.components[0].u == pytest.approx(0.01)
    assert tapped.components[1].key == cylinder.key


def test_method_is_asked_for() -> None:
    """A table that does not say poured or tapped is not guessed."""
    text = "mass [g],volume [cm3]\n10,25\n11,26\n"
    with pytest.raises(MissingInput) as caught:
        measured(text)
    assert caught.value.key == "bulk.method"
    assert measured(text, method="poured").value == pytest.approx((10 / 25 + 11 / 26) / 2)


def test_tapped_only_refuses_poured_and_names_the_recipe() -> None:
    """Poured is not taken from tapped readings; the remedy names the recipe that has data."""
    text = "mass [g],volume [cm3]\n10,20\n"
    with pytest.raises(Refusal) as caught:
        measured(text, method="tapped")
    assert "--recipe tapped" in caught.value.remedy
    assert measured(text, "tapped", method="tapped").value == pytest.approx(0.5)


def test_decimal_comma_units_and_tare() -> None:
    """Milligrams and decimal commas are read; the tare is taken off each mass."""
    text = "Mass [mg];Volume [mL]\n45120,5;25,0\n"
    found = measured(text, method="poured", tare="35.1205 g")
    assert found.value == pytest.approx(0.4)


def test_cylinder_volume_replaces_the_column() -> None:
    """A table of masses alone uses the cylinder's volume."""
    text = "Run,Mass [g]\n1,10.0\n2,10.5\n"
    with pytest.raises(MissingInput) as caught:
        measured(text, method="poured")
    assert caught.value.key.startswith("bulk.")
    assert measured(text, method="poured", cylinder_volume="25 cm3").value == pytest.approx(0.41)


def test_blank_and_mean_rows_are_left_out() -> None:
    """Rows labelled mean or blank do not count as fillings."""
    text = "Run,Mass [g],Volume [mL]\n1,10,25\n2,11,25\nMean,10.5,25\nSD,0.7,0\n"
    found = measured(text, method="poured")
    assert found.value == pytest.approx(0.42)


def test_word_in_a_data_cell() -> None:
    """A cell that is no number is refused with its row."""
    with pytest.raises(ReadError) as caught:
        measured("Run,Mass [g],Volume [mL]\n1,10,25\n2,1o,25\n", method="poured")
    assert "row 3" in caught.value.where


@pytest.mark.parametrize("row", ["-1,25", "10,0", "0,25"])
def test_masses_and_volumes_above_zero(row: str) -> None:
    """A mass or a volume of zero or less is refused."""
    with pytest.raises((Refusal, ReadError)):
        measured(f"mass [g],volume [cm3]\n{row}\n", method="poured")
