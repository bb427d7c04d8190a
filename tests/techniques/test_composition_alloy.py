"""Oxygen and nitrogen by inert-gas fusion, F + S + P, and the elements of an alloy powder."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest

from negatrode.core.errors import MissingInput, NegatrodeError, ReadError, Refusal
from negatrode.core.estimate import Estimate
from negatrode.core.settings import Settings
from negatrode.files.blob import Blob
from negatrode.files.readers.delimited import read
from negatrode.techniques.composition.methods import fusion_uncertainty
from negatrode.techniques.composition.simulate import fusion_csv, simulate_fusion
from negatrode.techniques.composition.technique import TECHNIQUE
from negatrode.techniques.technique import Evaluation, estimate

OXYGEN, NITROGEN, MINOR = "oxygen", "nitrogen", "fluorine_sulfur_phosphorus"
FUSION = "Name,Mass (g),Oxygen (%),Nitrogen (ppm)\n"
METALS = "Sample,Si 251.611 [wt%],Ti 334.940 (ICP-OES) [wt%],Fe (mg/kg)\nA-1,70.1,21.0,40\nA-2,69.5,21.4,38\n"


def evaluated(*texts: str, **given: object) -> Evaluation:
    """The evaluation of csv texts."""
    recordings = [read(Blob(f"table-{i}.csv", t.encode("utf-8"))) for i, t in enumerate(texts)]
    return TECHNIQUE.evaluate(recordings, Settings("composition", TECHNIQUE.keys, given))


def measured(prop: str, *texts: str, recipe: str | None = None, **given: object) -> Estimate:
    """The estimate of one property from csv texts."""
    recordings = [read(Blob(f"table-{i}.csv", t.encode("utf-8"))) for i, t in enumerate(texts)]
    settings = Settings("composition", TECHNIQUE.keys, given)
    evaluation = TECHNIQUE.evaluate(recordings, settings)
    return estimate(TECHNIQUE, evaluation, prop, recordings=recordings, settings=settings, recipe=recipe)


def codes(found: Estimate) -> set[str]:
    """The codes of the findings."""
    return {f.code for f in found.findings}


def components(found: Estimate) -> Mapping[str, float]:
    """Standard uncertainties by the last word of the key."""
    return {c.key.partition(":")[2]: c.u for c in found.components}


# --- oxygen and nitrogen --------------------------------------------------------------------------------


def test_per_cent_and_ppm_of_one_table() -> None:
    """Oxygen in %, nitrogen in ppm: means of the replicates in wt%, no carbon asked for."""
    text = f"{FUSION}A-1,0.1,0.40,5000\nA-2,0.1,0.44,5200\n"
    assert measured(OXYGEN, text).value == pytest.approx(0.42)
    assert measured(NITROGEN, text).value == pytest.approx(0.51)
    with pytest.raises(Refusal):
        measured("hydrogen_to_carbon", text)


@pytest.mark.parametrize(
    ("content", "u"), [(0.1, 0.01), (0.5, 0.015), (1.0, 0.03), (2.0, 0.118), (10.0, 0.8), (20.0, 1.6)]
)
def test_usual_uncertainty_of_fusion(content: float, u: float) -> None:
    """max(0.01 wt%, 3 %) up to 1 wt%, 5 to 8 % above it."""
    assert fusion_uncertainty(content) == pytest.approx(u, rel=5e-3)
    found = measured(OXYGEN, f"{FUSION}A,0.1,{content},5000\n")
    assert components(found)["calibration-O"] == pytest.approx(u, rel=5e-3)
    assert "default-uncertainty-O" in codes(found)
    assert ("beyond-standard-range" in codes(found)) is (content > 0.5)


def test_stated_uncertainty_goes_before_the_usual_one() -> None:
    """u_oxygen is taken as it stands."""
    found = measured(OXYGEN, f"{FUSION}A,0.1,2.0,5000\n", u_oxygen="0.03 wt%")
    assert components(found) == {"calibration-O": pytest.approx(0.03)}
    assert "default-uncertainty-O" not in codes(found)


def test_oxygen_of_a_chno_analyser() -> None:
    """Beside carbon and hydrogen, oxygen is by pyrolysis, 0.2 wt%, and nitrogen by combustion, 0.1 wt%."""
    text = "C [wt%],H [wt%],N [wt%],O [wt%]\n91.19,2.28,0.13,3.65\n"
    assert components(measured(OXYGEN, text)) == {"calibration-O": pytest.approx(0.2)}
    assert components(measured(NITROGEN, text)) == {"calibration-N": pytest.approx(0.1)}


def test_oxygen_that_closes_to_a_hundred_is_by_difference() -> None:
    """Rows that add up to 100.00 wt% were closed: that oxygen is refused."""
    text = "C [wt%],H [wt%],N [wt%],O [wt%]\n90,1.00,2.00,7.00\n89.50,1.00,2.00,7.50\n"
    with pytest.raises(Refusal) as caught:
        measured(OXYGEN, text)
    assert "100" in caught.value.rule


def test_by_difference_is_never_admissible() -> None:
    """100 - C - H - N - ash is shown when asked for by name, with a warning."""
    text = "C [wt%],H [wt%],N [wt%],Ash [wt%]\n91.19,2.28,0.13,2.0\n"
    found = measured(OXYGEN, text, recipe="by-difference")
    assert found.value == pytest.approx(100.0 - 91.19 - 2.28 - 0.13 - 2.0)
    assert found.standard_uncertainty == pytest.approx(math.sqrt(0.3**2 + 2 * 0.1**2 + 0.5**2))
    assert "inadmissible-recipe" in codes(found)
    with pytest.raises(Refusal):
        measured(OXYGEN, text)


def test_replicates_of_oxygen_carry_their_spread() -> None:
    """s / sqrt(3) with two degrees of freedom."""
    found = measured(OXYGEN, f"{FUSION}A,0.1,0.40,1\nA,0.1,0.44,1\nA,0.1,0.48,1\n")
    spread = next(c for c in found.components if "replicates" in c.key)
    assert (spread.u, spread.dof) == (pytest.approx(0.04 / math.sqrt(3.0)), 2.0)


def test_dry_oxygen_loses_the_oxygen_of_the_water() -> None:
    """(w - 0.8881 m) / (1 - m): 1 wt% of water in a dry powder of 2 wt% O."""
    wet = 0.99 * 2.0 + 0.01 * 100.0 * 15.9994 / 18.01528
    text = f"{FUSION}A,0.1,{wet:.6f},100\n"
    found = measured(OXYGEN, text, recipe="dry", moisture="1 wt%", u_moisture="0.2 wt%")
    assert found.value == pytest.approx(2.0, rel=1e-5)
    step = measured(OXYGEN, text, recipe="dry", moisture="1.2 wt%").value or 0.0
    assert components(found)["moisture"] == pytest.approx(step - 2.0, rel=0.01)
    with pytest.raises(MissingInput):
        measured(OXYGEN, text, recipe="dry")


@pytest.mark.parametrize("cell", ["<0.02", "n.d.", "0.01"])
def test_oxygen_below_its_limit(cell: str) -> None:
    """A cell under the limit gives the limit."""
    found = measured(OXYGEN, f"{FUSION}A,0.1,{cell},100\n", detection_limit_oxygen="0.02 wt%")
    assert (found.value, found.below_limit) == (None, pytest.approx(0.02))


def test_not_detected_asks_for_the_limit_of_its_element() -> None:
    """The limit of oxygen is not that of nitrogen."""
    with pytest.raises(MissingInput) as caught:
        measured(OXYGEN, f"{FUSION}A,0.1,n.d.,100\n", detection_limit="0.02 wt%")
    assert caught.value.key == "composition.detection_limit_oxygen"


# --- blanks ---------------------------------------------------------------------------------------------

BLANKS = "Blank,1.0,0.0020,4\nBlank,1.0,0.0022,5\nBlank,1.0,0.0018,6\n"


def test_blank_rows_that_matter_ask_whether_they_are_taken_off() -> None:
    """Nobody can see in a table whether its contents are corrected."""
    text = f"{FUSION}{BLANKS}A,0.1,0.52,5000\n"
    with pytest.raises(MissingInput) as caught:
        measured(OXYGEN, text)
    assert caught.value.key == "composition.blank_rows"
    assert measured(OXYGEN, text, blank_rows="already-subtracted").value == pytest.approx(0.52)


def test_blank_rows_are_scaled_by_the_masses() -> None:
    """0.002 wt% of 1 g is 0.02 wt% of 0.1 g and 0.01 wt% of 0.2 g."""
    text = f"{FUSION}{BLANKS}A-1,0.1,0.52,5000\nA-2,0.2,0.51,5000\n"
    found = measured(OXYGEN, text, blank_rows="subtract")
    assert found.value == pytest.approx(0.5)
    assert components(found)["blank-O"] == pytest.approx(-2e-4 / math.sqrt(3.0) * 7.5)
    assert components(found)["replicates-O"] == pytest.approx(0.0, abs=1e-12)


def test_blank_rows_without_masses_are_of_the_same_mass() -> None:
    """Contents of blanks come off as they stand, and that is said."""
    text = "Name,Oxygen (%)\nBlank,0.02\nBlank,0.02\nA,0.52\n"
    found = measured(OXYGEN, text, blank_rows="subtract")
    assert found.value == pytest.approx(0.5)
    assert any("same mass" in f.text for f in found.findings)


def test_small_blanks_are_neglected() -> None:
    """Blanks of a thousandth of a wt% ask for nothing."""
    found = measured(OXYGEN, "Name,Oxygen (%)\nBlank,0.0005\nA,0.52\n")
    assert found.value == pytest.approx(0.52)
    assert "blank-neglected" in codes(found)


def test_stated_blank() -> None:
    """blank_oxygen comes off each row."""
    assert measured(OXYGEN, f"{FUSION}A,0.1,0.52,1\n", blank_oxygen="0.02 wt%").value == pytest.approx(0.5)


def test_contents_within_the_scatter_of_the_blanks_are_below_a_limit() -> None:
    """Three standard deviations of the blanks bound what cannot be told from them."""
    text = "Name,Oxygen (%)\nBlank,0.010\nBlank,0.020\nBlank,0.030\nA,0.045\n"
    found = measured(OXYGEN, text, blank_rows="subtract")
    assert (found.value, found.below_limit) == (None, pytest.approx(0.03))


def test_simulated_fusion_gives_back_its_truth() -> None:
    """Crucible blanks and masses of the forward model are undone."""
    run = simulate_fusion((2.0, 0.3), 4, np.random.default_rng(2), crucible=(0.004, 0.001), blanks=3)
    text = fusion_csv(run)
    assert measured(OXYGEN, text, blank_rows="subtract").value == pytest.approx(2.0, rel=1e-5)
    assert measured(NITROGEN, text, blank_rows="subtract").value == pytest.approx(0.3, rel=1e-5)


# --- fluorine, sulfur, phosphorus -----------------------------------------------------------------------


def test_sum_of_all_three() -> None:
    """0.5 + 0.02 + 0.1 wt% with max(0.01 wt%, 5 %) each."""
    text = "Sample,F [wt%],S [ppm],P [wt%]\nA,0.5,200,0.1\n"
    found = measured(MINOR, text)
    assert found.value == pytest.approx(0.62)
    assert found.standard_uncertainty == pytest.approx(math.sqrt(0.025**2 + 2 * 0.01**2))
    assert "not-analysed" not in codes(found)
    assert measured(MINOR, text, recipe="complete").value == pytest.approx(0.62)


def test_an_element_that_is_not_analysed_is_named() -> None:
    """Without P the sum is a lower bound, said as a warning; the complete sum is refused."""
    text = "Sample,F [wt%],S [wt%]\nA,0.5,0.1\n"
    found = measured(MINOR, text)
    assert found.value == pytest.approx(0.6)
    note = next(f for f in found.findings if f.code == "not-analysed")
    assert note.warning
    assert note.text.startswith("P ")
    with pytest.raises(MissingInput):
        measured(MINOR, text, recipe="complete")


def test_a_part_under_its_limit_is_a_rectangle() -> None:
    """<0.2 enters as 0.1 with 0.2/sqrt(12)."""
    found = measured(MINOR, "Sample,F [wt%],S [wt%],P [wt%]\nA,0.5,<0.2,0.1\n")
    assert found.value == pytest.approx(0.7)
    assert components(found)["limit-S"] == pytest.approx(0.2 / math.sqrt(12.0))


def test_all_under_their_limits() -> None:
    """The sum lies under the sum of the limits."""
    found = measured(MINOR, "Sample,F [wt%],S [wt%],P [wt%]\nA,<0.01,<0.01,<0.02\n")
    assert (found.value, found.below_limit) == (None, pytest.approx(0.04))


def test_sulfur_of_a_combustion_analyser() -> None:
    """A carbon-sulfur table of an alloy has little carbon, which is no fraction in g/g."""
    assert measured(MINOR, "Sample,C [%],S [%]\nA,0.05,0.02\n").value == pytest.approx(0.02)


# --- metals and several tables --------------------------------------------------------------------------


def test_elements_of_the_particle() -> None:
    """Elements at least three standard uncertainties above zero, largest first; traces are left out."""
    found = evaluated(METALS)
    (fact,) = found.facts
    assert (fact.name, fact.value) == ("particle_elements", ("Si", "Ti"))
    assert "Fe" in fact.evidence


def test_gases_alone_give_no_elements() -> None:
    """A table of oxygen and nitrogen does not say what the particle is made of."""
    assert evaluated(f"{FUSION}A,0.1,2.0,5000\n").facts == ()


def test_tables_of_other_elements_are_read_together() -> None:
    """Metals, gases and fluorine of one powder in three files."""
    texts = (METALS, "Name;O [%];N [%]\nA 1;2,1;0,9\nA 2;2,3;0,9\n", "Sample,F [wt%]\nA-1,0.5\n")
    found = evaluated(*texts)
    assert found.facts[0].value == ("Si", "Ti", "O", "N", "F")
    assert measured(OXYGEN, *texts).value == pytest.approx(2.2)
    assert measured(MINOR, *texts).value == pytest.approx(0.5)
    assert set(found.figure.contents) == {"Si", "Ti", "Fe", "O", "N", "F"}
    assert len(found.figure.labels) == len(found.figure.contents["O"]) == 5


def test_keys_of_two_properties_are_independent() -> None:
    """Oxygen and nitrogen share no component."""
    text = f"{FUSION}{BLANKS}A-1,0.1,0.52,5000\nA-2,0.2,0.51,5000\n"
    oxygen, nitrogen = (measured(p, text, blank_rows="subtract") for p in (OXYGEN, NITROGEN))
    assert not {c.key for c in oxygen.components} & {c.key for c in nitrogen.components}


def test_tables_that_share_an_element_but_not_their_columns() -> None:
    """Two tables with nitrogen and other columns are no replicates of each other."""
    with pytest.raises(ReadError):
        evaluated("Sample,N [wt%],O [wt%]\nA,1,2\n", "Sample,C [wt%],H [wt%],N [wt%]\nA,90,1,2\n")


def test_letters_that_are_no_elements() -> None:
    """Columns "K", "V" and "P" without a unit of mass are not potassium, vanadium, phosphorus."""
    text = "Sample,K,V [mL],P [kPa],O [wt%]\nA,1.02,5,101,2.0\n"
    found = evaluated(text)
    assert found.facts == ()
    assert list(found.figure.contents) == ["O"]
    assert isinstance(found.outcomes[MINOR]["as-analysed"], NegatrodeError)


def test_atomic_per_cent_is_no_content_by_mass() -> None:
    """Oxygen in at% is refused, not converted without the whole composition."""
    with pytest.raises(NegatrodeError):
        measured(OXYGEN, "Sample,O [at%]\nA,2.0\n")


def test_metals_beyond_a_hundred() -> None:
    """Recoveries of ICP may add up to a little more than 100 wt%, not to 130."""
    assert evaluated("Sample,Si [wt%],Ti [wt%]\nA,82,22\n").facts[0].value == ("Si", "Ti")
    with pytest.raises(Refusal):
        evaluated("Sample,Si [wt%],Ti [wt%]\nA,82,48\n")
