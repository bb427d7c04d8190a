"""Sample + claim set -> Judgement, by joint draws over the sample's estimates (JCGM 101, JCGM 106).

A limitation: the probability that its quantity lies in its interval. A claim: the probability that all
of its limitations hold at once, in the same draws. The decision rule turns a probability into met,
not met or undecided. Where another admissible recipe would change the verdict it is
recipe-dependent, and the table says under which.
"""

from __future__ import annotations

from dataclasses import replace

from negatrode.claimsets.check import require_sound
from negatrode.claimsets.conformity import Conformity
from negatrode.claimsets.describe import claim_reason
from negatrode.claimsets.evidence import BASE, World
from negatrode.claimsets.judge_limitation import judge_limitation
from negatrode.claimsets.model import AnyOfClaims, Claim, ClaimSet, DecisionRule
from negatrode.claimsets.next_measurement import next_steps
from negatrode.claimsets.verdict import (
    NOT_MET,
    RECIPE_DEPENDENT,
    ClaimVerdict,
    Judgement,
    LimitationVerdict,
    Step,
    Word,
)
from negatrode.core.draws import N_DRAWS
from negatrode.core.errors import InputError
from negatrode.core.sample import Sample

MAX_DRAWS = 1_000_000


def judge(sample: Sample, claim_set: ClaimSet, *, n: int = N_DRAWS, seed: int = 0) -> Judgement:
    """Judge a sample on a claim set.

    Parameters
    ----------
    sample:
        Estimates in the catalogue's units, and declared facts.
    claim_set:
        From ``negatrode.claimsets.library.claims``.
    n:
        Number of joint draws; a probability P carries a sampling error of sqrt(P (1 - P) / n).
    seed:
        The same seed gives the same judgement.

    Raises
    ------
    ClaimError
        Where the claim set has errors that the checker reports as fatal.
    InputError
        Where an estimate is no finite number, or a fact is declared in another shape than asked for.
    """
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= MAX_DRAWS:
        raise InputError(f"{n!r} draws", rule=f"a whole number from 1 to {MAX_DRAWS}")
    require_sound(claim_set)
    conformity = Conformity(claim_set, sample, n=n, seed=seed)
    worlds = _Worlds(conformity)
    found: dict[int, ClaimVerdict] = {}
    for claim in conformity.order:
        found[claim.number] = _claim(claim, conformity, worlds, found)
    steps = next_steps(conformity, found)
    return Judgement(
        claim_set=claim_set.name,
        title=claim_set.title,
        sample=sample.name,
        decision=claim_set.decision,
        claims=tuple(_with_next(found[c.number], steps) for c in claim_set.claims),
        next=steps,
        notes=worlds.notes,
        draws=n,
        seed=seed,
    )


class _Worlds:
    """The combinations of recipes that some limitation is judged under, each once."""

    def __init__(self, conformity: Conformity) -> None:
        self.conformity = conformity
        self.rule: DecisionRule = conformity.claim_set.decision
        found: dict[tuple[tuple[str, str], ...], World] = {(): BASE}
        for quantity in conformity.quantities.values():
            for world in conformity.evidence.worlds(quantity.leaves):
                found.setdefault(tuple(sorted(world.items())), world)
        self.all = sorted(found.values(), key=len)
        self.notes = tuple(
            f"{quantity.expression.text}: not every combination of the recipes was tried"
            for quantity in conformity.quantities.values()
            if conformity.evidence.is_cut(quantity.leaves)
        )

    def of_claim(self, number: int) -> set[Word]:
        """The verdicts on a claim over all worlds."""
        return {self.conformity.claims(w)[number].verdict(self.rule) for w in self.all}

    def of_parents(self, limit: AnyOfClaims) -> set[Word]:
        """The verdicts on a dependency over all worlds."""
        return {self.conformity.limit(limit, w).verdict(self.rule) for w in self.all}


def _claim(
    claim: Claim, conformity: Conformity, worlds: _Worlds, found: dict[int, ClaimVerdict]
) -> ClaimVerdict:
    limits = tuple(
        judge_limitation(x, conformity, found, worlds.of_parents(x) if isinstance(x, AnyOfClaims) else set())
        for x in claim.limitations
    )
    holds = conformity.claims()[claim.number]
    verdict = _verdict(worlds.of_claim(claim.number), limits)
    missing = tuple(dict.fromkeys(m for x in limits for m in x.missing))
    result = ClaimVerdict(
        claim.number, claim.title, verdict, holds.probability, holds.bounds, limits, missing
    )
    return replace(result, reason=claim_reason(result, hidden=holds.is_hidden_by_limit(worlds.rule)))


def _verdict(over_worlds: set[Word], limits: tuple[LimitationVerdict, ...]) -> Word:
    if over_worlds == {NOT_MET}:
        return NOT_MET
    if len(over_worlds) > 1 or any(x.verdict == RECIPE_DEPENDENT for x in limits):
        return RECIPE_DEPENDENT
    return next(iter(over_worlds))


def _with_next(claim: ClaimVerdict, steps: tuple[Step, ...]) -> ClaimVerdict:
    helpful = [s for s in steps if claim.claim in s.by_claim]
    if not helpful:
        return claim
    return replace(claim, next=max(helpful, key=lambda s: s.by_claim[claim.claim]).text)
