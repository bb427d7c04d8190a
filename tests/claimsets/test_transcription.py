"""Every number and every end of the claims, against a table written by hand from their texts."""

from __future__ import annotations

import math

import pytest

from negatrode.claimsets.check import check
from negatrode.claimsets.library import built_in, claims, fact_names
from negatrode.claimsets.model import AnyOfClaims, ContainsLimit, FactLimit, IntervalLimit
from negatrode.claimsets.show import claim_set_text
from negatrode.core.errors import ClaimError

INF = math.inf
# claim, expression, low, low held, high, high held, unit
HARD_CARBON = [
    (1, "sphericity", 0.8, True, INF, True, "1"),
    (1, "d002", 0.365, True, 0.400, True, "nm"),
    (1, "lc002", 1.0, True, 3.0, True, "nm"),
    (1, "hydrogen_to_carbon", -INF, True, 0.1, True, "1"),
    (1, "dv50", 1.0, True, 20.0, True, "um"),
    (3, "bulk_specific_gravity", 0.40, True, 0.60, False, "g/cm3"),
    (4, "d4_to_d1", -INF, True, 3.0, True, "1"),
    (5, "s_dv50", 3.0, True, 40.0, True, "um*m2/g"),
    (6, "exothermic_peak_temperature", 600.0, True, INF, True, "degC"),
    (7, "silicon_compound", 0.1, True, 10.0, True, "wt%"),
    (8, "nitrogen", 0.5, True, 5.0, True, "wt%"),
    (9, "oxidation_temperature", 150.0, True, 400.0, True, "degC"),
    (10, "coating_rate", -INF, True, 60.0, True, "g/m2"),
]
A, B = "oxygen_in_a + nitrogen_in_a", "oxygen_in_b + nitrogen_in_b"
ALLOY = [
    (1, A, -INF, True, 0.5, False, "wt%"),
    (1, B, 1.0, True, INF, True, "wt%"),
    (3, "a_surrounded_by_b", 0.95, True, INF, True, "1"),
    (4, f"({B}) / ({A})", 4.0, False, INF, True, "1"),
    (5, "oxygen", 0.0, False, 10.0, False, "wt%"),
    (5, "nitrogen", 0.0, False, 10.0, False, "wt%"),
    (5, "oxygen + nitrogen", 0.5, True, 10.0, True, "wt%"),
    (6, "oxygen + nitrogen + fluorine_sulfur_phosphorus", 0.5, True, 10.0, True, "wt%"),
]
DEPENDS = {
    "hard-carbon": {
        **{n: tuple(range(1, n)) for n in range(2, 9)},
        9: tuple(range(1, 9)),
        10: tuple(range(1, 9)),
        11: (10,),
    },
    "alloy": dict.fromkeys(range(2, 7), (1,)),
}
FACTS = {
    "hard-carbon": {
        (2, "carbonized_vinyl_resin"),
        (9, "suspension_polymerized"),
        (9, "oxidizing_gas_atmosphere"),
        (9, "inert_carbonization"),
        (10, "active_layer_of_this_material"),
        (11, "negative_electrode_of_claim_10"),
    },
    "alloy": {
        (1, "positive_electrode_for_lithium"),
        (1, "negative_electrode_for_lithium"),
        (1, "lithium_salt_electrolyte"),
        (1, "phase_a_lithium_active"),
        (1, "phase_b_lithium_inactive"),
        (1, "phase_b_lithium_permeable"),
    },
}


@pytest.mark.parametrize(("name", "table"), [("hard-carbon", HARD_CARBON), ("alloy", ALLOY)])
def test_every_number_and_end_is_that_of_the_claims(name, table):
    """The intervals of a set are those of the text, neither more nor fewer."""
    found = [
        (
            c.number,
            x.expression,
            x.interval.low,
            not x.interval.low_open,
            x.interval.high,
            not x.interval.high_open,
            x.unit,
        )
        for c in claims(name).claims
        for x in c.limitations
        if isinstance(x, IntervalLimit)
    ]
    assert found == table


@pytest.mark.parametrize("name", ["hard-carbon", "alloy"])
def test_dependencies_and_facts_are_those_of_the_claims(name):
    """Which claims a claim may rest on, and what is declared for it."""
    found = claims(name)
    assert {c.number: c.parents for c in found.claims if c.parents} == DEPENDS[name]
    asked = {(c.number, x.fact) for c in found.claims for x in c.limitations if isinstance(x, FactLimit)}
    assert asked == FACTS[name]
    assert all(x.words for c in found.claims for x in c.limitations if not isinstance(x, AnyOfClaims))


def test_the_lists_of_elements_of_the_alloy_claims():
    """At least two metals or semimetals; O or N; the elements of A and of B; F, S or P."""
    found = [
        (c.number, x.fact, x.at_least, set(x.of))
        for c in claims("alloy").claims
        for x in c.limitations
        if isinstance(x, ContainsLimit)
    ]
    number, fact, at_least, metals = found[0]
    assert (number, fact, at_least) == (1, "particle_elements", 2)
    assert {"Si", "Sn", "Ti", "Zr", "Al", "Cu", "La", "Ge"} <= metals
    assert not metals & {"O", "N", "F", "S", "P", "C", "H"}
    assert found[1] == (1, "particle_elements", 1, {"O", "N"})
    assert found[2] == (2, "phase_a_elements", 1, {"Sn", "Si", "Al", "Ga", "In", "Pb", "Sb", "Bi"})
    lanthanides = {"La", "Ce", "Pr", "Nd", "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu"}
    assert found[3] == (2, "phase_b_elements", 1, {"Ti", "Zr", "Sc", "Y"} | lanthanides)
    assert found[4] == (6, "particle_elements", 1, {"F", "S", "P"})


def test_the_only_number_not_of_the_claims_is_marked_as_a_reading():
    """ "Surrounded" has no number; the one that the set uses says that it is a reading."""
    limit = claims("alloy").claim(3).limitations[1]
    assert "no number" in limit.reading


def test_the_built_in_sets_are_sound_and_shown():
    """The checker finds nothing in them, and the text shows each number as the claims spell it."""
    for found in built_in():
        assert check(found) == []
    text = claim_set_text(claims("hard-carbon"))
    assert "0.365 <= d002 <= 0.400 nm" in text
    assert "0.40 <= bulk_specific_gravity < 0.60 g/cm3" in text
    assert max(len(line) for line in text.splitlines()) < 150


def test_an_unknown_set_is_refused_with_near_matches():
    """A slip of the pen names the set that was meant."""
    with pytest.raises(ClaimError) as caught:
        claims("hard_carbon")
    assert "hard-carbon" in caught.value.remedy


def test_the_facts_of_a_users_file_are_known_beside_the_built_in_ones(tmp_path):
    """SAMPLE.toml may declare the facts of the built-in sets and of the files it names."""
    file = tmp_path / "mine.toml"
    file.write_text(
        '[claim_set]\nname="m"\ntitle="m"\n[facts.lot_sealed]\ndescription="sealed"\nsection="declared"\n'
        '[[claims]]\nnumber=1\nlimitations=[{fact="lot_sealed"}]\n',
        "utf-8",
    )
    assert {"lot_sealed", "inert_carbonization", "phase_a_elements"} <= set(fact_names([str(file)]))
