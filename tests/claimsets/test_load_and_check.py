"""What a claim file may not hold, and what the checker says of one that makes no sense."""

from __future__ import annotations

import doctest
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negatrode.claimsets.check import check
from negatrode.claimsets.grammar import Interval, parse_interval
from negatrode.claimsets.judge import judge
from negatrode.claimsets.library import claims
from negatrode.claimsets.load import load_text
from negatrode.core.errors import ClaimError, NegatrodeError
from tests.claimsets.samples import claim, claim_set, document, estimate, limit, sample

ROOT = Path(__file__).resolve().parents[2]
SETS = ROOT / "src" / "negatrode" / "claimsets" / "sets"
OK = limit("d002", ">= 0.37", "nm")


@pytest.mark.parametrize(
    ("text", "low", "high", "low_open", "high_open"),
    [
        ("[0.365, 0.400]", 0.365, 0.4, False, False),
        ("(0,10)", 0.0, 10.0, True, True),
        (" [0.40 , 0.60) ", 0.4, 0.6, False, True),
        ("(1e-1, 2]", 0.1, 2.0, True, False),
        ("9 +- 1", 8.0, 10.0, False, False),
        ("0.3 ± 0.1", 0.2, 0.4, False, False),
        ("[-5, .5]", -5.0, 0.5, False, False),
        ("= 3", 3.0, 3.0, False, False),
    ],
)
def test_an_interval_is_read_with_its_ends(text, low, high, low_open, high_open):
    """Brackets, signs and tolerances."""
    assert parse_interval(text) == Interval(low, high, low_open, high_open)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0.8",
        "[1, 2",
        "[1; 2]",
        "[1, inf)",
        "[nan, 1]",
        ">= 1e999",
        "< -1e999",
        "[1, 2, 3]",
        ">= 0,8",
        "=> 1",
        ">= 1 nm",
        "9 +- -1",
        "1" * 200,
        "[1e400, 2]",
        "9 +- 1e999",
        "__import__('os')",
    ],
)
def test_what_is_no_interval_is_refused(text):
    """Also infinite and absurdly long numbers."""
    with pytest.raises(ClaimError):
        parse_interval(text)


ends = st.floats(-100, 100, allow_nan=False)
intervals = st.builds(Interval, ends, ends, st.booleans(), st.booleans())


@settings(deadline=None)
@given(intervals, intervals, ends)
def test_meet_join_and_covers_agree_with_membership(a, b, x):
    """A number is in the meet where it is in both; the join holds what either holds; covers is inclusion."""
    assert a.meet(b).holds(x) == (a.holds(x) and b.holds(x))
    if a.holds(x) or b.holds(x):
        assert a.join(b).holds(x)
    if a.covers(b) and b.holds(x):
        assert a.holds(x)
    if a.is_empty:
        assert not a.holds(x)


@settings(deadline=None, max_examples=60)
@given(st.floats(0.3, 0.5), st.floats(0.0, 0.05), st.floats(0.0, 0.05), st.floats(0.0, 0.02))
def test_a_wider_limit_is_never_less_probable(low, width, wider, u):
    """Moving an end out keeps every draw that was in."""
    s = sample(estimate("d002", 0.38, u))
    narrow = claim_set(limit("d002", f"[{low:.6f}, {low + width:.6f}]", "nm"))
    wide = claim_set(limit("d002", f"[{low - wider:.6f}, {low + width + wider:.6f}]", "nm"))
    first, second = (judge(s, c, n=500).claim(1).probability for c in (narrow, wide))
    assert first is not None
    assert second is not None
    assert second >= first


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "claim_set"),
        ("not toml =", ""),
        ("a = " + "[" * 5000 + "]" * 5000, ""),
        ("a = " + "9" * 6000, ""),
        (document(OK).replace('title = "A test"', ""), "claim_set.title"),
        (document(OK).replace('title = "A test"', "title = 3"), "claim_set.title"),
        (document(OK).replace("number = 1", 'number = "1"'), "claims[0].number"),
        (document(OK).replace("number = 1", "number = 0"), "claims[0].number"),
        (document(OK).replace("number = 1", "number = 1.5"), "claims[0].number"),
        (document(OK).replace("number = 1", "number = true"), "claims[0].number"),
        (document(OK, head="[decision]\nmet = nan"), "decision.met"),
        (document(OK, head="[decision]\nmet = inf"), "decision.met"),
        (document(OK, head="[decision]\nmet = 0.01"), "decision"),
        (document(OK, head="[decision]\nmeet = 0.9"), "decision.meet"),
        (document(OK, head='[facts.x]\ndescription = "x"\nsection = "elsewhere"'), "facts.x.section"),
        (document(""), "claims[0].limitations"),
        (document('{ property = "d002" }'), "claims[0].limitations[0]"),
        (document('{ interval = ">= 1" }'), "claims[0].limitations[0]"),
        (document('{ fact = "x", property = "d002", interval = ">= 1" }'), "claims[0].limitations[0]"),
        (document('{ fact = "x", at_least = 2 }'), "claims[0].limitations[0]"),
        (document('{ fact = "x", is = 3 }'), "claims[0].limitations[0].is"),
        (document('{ fact = "x", contains = ["a"], at_least = 2 }'), "claims[0].limitations[0].at_least"),
        (document("{ any_of_claims = [] }"), "claims[0].limitations[0].any_of_claims"),
        (document('{ any_of_claims = ["1"] }'), "claims[0].limitations[0].any_of_claims[0]"),
        (document('{ any_of_claims = [1], unit = "nm" }'), "claims[0].limitations[0]"),
        (document(f"{OK}, {limit('d002', '[0.4, inf]', 'nm')}"), "claims[0].limitations[1].interval"),
        (document('{ property = "d002", interval = 3 }'), "claims[0].limitations[0].interval"),
        (document('{ property = "d002", intervall = ">= 3" }'), "claims[0].limitations[0].intervall"),
        (document(limit("d002 ** 2", ">= 1")), "claims[0].limitations[0].property"),
        (document(limit("__import__('os')", ">= 1")), "claims[0].limitations[0].property"),
        (document(limit("d002 / 0", ">= 1")), "claims[0].limitations[0].property"),
        (document(limit("d002 + 1 / 0", ">= 1")), "claims[0].limitations[0].property"),
        (document(limit("1 + 1", ">= 1")), "claims[0].limitations[0].property"),
        (document(limit("9" * 390 + "*d002", ">= 1")), "claims[0].limitations[0].property"),
        (document(limit("-" * 190 + "d002 +", ">= 1")), "claims[0].limitations[0].property"),
        (document(limit("(" * 95 + "d002", ">= 1")), "claims[0].limitations[0].property"),
        (document(limit("d002+" * 2000 + "d002", ">= 1")), "claims[0].limitations[0].property"),
    ],
)
def test_a_bad_file_is_a_claim_error_that_names_the_place(text, place):
    """Types, missing and unknown keys, infinities, deep nesting: never another exception."""
    with pytest.raises(ClaimError) as caught:
        load_text(text, path="bad.toml")
    assert caught.value.where.startswith("bad.toml")
    assert place in caught.value.where
    assert caught.value.found


def test_an_unknown_key_names_the_one_that_was_meant():
    """A slip of the pen in a key is not passed over."""
    with pytest.raises(ClaimError) as caught:
        claim_set('{ property = "d002", intervall = ">= 0.37" }')
    assert "interval" in caught.value.remedy


def test_files_that_cannot_be_read_are_claim_errors(tmp_path):
    """Absent, a folder, not UTF-8, too large."""
    (tmp_path / "latin.toml").write_bytes(b"# \xff\xfe")
    (tmp_path / "large.toml").write_bytes(b"#" * 1_000_002)
    (tmp_path / "folder.toml").mkdir()
    for name in ("absent.toml", "latin.toml", "large.toml", "folder.toml"):
        with pytest.raises(ClaimError) as caught:
            claims(tmp_path / name)
        assert name in caught.value.where


@pytest.mark.parametrize("name", ["hard-carbon", "alloy"])
def test_a_damaged_claim_file_is_refused_or_judged_never_a_crash(name):
    """Cut, changed and doubled files end in a NegatrodeError or in a judgement."""
    text = (SETS / f"{name}.toml").read_text("utf-8")
    rng = random.Random(7)
    s = sample(estimate("d002", 0.38, 0.001), estimate("nitrogen", None, below=0.3))
    refused = judged = 0
    for _ in range(60):
        at, other = rng.randrange(len(text)), rng.randrange(len(text))
        damaged = rng.choice(
            [
                text[:at],
                text[:at] + chr(rng.randrange(32, 127)) + text[at + 1 :],
                text[:at] + text[other : other + 40] + text[at:],
                text.replace(str(rng.randrange(10)), "1e999"),
            ]
        )
        try:
            found = judge(s, load_text(damaged, path="damaged.toml"), n=50)
        except NegatrodeError:
            refused += 1
        else:
            judged += 1
            assert found.claims
    assert refused > 0
    assert refused + judged == 60


def codes(found):
    """Codes and places of the checker's findings."""
    return [(f.severity, f.code, f.where) for f in check(found)]


FATAL = [
    ("unknown-property", claim_set(limit("d02", ">= 0.37", "nm")), "claims[0].limitations[0].property"),
    ("wrong-unit", claim_set(limit("d002", ">= 0.37", "g")), "claims[0].limitations[0].unit"),
    ("wrong-unit", claim_set(limit("d002", ">= 0.37")), "claims[0].limitations[0].unit"),
    ("wrong-unit", claim_set(limit("d002", ">= 0.37", "parsnip")), "claims[0].limitations[0].unit"),
    ("wrong-unit", claim_set(limit("sphericity", ">= 0.8", "nm")), "claims[0].limitations[0].unit"),
    ("wrong-unit", claim_set(limit("d002 + dv50", ">= 1", "nm")), "claims[0].limitations[0].unit"),
    ("wrong-unit", claim_set(limit("dv50 + 3", ">= 1", "um")), "claims[0].limitations[0].unit"),
    ("wrong-unit", claim_set(limit("s_dv50", "[3, 40]", "um*m2")), "claims[0].limitations[0].unit"),
    ("unknown-fact", claim_set('{ fact = "inert_carbonisation" }'), "claims[0].limitations[0].fact"),
    ("fact-shape", claim_set('{ fact = "phase_a_elements" }'), "claims[0].limitations[0]"),
    (
        "fact-shape",
        claim_set('{ fact = "inert_carbonization", contains = ["Ar"] }'),
        "claims[0].limitations[0]",
    ),
    (
        "unknown-element",
        claim_set('{ fact = "phase_a_elements", contains = ["Si", "tin"] }'),
        "claims[0].limitations[0].contains",
    ),
    (
        "fact-is-property",
        claim_set(OK, head='[facts.d002]\ndescription = "x"\nsection = "process"'),
        "facts.d002",
    ),
    ("duplicate-number", claim_set(OK, more=claim(1, OK)), "claims[1].number"),
    ("self-dependency", claim_set("{ any_of_claims = [1] }"), "claims[0].limitations[0]"),
    ("unknown-claim", claim_set("{ any_of_claims = [7] }"), "claims[0].limitations[0]"),
    (
        "cycle",
        claim_set(
            "{ any_of_claims = [3] }",
            more=claim(2, "{ any_of_claims = [1] }") + claim(3, "{ any_of_claims = [2] }"),
        ),
        "claims[0]",
    ),
]


@pytest.mark.parametrize(("code", "found", "where"), FATAL)
def test_what_cannot_be_judged_is_found_and_judge_refuses_it(code, found, where):
    """One finding with its code and TOML path; judge raises a ClaimError."""
    assert codes(found) == [("error", code, where)]
    with pytest.raises(ClaimError) as caught:
        judge(sample(estimate("d002", 0.38)), found)
    assert where in caught.value.where


def test_near_matches_stand_in_the_finding():
    """The property and the fact that were meant."""
    assert "d002" in check(FATAL[0][1])[0].text
    fact = next(f for code, f, _ in FATAL if code == "unknown-fact")
    assert "inert_carbonization" in check(fact)[0].text


ON_1 = "{ any_of_claims = [1] }"
BASE = limit("d002", "[0.365, 0.400]", "nm")
LOGIC = [
    (
        "warning",
        "implied",
        BASE,
        claim(2, f"{ON_1}, {limit('d002', '>= 0.36', 'nm')}"),
        "claims[1].limitations[1]",
    ),
    (
        "warning",
        "implied",
        BASE,
        claim(2, f"{ON_1}, {limit('d002', '>= 3.65', 'angstrom')}"),
        "claims[1].limitations[1]",
    ),
    (
        "error",
        "contradictory",
        BASE,
        claim(2, f"{ON_1}, {limit('d002', '< 0.365', 'nm')}"),
        "claims[1].limitations[0]",
    ),
    ("error", "contradictory", f"{BASE}, {limit('d002', '> 0.4', 'nm')}", "", "claims[0].limitations[1]"),
    ("error", "empty-interval", limit("d002", "[0.4, 0.365]", "nm"), "", "claims[0].limitations[0].interval"),
    ("error", "empty-interval", limit("d002", "(0.4, 0.4]", "nm"), "", "claims[0].limitations[0].interval"),
    ("error", "unreachable", limit("d002", ">= 365", "nm"), "", "claims[0].limitations[0].interval"),
    ("error", "unreachable", limit("sphericity", "> 1.0"), "", "claims[0].limitations[0].interval"),
    (
        "error",
        "unreachable",
        limit("oxygen + nitrogen", "> 150", "wt%"),
        "",
        "claims[0].limitations[0].interval",
    ),
    ("warning", "no-limit", limit("sphericity", "<= 1.0"), "", "claims[0].limitations[0].interval"),
    (
        "warning",
        "implied",
        f"{limit('oxygen_in_b', '>= 2', 'wt%')}, {limit('oxygen_in_a', '< 0.5', 'wt%')}",
        claim(2, f"{ON_1}, {limit('oxygen_in_b / oxygen_in_a', '> 3.9')}"),
        "claims[1].limitations[1]",
    ),
    (
        "warning",
        "dead-alternative",
        BASE,
        claim(2, limit("d002", "<= 0.36", "nm"))
        + claim(3, "{ any_of_claims = [1, 2] }, " + limit("d002", "[0.35, 0.362]", "nm")),
        "claims[2].limitations[0]",
    ),
    (
        "error",
        "contradictory",
        f"{limit('oxygen + nitrogen', '< 1', 'wt%')}, {limit('oxygen', '>= 1', 'wt%')}",
        "",
        "claims[0].limitations[0]",
    ),
    (
        "warning",
        "implied",
        f"{limit('oxygen', '<= 1', 'wt%')}, {limit('nitrogen', '<= 1', 'wt%')}, "
        + limit("oxygen + nitrogen", "< 3", "wt%"),
        "",
        "claims[0].limitations[2]",
    ),
    (
        "warning",
        "implied",
        '{ fact = "inert_carbonization" }',
        claim(2, ON_1 + ', { fact = "inert_carbonization" }'),
        "claims[1].limitations[1]",
    ),
    (
        "error",
        "contradictory",
        '{ fact = "inert_carbonization" }',
        claim(2, ON_1 + ', { fact = "inert_carbonization", is = false }'),
        "claims[1].limitations[1]",
    ),
]


@pytest.mark.parametrize(("severity", "code", "limits", "more", "where"), LOGIC)
def test_limits_against_each_other(severity, code, limits, more, where):
    """Implied, contradictory, empty, out of reach, without effect: one finding each, at its place."""
    assert codes(claim_set(limits, more=more)) == [(severity, code, where)]


def test_a_limit_that_only_one_of_several_parents_implies_is_not_implied():
    """Through claim 2 the limit still has work to do."""
    more = claim(2, limit("d002", ">= 0.35", "nm")) + claim(
        3, "{ any_of_claims = [1, 2] }, " + limit("d002", ">= 0.36", "nm")
    )
    assert check(claim_set(BASE, more=more)) == []


def test_the_ratio_of_the_alloy_claims_is_not_implied_by_claim_1():
    """1.0 over 0.5 is 2, less than 4: claim 4 says something."""
    assert check(claims("alloy")) == []


def test_a_claim_before_its_parent_is_judged_after_it():
    """The order in the file does not matter; the output keeps it."""
    found = load_text(
        document("{ any_of_claims = [2] }", more=claim(2, OK)),
        path="test.toml",
    )
    judged = judge(sample(estimate("d002", 0.38)), found)
    assert [(c.claim, c.verdict) for c in judged.claims] == [(1, "met"), (2, "met")]


def test_a_long_chain_of_claims_is_judged():
    """Three hundred claims, each on the one before."""
    more = "".join(claim(n, f"{{ any_of_claims = [{n - 1}] }}") for n in range(2, 301))
    judged = judge(sample(estimate("d002", 0.38)), claim_set(OK, more=more), n=100)
    assert judged.claim(300).verdict == "met"


def test_the_page_on_claims_says_what_is_so(monkeypatch):
    """The examples of docs/claims.md run."""
    monkeypatch.chdir(ROOT)
    found = doctest.testfile(str(ROOT / "docs" / "claims.md"), module_relative=False)
    assert found.attempted > 5
    assert found.failed == 0
