"""Facts that files show: they prove what they name and exclude nothing."""

from __future__ import annotations

import pytest

from negatrode.claimsets.judge import judge
from negatrode.claimsets.library import claims
from negatrode.claimsets.verdict import LimitationVerdict
from negatrode.core.sample import Fact, Sample


def limitation(fact: Fact | None, words: str, unmeasured: dict[str, str] | None = None) -> LimitationVerdict:
    """The verdict of the limitation of claim 6 or 2 whose words begin so."""
    facts = {} if fact is None else {fact.name: fact}
    found = judge(Sample("x", {}, facts, unmeasured or {}), claims("alloy"), n=100)
    return next(x for c in found.claims for x in c.limitations if x.words.startswith(words))


@pytest.mark.parametrize(
    ("elements", "exhaustive", "verdict"),
    [
        (("Si", "Ti", "O", "F"), False, "met"),
        (("Si", "Ti", "O"), False, "undecided"),
        (("Si", "Ti", "O"), True, "not met"),
    ],
)
def test_elements_not_analysed_may_be_there(
    elements: tuple[str, ...], exhaustive: bool, verdict: str
) -> None:
    """F, S or P not among what a map shows is undecided; not among what is declared is not met."""
    fact = Fact("particle_elements", elements, "phases", exhaustive=exhaustive)
    found = limitation(fact, "said alloy particle further contains")
    assert found.verdict == verdict
    assert found.missing == (("particle_elements",) if verdict == "undecided" else ())


def test_a_contradiction_is_the_reason_of_a_missing_fact() -> None:
    """What undid the fact is said where the claim needs it."""
    reason = "yes by A. Maker, but no by cycling"
    found = limitation(None, "a phase B which is incapable", {"phase_b_lithium_inactive": reason})
    assert found.verdict == "undecided"
    assert reason in found.reason
