"""Silicon compound: ash and ICP on each basis, the basis asked for, limits, refusals."""

from __future__ import annotations

import math

import pytest

from negatrode.core.errors import MissingInput, ReadError, Refusal, UnitError
from negatrode.core.estimate import Estimate
from negatrode.core.settings import Settings
from negatrode.files.blob import Blob
from negatrode.files.readers.delimited import read
from negatrode.techniques.silicon.technique import TECHNIQUE
from negatrode.techniques.technique import estimate

ASH = "Run,Sample mass [g],Residue mass [g],Blank mass [g]\n1,1.0000,0.0505,0.0005\n2,2.0000,0.1045,0.0005\n"
ICP = "Sample,Si (ICP) [wt%]\nA,1.00\n"


def measured(text: str, recipe: str | None = None, **given: object) -> Estimate:
    """The estimate from a csv text."""
    recording = read(Blob("silicon.csv", text.encode("utf-8")))
    settings = Settings("silicon", TECHNIQUE.keys, given)
    evaluation = TECHNIQUE.evaluate([recording], settings)
    return estimate(
        TECHNIQUE, evaluation, "silicon_compound", recordings=[recording], settings=settings, recipe=recipe
    )


def codes(found: Estimate) -> set[str]:
    """The codes of the findings."""
    return {f.code for f in found.findings}


def test_ash_is_residue_less_blank() -> None:
    """100 (residue - blank) / sample, mean of the burns, 0.05 wt% and their spread."""
    found = measured(ASH, basis="SiO2")
    assert found.value == pytest.approx((5.0 + 5.2) / 2)
    assert [c.u for c in found.components] == pytest.approx([0.05, 0.1])
    assert found.components[1].dof == 1.0
    assert {"ash-is-silica", "assumed-uncertainty"} <= codes(found)


def test_other_ash_is_taken_off() -> None:
    """Stated other ash lowers the silica, and the warning is gone."""
    found = measured(ASH, basis="SiO2", ash_other="0.1 wt%")
    assert found.value == pytest.approx(5.0)
    assert "ash-is-silica" not in codes(found)


def test_basis_is_asked_for() -> None:
    """The compound is never guessed; the other recipes show values that are not to be used."""
    with pytest.raises(MissingInput) as caught:
        measured(ASH)
    assert caught.value.key == "silicon.basis"


@pytest.mark.parametrize(("basis", "factor"), [("Si", 1.0), ("SiO2", 2.13934), ("siloxane", 2.64029)])
def test_icp_on_each_basis(basis: str, factor: float) -> None:
    """Silicon times the mass of the compound per silicon atom, its uncertainty likewise."""
    found = measured(ICP, basis=basis, u_silicon="0.02 wt%")
    assert found.value == pytest.approx(factor, rel=1e-5)
    assert found.standard_uncertainty == pytest.approx(0.02 * factor, rel=1e-5)


def test_other_bases_are_not_admissible() -> None:
    """A value on another basis is shown with its reason; on the same basis it is admissible."""
    found = measured(ASH, basis="SiO2")
    others = {a.recipe: a for a in found.alternatives}
    assert others["as-sio2"].admissible
    assert not others["as-si"].admissible
    assert others["as-si"].why_not
    assert others["as-si"].value == pytest.approx(5.1 * 28.0855 / 60.0843)


def test_uncertainty_of_icp_is_asked_for() -> None:
    """The calibration of ICP or EDS has no default."""
    with pytest.raises(MissingInput) as caught:
        measured(ICP, basis="Si")
    assert caught.value.key == "silicon.u_silicon"


def test_eds_is_flagged_as_surface() -> None:
    """EDS does not see the whole particle, whether the header or the user says EDS."""
    assert "surface-only" in codes(measured("x,Si EDS [wt%]\n1,2\n", basis="Si", u_silicon="0.1 wt%"))
    assert "surface-only" in codes(
        measured("x,Si [wt%]\n1,2\n", basis="Si", u_silicon="0.1 wt%", method="eds")
    )


@pytest.mark.parametrize("cell", ["<0.05", "n.d.", "0.03"])
def test_below_the_limit(cell: str) -> None:
    """Cells under the detection limit give a limit on the declared basis, no value."""
    text = f"Sample,Si [wt%]\nA,{cell}\n"
    found = measured(text, basis="SiO2", u_silicon="0.01 wt%", detection_limit="0.05 wt%")
    assert found.value is None
    assert found.below_limit == pytest.approx(0.05 * 60.0843 / 28.0855)


def test_not_detected_needs_a_limit() -> None:
    """A cell that says only "n.d." asks for the limit."""
    with pytest.raises(MissingInput) as caught:
        measured("Sample,Si [wt%]\nA,n.d.\n", basis="Si", u_silicon="0.01 wt%")
    assert caught.value.key == "silicon.detection_limit"


def test_decimal_comma_and_mg() -> None:
    """Decimal commas and milligrams are read."""
    text = "Probe;Sample mass [mg];Residue mass [mg]\n1;100,0;5,0\n"
    assert measured(text, basis="SiO2").value == pytest.approx(5.0)


def test_ash_and_analysis_in_one_table() -> None:
    """Two ways in one table: the user says which."""
    text = "Sample mass [g],Residue mass [g],Si [wt%]\n1,0.05,2.3\n"
    with pytest.raises(MissingInput) as caught:
        measured(text, basis="SiO2")
    assert caught.value.key == "silicon.method"
    assert measured(text, basis="SiO2", method="ash").value == pytest.approx(5.0)


@pytest.mark.parametrize("row", ["1,1.2,0", "0,0.1,0", "1,0.01,0.02"])
def test_impossible_weighings(row: str) -> None:
    """More residue than sample, no sample, or a blank above the residue is refused."""
    text = f"Sample mass [g],Residue mass [g],Blank mass [g]\n{row}\n"
    with pytest.raises(Refusal):
        measured(text, basis="SiO2")


def test_atomic_per_cent_is_refused() -> None:
    """Atomic per cent is no weight per cent."""
    with pytest.raises(UnitError):
        measured("Sample,Si [at%]\nA,1\n", basis="Si", u_silicon="0.1 wt%")


def test_fraction_header_and_bad_cell() -> None:
    """Parts per million become wt%; a word in a data cell is refused with its row."""
    found = measured("Sample,Si [ppm]\nA,5000\n", basis="Si", u_silicon="0.1 wt%")
    assert found.value == pytest.approx(0.5)
    assert math.isfinite(found.standard_uncertainty)
    with pytest.raises(ReadError) as caught:
        measured("Sample,Si [ppm]\nA,5000\nB,high\n", basis="Si", u_silicon="0.1 wt%")
    assert "row 3" in caught.value.where
