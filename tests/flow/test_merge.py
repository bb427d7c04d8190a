"""Several techniques on one property, several files on one fact."""

from __future__ import annotations

import pytest

from negatrode.core.errors import InputError
from negatrode.core.estimate import Component, Estimate, Outcome
from negatrode.core.provenance import Source
from negatrode.core.recording import Recording
from negatrode.core.sample import Fact
from negatrode.flow.measure import suited
from negatrode.flow.merge import agreement, merged, merged_facts
from negatrode.techniques.registry import techniques


def oxygen(value: float, u: float = 0.1, *, recipe: str = "fusion") -> Estimate:
    return Estimate("oxygen", "wt%", Outcome(value, (Component("test", u, recipe),)), recipe)


def below(limit: float, *, recipe: str = "maps") -> Estimate:
    return Estimate("oxygen", "wt%", Outcome(None, below_limit=limit), recipe)


def test_first_technique_stands_and_the_other_is_an_alternative() -> None:
    """The preferred value is kept; the other is listed with its technique and can be judged on."""
    first, second = techniques()[:2]
    found = merged(
        [(first, {"oxygen": oxygen(2.0)}), (second, {"oxygen": oxygen(2.1, recipe="maps")})], where=""
    )
    one = found["oxygen"]
    assert one.value == 2.0
    assert [a.recipe for a in one.alternatives] == [f"{second.section}:maps"]
    assert one.under(f"{second.section}:maps").value == 2.1
    assert one.findings[-1].code == "balance"
    assert not one.findings[-1].warning


def test_values_apart_by_more_than_their_uncertainties_are_a_warning() -> None:
    """E_n = 1 / (1.96 sqrt(0.1^2 + 0.1^2)) = 3.6 > 1."""
    note = agreement(oxygen(2.0), oxygen(3.0), "phases:map-mean")
    assert note.warning
    assert "3.6" in note.text


@pytest.mark.parametrize(("limit", "warns"), [(0.5, True), (3.0, False)])
def test_a_value_beside_a_limit(limit: float, warns: bool) -> None:
    """A value whose interval lies above the other's limit disagrees with it."""
    assert agreement(oxygen(2.0), below(limit), "phases:map-mean").warning is warns


def test_one_technique_twice_is_refused() -> None:
    """Two tables of one technique that give the same property leave it open which is the sample's."""
    technique = techniques()[0]
    with pytest.raises(InputError):
        merged([(technique, {"oxygen": oxygen(2.0)}), (technique, {"oxygen": oxygen(2.0)})], where="")


def test_a_fact_that_files_contradict_is_left_undecided() -> None:
    """Declared yes, shown no: neither is taken, and the reason names both."""
    declared = {"phase_b_lithium_inactive": Fact("phase_b_lithium_inactive", True, "A. Maker")}
    shown = Fact("phase_b_lithium_inactive", False, "cycling", evidence="210 mAh/g")
    facts, undecided = merged_facts(declared, [shown, shown])
    assert facts == {}
    assert "A. Maker" in undecided["phase_b_lithium_inactive"]
    assert "210 mAh/g" in undecided["phase_b_lithium_inactive"]


def test_what_files_show_supports_what_is_declared() -> None:
    """A declared list stands; what files show beyond and short of it is said as evidence."""
    declared = {"phase_a_elements": Fact("phase_a_elements", ("Si", "Fe"), "A. Maker")}
    facts, undecided = merged_facts(
        declared, [Fact("phase_a_elements", ("Si", "O"), "phases", evidence="map")]
    )
    assert undecided == {}
    assert facts["phase_a_elements"].value == ("Si", "Fe")
    assert "also found: O" in facts["phase_a_elements"].evidence
    assert "not found: Fe" in facts["phase_a_elements"].evidence


def test_elements_from_several_files_are_joined() -> None:
    """What a table and a map find of one particle is found."""
    shown = [
        Fact("particle_elements", ("Si", "O"), "phases"),
        Fact("particle_elements", ("F",), "composition"),
    ]
    facts, _ = merged_facts({}, shown)
    assert facts["particle_elements"].value == ("Si", "O", "F")


def test_tables_go_beside_maps_where_a_technique_takes_both() -> None:
    """A k-factor table stands beside the maps; a technique that takes tables only instead leaves it out."""
    table, scan = (Recording(kind, "x", Source(kind, "0" * 64)) for kind in ("table", "diffraction"))
    mapped = Recording("map", "x", Source("m", "0" * 64))
    by_section = {t.section: t for t in techniques()}
    assert suited(by_section["phases"], [mapped, table]) == [mapped, table]
    assert suited(by_section["phases"], [table]) == [table]
    assert suited(by_section["xrd"], [scan, table]) == [scan]
