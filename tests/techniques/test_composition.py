"""Elemental analysis: closed forms, a certified wood char, replicates, limits, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from negatrode.core.errors import MissingInput, NegatrodeError, ReadError
from negatrode.core.estimate import Estimate
from negatrode.core.settings import Settings
from negatrode.files.blob import Blob
from negatrode.files.readers.delimited import read
from negatrode.techniques.composition.simulate import TrueComposition, analyser_csv, simulate_analyses
from negatrode.techniques.composition.technique import TECHNIQUE
from negatrode.techniques.technique import estimate

RATIO, NITROGEN = "hydrogen_to_carbon", "nitrogen"


def measured(text: str, prop: str = RATIO, recipe: str | None = None, **given: object) -> Estimate:
    """The estimate from a csv text."""
    recording = read(Blob("chn.csv", text.encode("utf-8")))
    settings = Settings("composition", TECHNIQUE.keys, given)
    evaluation = TECHNIQUE.evaluate([recording], settings)
    return estimate(TECHNIQUE, evaluation, prop, recordings=[recording], settings=settings, recipe=recipe)


def test_certified_wood_char() -> None:
    """C 91.19 +- 3.93, H 2.28 +- 0.09 wt% (k = 2) give H/C 0.298 +- 0.017 (k = 2)."""
    found = measured("C [wt%],H [wt%]\n91.19,2.28\n", u_carbon="1.965 wt%", u_hydrogen="0.045 wt%")
    assert found.value == pytest.approx(0.298, abs=5e-4)
    assert 2.0 * found.standard_uncertainty == pytest.approx(0.017, abs=7e-4)


def test_methane_and_benzene() -> None:
    """Weight per cents of CH4 and C6H6 give 4 and 1."""
    for atoms in (4.0, 1.0):
        hydrogen = 100.0 * atoms * 1.00794 / (atoms * 1.00794 + 12.0107)
        found = measured(f"C [wt%],H [wt%]\n{100.0 - hydrogen:.8f},{hydrogen:.8f}\n")
        assert found.value == pytest.approx(atoms, rel=1e-6)


@pytest.mark.parametrize(
    "header",
    ["C [wt%],H [wt%],N [wt%]", "C %,H %,N %", "%C,%H,%N", "Carbon (wt%),Hydrogen (wt%),Nitrogen (wt%)"],
)
def test_headers(header: str) -> None:
    """Symbols and names, with the unit before, after or in brackets, are found."""
    assert measured(f"{header}\n90.0,1.0,2.5\n", NITROGEN).value == pytest.approx(2.5)
    assert measured(f"{header}\n90.0,1.0,2.5\n").value == pytest.approx(12.0107 / 1.00794 / 90.0)


def test_decimal_comma_csv() -> None:
    """Semicolons with decimal commas read as points do."""
    found = measured("Probe;C [wt%];H [wt%]\nA;91,19;2,28\n")
    assert found.value == pytest.approx(2.28 / 1.00794 / (91.19 / 12.0107))


def test_replicates_carry_their_spread() -> None:
    """Nitrogen of three analyses: s / sqrt(3) with 2 degrees of freedom beside the usual 0.1 wt%."""
    found = measured("N [wt%],C [wt%]\n1.0,90\n1.2,90\n1.4,90\n", NITROGEN)
    assert found.value == pytest.approx(1.2)
    by_dof = {c.dof: c.u for c in found.components}
    assert by_dof == pytest.approx({math.inf: 0.1, 2.0: 0.2 / math.sqrt(3.0)})
    assert found.findings


def test_summary_and_standard_rows_are_left_out() -> None:
    """Mean, SD, blank and standard rows are no analyses of the sample."""
    text = "Sample,C [wt%],N [wt%]\nA,90,1.0\nA,90,2.0\nMean,90,9\nSD,0.1,8\nBlank,0,7\nStandard,71,10\n"
    assert measured(text, NITROGEN).value == pytest.approx(1.5)


def test_dry_basis_recovers_the_dry_ratio() -> None:
    """Water added to a known dry carbon is taken away again by its stated moisture."""
    truth = TrueComposition(90.0, 0.9, 2.0, moisture=4.0)
    text = analyser_csv(simulate_analyses(truth, 1, np.random.default_rng(1)))
    assert measured(text, RATIO, "dry", moisture="4 wt%").value == pytest.approx(
        truth.atomic_ratio(), rel=1e-3
    )
    assert measured(text, NITROGEN, "dry", moisture="4 wt%").value == pytest.approx(2.0, rel=1e-4)
    assert (measured(text, moisture="4 wt%").value or 0.0) > 1.4 * truth.atomic_ratio()


def test_dry_basis_needs_the_moisture() -> None:
    """Without the moisture the dry recipe is an error, the default recipe is not."""
    text = "C [wt%],H [wt%]\n90,1\n"
    with pytest.raises(NegatrodeError):
        measured(text, RATIO, "dry")
    assert measured(text).value is not None


@pytest.mark.parametrize("cell", ["<0.3", "n.d.", "0.2"])
def test_nitrogen_below_its_limit(cell: str) -> None:
    """A cell under the limit gives the limit, no value."""
    found = measured(f"C [wt%],N [wt%]\n90,{cell}\n", NITROGEN, detection_limit="0.3 wt%")
    assert found.value is None
    assert found.below_limit == pytest.approx(0.3)


def test_fractions() -> None:
    """Mass fractions in g/g are a hundred times as many weight per cents."""
    assert measured("C [g/g],N [g/g]\n0.9,0.02\n", NITROGEN).value == pytest.approx(2.0)


@pytest.mark.parametrize("row", ["99.0,4.0", "-3.0,1.0", "90,-3.0"])
def test_impossible_fractions_are_refused(row: str) -> None:
    """A sum above 102 wt% and negative fractions are no analysis."""
    with pytest.raises(NegatrodeError):
        measured(f"C [wt%],H [wt%]\n{row}\n")


def test_word_in_a_data_cell() -> None:
    """A cell that is no number is refused with its row."""
    with pytest.raises(ReadError) as caught:
        measured("C [wt%],H [wt%]\n90,1\n91,one\n")
    assert "row 3" in caught.value.where


def test_unknown_columns_ask_for_their_names() -> None:
    """A table whose header names no element asks for the columns."""
    with pytest.raises(MissingInput) as caught:
        measured("a,b\n90,1\n")
    assert caught.value.key == "composition.columns"
