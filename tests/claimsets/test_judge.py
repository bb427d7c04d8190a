"""Verdicts against closed forms, and the three ways in which they stay open."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from negatrode.claimsets.as_json import judgement_detail_json, judgement_json
from negatrode.claimsets.judge import judge
from negatrode.claimsets.library import claims
from negatrode.core.catalogue import lookup
from negatrode.core.errors import InputError, NegatrodeError, UnitError
from negatrode.core.estimate import Alternative, Component, Estimate, Outcome
from negatrode.core.sample import Sample
from tests.claimsets.samples import claim, claim_set, estimate, good, limit, sample

HC = claims("hard-carbon")
N = 40_000


def phi(x: float) -> float:
    """The normal distribution function."""
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def close(found: float | None, truth: float, n: int = N) -> bool:
    """Within five sampling errors of the truth."""
    assert found is not None
    return abs(found - truth) < 5.0 * math.sqrt(max(truth * (1.0 - truth), 1.0 / n) / n)


@pytest.mark.parametrize("value", [0.363, 0.3645, 0.365, 0.366, 0.380, 0.3995, 0.403])
def test_one_limit_is_the_normal_distribution_at_its_ends(value):
    """P = Phi((high - v)/u) - Phi((low - v)/u)."""
    u = 0.001
    found = judge(sample(estimate("d002", value, u)), claim_set(limit("d002", "[0.365, 0.400]", "nm")), n=N)
    truth = phi((0.400 - value) / u) - phi((0.365 - value) / u)
    assert close(found.claim(1).probability, truth)


@pytest.mark.parametrize(
    ("interval", "met"),
    [
        ("[0.365, 0.4]", True),
        ("(0.365, 0.4]", False),
        (">= 0.365", True),
        ("> 0.365", False),
        ("= 0.365", True),
    ],
)
def test_a_value_without_uncertainty_on_an_end_is_held_or_not(interval, met):
    """A bare point is decided by whether the end is held."""
    found = judge(sample(estimate("d002", 0.365)), claim_set(limit("d002", interval, "nm"))).claim(1)
    assert found.verdict == ("met" if met else "not met")
    assert found.probability == float(met)
    assert found.limitations[0].margin == 0.0


def test_a_limit_in_another_unit_of_the_same_kind_is_converted():
    """3.65 angstrom is 0.365 nm, exactly."""
    found = judge(sample(estimate("d002", 0.365)), claim_set(limit("d002", ">= 3.65", "angstrom"))).claim(1)
    assert found.verdict == "met"
    assert found.limitations[0].unit == "nm"


def test_correlated_limits_are_not_the_product_of_their_marginals():
    """Two properties moved by one input hold together or fall together."""
    limits = f"{limit('d002', '>= 0.37', 'nm')}, {limit('dv50', '>= 9', 'um')}"
    together = sample(estimate("d002", 0.37, 0.001, key="a"), estimate("dv50", 9.0, 0.1, key="a"))
    against = sample(estimate("d002", 0.37, 0.001, key="a"), estimate("dv50", 9.0, -0.1, key="a"))
    apart = sample(estimate("d002", 0.37, 0.001), estimate("dv50", 9.0, 0.1))
    found = [judge(s, claim_set(limits), n=N).claim(1) for s in (together, apart, against)]
    assert close(found[0].probability, 0.5)
    assert close(found[1].probability, 0.25)
    assert close(found[2].probability, 0.0)
    assert all(close(x.probability, 0.5) for c in found for x in c.limitations)


def test_a_conjunction_is_the_bivariate_normal_of_its_quantities():
    """Two limits at +0.5 u, inputs shared so that the correlation is 0.6: scipy's normal integral."""
    from scipy.stats import multivariate_normal

    def mixed(name: str, low: float, u: float, own: str) -> Estimate:
        parts = (Component("a", u * math.sqrt(0.6), "shared"), Component("b", u * math.sqrt(0.4), own))
        return Estimate(name, lookup(name).unit, Outcome(low + 0.5 * u, parts), "house")

    s = sample(mixed("d002", 0.37, 0.001, "p"), mixed("dv50", 9.0, 0.1, "q"))
    limits = f"{limit('d002', '>= 0.37', 'nm')}, {limit('dv50', '>= 9', 'um')}"
    truth = float(multivariate_normal([0.0, 0.0], [[1.0, 0.6], [0.6, 1.0]]).cdf([0.5, 0.5]))
    assert close(judge(s, claim_set(limits), n=N).claim(1).probability, truth)


def test_a_product_and_its_factor_share_their_draws():
    """Dv50 >= 9 and S*Dv50 >= 9 with S exactly 1 are one event, derived or written out."""
    s = sample(estimate("dv50", 9.0, 0.1), estimate("specific_surface_area", 1.0))
    for product in ("s_dv50", "specific_surface_area * dv50"):
        limits = f"{limit('dv50', '>= 9', 'um')}, {limit(product, '>= 9', 'um*m2/g')}"
        assert close(judge(s, claim_set(limits), n=N).claim(1).probability, 0.5)


def test_a_ratio_with_a_shared_scale_does_not_spread():
    """A scale error common to D4 and D1 cancels in D4/D1."""
    s = sample(estimate("d4", 29.9, 2.99, key="scale"), estimate("d1", 10.0, 1.0, key="scale"))
    found = judge(s, claim_set(limit("d4_to_d1", "<= 3.0"))).claim(1)
    assert found.probability == 1.0
    assert found.limitations[0].standard_uncertainty == pytest.approx(0.0, abs=1e-9)


def test_any_one_of_claims_is_a_joint_or():
    """P(A or B) of independent halves is 3/4; of one and the same input 1/2."""
    more = claim(2, limit("dv50", ">= 9", "um")) + claim(3, "{ any_of_claims = [1, 2] }")
    either = claim_set(limit("d002", ">= 0.37", "nm"), more=more)
    apart = sample(estimate("d002", 0.37, 0.001), estimate("dv50", 9.0, 0.1))
    same = sample(estimate("d002", 0.37, 0.001, key="a"), estimate("dv50", 9.0, 0.1, key="a"))
    assert close(judge(apart, either, n=N).claim(3).probability, 0.75)
    assert close(judge(same, either, n=N).claim(3).probability, 0.5)


def test_a_good_carbon_meets_all_eleven_claims():
    """All met, nothing missing, nothing next."""
    found = judge(good(), HC, n=20_000)
    assert [c.verdict for c in found.claims] == ["met"] * 11
    assert all(c.next is None and c.missing == () for c in found.claims)
    assert found.next == ()


def test_the_same_seed_gives_the_same_judgement_and_another_one_does_not():
    """Everything drawn hangs on the seed alone."""
    s = good(estimate("nitrogen", 0.52, 0.05))
    assert judge(s, HC, seed=3) == judge(s, HC, seed=3)
    assert judge(s, HC, seed=3).claim(8).probability != judge(s, HC, seed=4).claim(8).probability


def test_what_is_missing_leaves_a_claim_undecided_and_is_named():
    """Missing S: claim 5 is undecided, names S and asks for it; claims that another way leads to are met."""
    found = judge(good(without=("specific_surface_area",)), HC)
    five = found.claim(5)
    assert five.verdict == "undecided"
    assert five.probability is None
    assert five.missing == ("specific_surface_area",)
    assert five.next is not None
    assert "specific_surface_area" in five.next
    assert five.limitations[1].value is None
    assert found.claim(6).verdict == "met"
    assert found.claim(6).missing == ()


def test_a_missing_property_of_claim_1_blocks_all_and_ranks_first():
    """Every claim rests on claim 1; the reason of the sample is passed on."""
    base = good(without=("lc002",))
    s = Sample(base.name, base.estimates, base.facts, {"lc002": "no band found."})
    found = judge(s, HC)
    assert {c.verdict for c in found.claims} == {"undecided"}
    assert all(c.missing == ("lc002",) for c in found.claims)
    assert (found.next[0].action, found.next[0].property, found.next[0].gain) == ("measure", "lc002", 11.0)
    assert "no band found" in found.claim(1).limitations[2].reason


def test_a_claim_fails_for_sure_whatever_is_missing():
    """Sphericity 0.5 loses claim 1 even where d002 was never measured."""
    found = judge(good(estimate("sphericity", 0.5, 0.01), without=("d002",)), HC)
    assert {c.verdict for c in found.claims} == {"not met"}
    assert found.claim(1).probability == 0.0
    assert found.claim(1).next is None


def test_facts_are_true_false_or_missing():
    """True meets, false does not, silence is undecided and asks for a declaration with its section."""
    false = judge(good(facts={"carbonized_vinyl_resin": False}), HC)
    assert false.claim(2).verdict == "not met"
    assert false.claim(2).limitations[1].value is False
    silent = judge(good(facts={}), HC)
    assert silent.claim(2).verdict == "undecided"
    assert silent.claim(2).missing == ("carbonized_vinyl_resin",)
    assert "[process]" in (silent.claim(2).next or "")
    assert silent.claim(3).verdict == "met"
    assert set(silent.claim(9).missing) == {
        "suspension_polymerized",
        "oxidizing_gas_atmosphere",
        "inert_carbonization",
    }


@pytest.mark.parametrize("value", ["yes", ("a", "b")])
def test_a_word_where_true_or_false_is_meant_is_refused(value):
    """What "yes" means is not guessed; the place in SAMPLE.toml is named."""
    with pytest.raises(InputError) as caught:
        judge(good(facts={"carbonized_vinyl_resin": value}), HC)
    assert caught.value.where == "SAMPLE.toml carbonized_vinyl_resin"


ELEMENTS = '[facts.metals]\ndescription = "metals"\nsection = "declared"\nshape = "elements"\n'
TWO_OF = claim_set('{ fact = "metals", contains = ["Si", "Ti", "Sn"], at_least = 2 }', head=ELEMENTS)


@pytest.mark.parametrize(
    ("declared", "verdict"), [(("Si", "Ti", "O"), "met"), (("Si", "O"), "not met"), ("Si", "not met")]
)
def test_contains_counts_the_elements_that_are_in_the_list(declared, verdict):
    """At least two of three."""
    assert judge(sample(facts={"metals": declared}), TWO_OF).claim(1).verdict == verdict


@pytest.mark.parametrize("declared", [("silicon", "Ti"), ("si", "Ti"), True])
def test_elements_that_are_no_symbols_are_refused(declared):
    """A misspelt element must not pass as absent."""
    with pytest.raises(InputError):
        judge(sample(facts={"metals": declared}), TWO_OF)


def test_a_value_below_its_limit_is_decided_where_the_limit_does_not_matter():
    """N in A below 0.1 beside O in A of 0.2: less than 0.5 whatever it is."""
    total = claim_set(limit("oxygen_in_a + nitrogen_in_a", "< 0.5", "wt%"))
    s = sample(estimate("oxygen_in_a", 0.2, 0.01), estimate("nitrogen_in_a", None, below=0.1))
    found = judge(s, total).claim(1)
    assert found.verdict == "met"
    assert found.limitations[0].value is None
    assert found.limitations[0].below_limit
    assert found.limitations[0].margin == pytest.approx(0.2)


def test_a_detection_limit_that_is_too_high_leaves_it_undecided():
    """N in A below 0.6 beside O in A of 0.2: met at zero, not met at the limit."""
    total = claim_set(limit("oxygen_in_a + nitrogen_in_a", "< 0.5", "wt%"))
    s = sample(estimate("oxygen_in_a", 0.2, 0.01), estimate("nitrogen_in_a", None, below=0.6))
    found = judge(s, total)
    assert found.claim(1).verdict == "undecided"
    assert found.claim(1).reason == "the detection limit is too high to decide"
    assert close(found.claim(1).probability, 0.5, n=20_000)
    assert found.claim(1).bounds == (0.0, 1.0)
    assert (found.next[0].action, found.next[0].property) == ("lower the detection limit", "nitrogen_in_a")


def test_a_uniform_draw_alone_does_not_meet_a_claim():
    """Below 1.0 against "at most 0.97": uniform draws give 0.97, yet a value of 1.0 would fail."""
    found = judge(
        sample(estimate("nitrogen", None, below=1.0)), claim_set(limit("nitrogen", "<= 0.97", "wt%"))
    )
    assert found.claim(1).probability == pytest.approx(0.97, abs=0.01)
    assert found.claim(1).verdict == "undecided"


RATIO = "(oxygen_in_b + nitrogen_in_b) / (oxygen_in_a + nitrogen_in_a)"


@pytest.mark.parametrize(("below", "verdict"), [(0.1, "met"), (1.0, "undecided")])
def test_a_ratio_over_what_is_below_its_limit_is_a_lower_bound(below, verdict):
    """2/0 is infinite and conforms; 2/(0.1 + 0.1) = 10 > 4 does as well, 2/(1 + 1) does not."""
    parts = [estimate("oxygen_in_b", 1.0, 0.01), estimate("nitrogen_in_b", 1.0, 0.01)]
    parts += [estimate(n, None, below=below) for n in ("oxygen_in_a", "nitrogen_in_a")]
    found = judge(sample(*parts), claim_set(limit(RATIO, "> 4"))).claim(1)
    assert found.verdict == verdict
    assert found.limitations[0].margin == pytest.approx(1.0 / below - 4.0)


def test_a_ratio_over_exactly_zero_is_infinite_and_written_as_null():
    """No warning, no exception, no Infinity in the JSON."""
    parts = [estimate("oxygen_in_b", 1.0), estimate("nitrogen_in_b", 1.0)]
    parts += [estimate("oxygen_in_a", 0.0), estimate("nitrogen_in_a", 0.0)]
    found = judge(sample(*parts), claim_set(limit(RATIO, "> 4")))
    assert found.claim(1).verdict == "met"
    assert judgement_json(found)["claims"][0]["limitations"][0]["value"] is None


def test_noise_below_zero_is_no_negative_content():
    """A denominator of 0.01 +- 0.05 is small, not negative: the ratio conforms in every draw."""
    parts = [estimate("oxygen_in_b", 2.0), estimate("nitrogen_in_b", 1.0)]
    parts += [estimate("oxygen_in_a", 0.01, 0.05), estimate("nitrogen_in_a", 0.0)]
    assert judge(sample(*parts), claim_set(limit(RATIO, "> 4"))).claim(1).probability == 1.0


def test_where_recipes_disagree_the_verdict_says_so_with_the_table():
    """Met by one admissible recipe, not met by another; an inadmissible one has no say."""
    others = [("lp", 0.360, 0.0005, True), ("raw", 0.2, 0.0, False), ("fit", 0.370, 0.0005, True)]
    found = judge(good(estimate("d002", 0.372, 0.0005, others=others)), HC)
    assert {c.verdict for c in found.claims} == {"recipe-dependent"}
    d002 = found.claim(1).limitations[1]
    assert d002.verdict == "recipe-dependent"
    assert [(r.recipes["d002"], r.value, r.verdict) for r in d002.recipes] == [
        ("house", 0.372, "met"),
        ("lp", 0.360, "not met"),
        ("fit", 0.370, "met"),
    ]
    assert (found.next[0].action, found.next[0].property) == ("agree on the recipe", "d002")


def test_a_claim_that_fails_under_every_recipe_is_not_met():
    """Recipes that differ between not met and not met do not matter."""
    others = [("lp", 0.340, 0.0005, True)]
    found = judge(good(estimate("d002", 0.350, 0.0005, others=others)), HC)
    assert {c.verdict for c in found.claims} == {"not met"}


def test_a_surely_failed_limit_outweighs_one_that_hangs_on_the_recipe():
    """Sphericity fails by every recipe: not met, whatever the recipes of d002 say."""
    hanging = estimate("d002", 0.372, 0.0005, others=[("lp", 0.360, 0.0005, True)])
    found = judge(good(hanging, estimate("sphericity", 0.5, 0.01)), HC).claim(1)
    assert found.verdict == "not met"


def test_recipes_of_a_product_are_combined():
    """S and Dv50 with two recipes each: four rows; only the pair of both others fails."""
    s = estimate("specific_surface_area", 1.0, others=[("one-point", 0.8, 0.0, True)])
    d = estimate("dv50", 10.0, others=[("number", 8.0, 0.0, True)])
    found = judge(sample(s, d), claim_set(limit("s_dv50", ">= 7", "um*m2/g"))).claim(1)
    rows = found.limitations[0].recipes
    assert sorted((r.value, r.verdict) for r in rows) == [
        (pytest.approx(6.4), "not met"),
        (pytest.approx(8.0), "met"),
        (pytest.approx(8.0), "met"),
        (pytest.approx(10.0), "met"),
    ]
    assert found.verdict == "recipe-dependent"


def test_a_recipe_that_finds_nothing_stands_beside_one_that_finds_something():
    """Below 0.3 by one recipe, 0.56 by another: each row is judged by its own evidence."""
    found_by_other = Alternative("eds", Outcome(0.8, (Component("x", 0.05, "x"),)), True)
    n = replace(estimate("nitrogen_in_a", None, below=0.3), alternatives=(found_by_other,))
    found = judge(sample(n), claim_set(limit("nitrogen_in_a", "< 0.5", "wt%"))).claim(1)
    rows = [(r.recipes["nitrogen_in_a"], r.value, r.verdict) for r in found.limitations[0].recipes]
    assert rows == [("house", None, "met"), ("eds", 0.8, "not met")]
    assert found.verdict == "recipe-dependent"


def test_a_declared_ratio_is_taken_as_declared():
    """D4/D1 declared on its own is not recomputed from D4 and D1."""
    s = good(estimate("d4_to_d1", 3.5, 0.01))
    four = judge(s, HC).claim(4)
    assert four.verdict == "not met"
    assert four.limitations[1].value == 3.5


def test_combinations_of_recipes_are_capped_and_a_note_says_so():
    """Four properties with five recipes each: 64 rows of 625, single changes all among them."""
    names = ("oxygen_in_a", "nitrogen_in_a", "oxygen_in_b", "nitrogen_in_b")
    parts = [estimate(n, 1.0, others=[(f"r{k}", 1.0, 0.0, True) for k in range(4)]) for n in names]
    found = judge(sample(*parts), claim_set(limit(RATIO, ">= 1")))
    rows = found.claim(1).limitations[0].recipes
    assert len(rows) == 64
    single = [r for r in rows if sum(x != "house" for x in r.recipes.values()) == 1]
    assert len(single) == 16
    assert len(found.notes) == 1


def test_recipes_that_disagree_only_on_all_limits_at_once_are_seen():
    """Each limit is met by either recipe, the claim only by one: 0.999 * 0.96 against 0.96 * 0.96."""
    u = 0.001
    d = estimate("d002", 0.37 + 3.0 * u, u, others=[("lp", 0.37 + 1.75 * u, u, True)])
    s = sample(d, estimate("dv50", 9.0 + 1.75 * 0.1, 0.1))
    found = judge(
        s, claim_set(f"{limit('d002', '>= 0.37', 'nm')}, {limit('dv50', '>= 9', 'um')}"), n=N
    ).claim(1)
    assert [x.verdict for x in found.limitations] == ["met", "met"]
    assert found.verdict == "recipe-dependent"
    assert found.next is not None


def test_a_dependency_is_met_through_one_sure_parent():
    """Claim 2 fails, claim 1 is met: "claim 1 or 2" is met."""
    found = judge(good(facts={"carbonized_vinyl_resin": False}), HC)
    assert found.claim(3).verdict == "met"
    assert found.claim(3).limitations[0].verdict == "met"


def test_the_margin_is_signed_and_in_the_propertys_unit():
    """Inside positive, outside negative, to the nearest end; beside it in standard uncertainties."""
    inside = judge(good(estimate("d002", 0.370, 0.0025)), HC).claim(1).limitations[1]
    assert inside.margin == pytest.approx(0.005)
    assert inside.margin_in_u == pytest.approx(2.0)
    outside = judge(good(estimate("d002", 0.410, 0.0025)), HC).claim(1).limitations[1]
    assert outside.margin == pytest.approx(-0.010)


def test_the_decision_rule_of_the_set_is_used_and_named():
    """P = 0.84 is met where the set says so."""
    lax = claim_set(limit("d002", ">= 0.37", "nm"), head="[decision]\nmet = 0.8\nnot_met = 0.2")
    found = judge(sample(estimate("d002", 0.371, 0.001)), lax)
    assert found.claim(1).verdict == "met"
    assert found.decision.text() == "met at P >= 0.8, not met at P <= 0.2, else undecided"


def test_the_repetition_that_decides_most_is_named_first():
    """Dv50 sits on two limits, nitrogen on none: repeating Dv50 comes first and would often decide."""
    more = claim(2, f"{{ any_of_claims = [1] }}, {limit('nitrogen', '>= 0.5', 'wt%')}")
    found = judge(
        sample(estimate("dv50", 20.0, 0.2), estimate("nitrogen", 0.7, 0.1)),
        claim_set(limit("dv50", "<= 20", "um"), more=more),
    )
    assert [c.verdict for c in found.claims] == ["undecided", "undecided"]
    assert (found.next[0].action, found.next[0].property) == ("repeat", "dv50")
    # on the limit a repetition at u/2 decides where its value moves by more than 1.645 u/2
    assert found.next[0].by_claim[1] == pytest.approx(2.0 * phi(-1.645 / 2.0 / math.sqrt(0.75)), abs=0.12)


def test_the_json_has_exactly_the_promised_keys():
    """Keys and types of every object, for a sample that shows all kinds of verdict."""
    others = [("one-point", 5.0, 0.1, True)]
    found = judge(
        good(estimate("specific_surface_area", 1.5, 0.1, others=others), without=("nitrogen",), facts={}), HC
    )
    written = judgement_json(found)
    assert set(written) == {"claim_set", "claims"}
    for row in written["claims"]:
        assert set(row) == {"claim", "verdict", "probability", "limitations", "missing", "next"}
        assert row["verdict"] in ("met", "not met", "undecided", "recipe-dependent")
        for x in row["limitations"]:
            assert set(x) == {"property", "verdict", "probability", "value", "limit", "margin"}
            assert isinstance(x["limit"], str)
    assert written["claims"][0]["limitations"][1]["limit"] == "0.365 <= d002 <= 0.400 nm"
    detail = judgement_detail_json(found)
    assert json.loads(json.dumps(detail, allow_nan=False)) == detail
    assert detail["decision"].startswith("met at P >= 0.95")
    assert len(detail["claims"][4]["limitations"][1]["recipes"]) == 2


def test_an_estimate_that_is_no_number_is_refused():
    """nan, an infinite uncertainty, neither value nor limit, and a foreign unit are no evidence."""
    one = claim_set(limit("d002", ">= 0.37", "nm"))
    bad = [
        Outcome(math.nan),
        Outcome(0.37, (Component("x", math.inf, "x"),)),
        Outcome(None),
    ]
    for outcome in bad:
        with pytest.raises(InputError):
            judge(Sample("s", {"d002": Estimate("d002", "nm", outcome, "house")}), one)
    with pytest.raises(UnitError):
        judge(Sample("s", {"d002": Estimate("d002", "angstrom", Outcome(3.7), "house")}), one)


@pytest.mark.parametrize("n", [0, -1, 1.5, True, 10**9])
def test_the_number_of_draws_is_a_whole_number_in_reason(n):
    """Anything else is refused."""
    with pytest.raises(NegatrodeError):
        judge(good(), HC, n=n)
