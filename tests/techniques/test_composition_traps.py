"""What a CHN table must not be taken for: several samples, uncertainties, areas, fractions; limits of H."""

from __future__ import annotations

import pytest

from negatrode.core.errors import MissingInput, Refusal
from tests.techniques.test_composition import NITROGEN, RATIO, measured

HEAD = "Sample,C [wt%],H [wt%],N [wt%]\n"


def test_two_samples_are_not_averaged() -> None:
    """Rows of two carbons ask for the row; a row given is measured alone."""
    text = HEAD + "HC-800,90,1.5,2\nHC-1200,96,0.2,1\n"
    with pytest.raises(MissingInput) as caught:
        measured(text)
    assert caught.value.key == "composition.row"
    assert measured(text, row=2).value == pytest.approx(0.2 / 1.00794 / (96 / 12.0107))


@pytest.mark.parametrize("label", ["uncertainty", "U (k=2)", "± (k=2)"])
def test_certified_uncertainties_are_no_replicates(label: str) -> None:
    """The uncertainty row of a certificate is left out, with a warning."""
    found = measured(f"{HEAD}char,91.19,2.28,0.13\n{label},3.93,0.09,0.01\n")
    assert found.value == pytest.approx(0.298, abs=5e-4)
    assert any(f.code == "uncertainty-rows" and f.warning for f in found.findings)


def test_analyser_export_with_areas_and_ratios() -> None:
    """Peak areas, factors and C/N beside the contents are passed over."""
    head = "Name;Weight [mg];C/N ratio;N Area;C Area;H Area;N [%];C [%];H [%]\n"
    text = head + "HC;2,013;76;120;45000;300;1,20;92,10;0,81\n"
    assert measured(text).value == pytest.approx(0.81 / 1.00794 / (92.1 / 12.0107))
    assert measured(text, NITROGEN).value == pytest.approx(1.2)


@pytest.mark.parametrize("header", ["Probe,C [Gew.-%],H [Gew.-%]", "試料,炭素 (wt%),水素 (wt%)"])
def test_other_languages(header: str) -> None:
    """German and Japanese headers are understood."""
    assert measured(f"{header}\nHC,90,1.5\n").value == pytest.approx(0.19860, abs=1e-4)


@pytest.mark.parametrize("cell", ["<0.1", "n.d.", "0.05", "-0.01"])
def test_hydrogen_below_its_limit(cell: str) -> None:
    """A hydrogen under the limit bounds H/C."""
    found = measured(f"{HEAD}HC,99,{cell},0.5\n", detection_limit="0.1 wt%")
    assert found.value is None
    assert found.below_limit == pytest.approx(0.1 / 1.00794 / (99 / 12.0107))


def test_replicates_on_both_sides_of_a_limit() -> None:
    """The larger of limit and value bounds the mean."""
    found = measured(f"{HEAD}HC,95,0.5,<0.3\nHC,95,0.5,0.35\n", NITROGEN)
    assert found.below_limit == pytest.approx(0.35)


@pytest.mark.parametrize(
    "text", ["Sample,C [%],H [%]\nHC,0.90,0.015\n", HEAD[:-1] + ",O [wt%]\nHC,92,3,2,30\n"]
)
def test_fractions_and_sums(text: str) -> None:
    """A fraction under a per cent sign, and a sum of 127 wt%, are refused."""
    with pytest.raises(Refusal):
        measured(text)


@pytest.mark.parametrize("missing", ["moisture", "ash"])
def test_bases_ask_for_what_they_need(missing: str) -> None:
    """dry-ash-free needs moisture and ash."""
    given = {k: v for k, v in {"moisture": "2 wt%", "ash": "1 wt%"}.items() if k != missing}
    with pytest.raises(MissingInput) as caught:
        measured(f"{HEAD}HC,90,1.5,2\n", RATIO, "dry-ash-free", **given)
    assert caught.value.key == f"composition.{missing}"


def test_moisture_uncertainty_is_carried() -> None:
    """H/C dry moves by 2 H / H2O of the moisture's uncertainty."""
    found = measured(f"{HEAD}HC,90,1.5,2\n", RATIO, "dry", moisture="2 wt%", u_moisture="0.5 wt%")
    part = next(c for c in found.components if c.key.endswith("moisture"))
    assert abs(part.u) == pytest.approx(0.5 * 2 * 1.00794 / 18.01528 * 12.0107 / 1.00794 / 90.0, rel=1e-5)
