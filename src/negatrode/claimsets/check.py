"""The checker: what is wrong, needless or out of reach in a claim set, each with its TOML path."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from negatrode.claimsets.dimension import in_unit, unit_of
from negatrode.claimsets.elements import SYMBOLS
from negatrode.claimsets.library import fact_kinds
from negatrode.claimsets.logic import logic_findings
from negatrode.claimsets.model import (
    AnyOfClaims,
    Claim,
    ClaimSet,
    ContainsLimit,
    FactLimit,
    IntervalLimit,
    in_order,
)
from negatrode.core.catalogue import catalogue, near_matches
from negatrode.core.errors import ClaimError, NegatrodeError
from negatrode.core.expression import parse


@dataclass(frozen=True)
class CheckFinding:
    """One thing that the checker has to say.

    ``fatal``: the claim set cannot be judged. An "error" is surely a mistake; a "warning" may be meant.
    """

    severity: Literal["error", "warning"]
    code: str
    where: str
    text: str
    fatal: bool = False


def check(claim_set: ClaimSet) -> list[CheckFinding]:
    """Everything that the checker finds, errors that prevent a judgement first.

    Codes: duplicate-number, self-dependency, unknown-claim, cycle, unknown-property, wrong-unit,
    unknown-fact, fact-shape, fact-is-property, unknown-element (fatal); empty-interval, unreachable,
    contradictory (errors); implied, dead-alternative, no-limit, unused-fact (warnings).
    """
    return list(_check(claim_set))


@lru_cache(maxsize=64)
def _check(claim_set: ClaimSet) -> tuple[CheckFinding, ...]:
    fatal = [
        CheckFinding("error", code, where, text, fatal=True)
        for code, where, text in [
            *_structure(claim_set),
            *_quantities(claim_set),
            *_facts(claim_set),
        ]
    ]
    if fatal:
        return tuple(fatal)
    errors = ("empty-interval", "unreachable", "contradictory")
    rest = [*logic_findings(claim_set), *_unused(claim_set)]
    return tuple(
        CheckFinding("error" if code in errors else "warning", code, where, text)
        for code, where, text in sorted(rest, key=lambda f: f[0] not in errors)
    )


def require_sound(claim_set: ClaimSet) -> None:
    """ClaimError for the first finding that prevents a judgement."""
    for finding in _check(claim_set):
        if finding.fatal:
            raise ClaimError(
                f"{finding.text} [{finding.code}]",
                where=f"{claim_set.path} {finding.where}".strip(),
                remedy="See all findings with 'negatrode claims check'",
            )


Row = tuple[str, str, str]


def _structure(claim_set: ClaimSet) -> Iterator[Row]:
    counts = Counter(c.number for c in claim_set.claims)
    seen: set[int] = set()
    for claim in claim_set.claims:
        if counts[claim.number] > 1 and claim.number in seen:
            yield "duplicate-number", f"{claim.where}.number", f"claim {claim.number} stands twice"
        seen.add(claim.number)
        yield from _dependencies(claim, counts)
    if not (set(counts) - {c.number for c in in_order(claim_set)}):
        return
    for claim in claim_set.claims:
        if (ring := _ring(claim_set, claim.number)) and claim.number == min(ring) and len(ring) > 1:
            yield "cycle", claim.where, f"claims {', '.join(map(str, ring))} depend on each other in a ring"


def _dependencies(claim: Claim, counts: Counter[int]) -> Iterator[Row]:
    for limit in claim.limitations:
        if not isinstance(limit, AnyOfClaims):
            continue
        for number in limit.claims:
            if number == claim.number:
                yield "self-dependency", limit.where, f"claim {number} depends on itself"
            elif number not in counts:
                known = ", ".join(map(str, sorted(counts)))
                yield "unknown-claim", limit.where, f"there is no claim {number}; claims: {known}"


def _ring(claim_set: ClaimSet, start: int) -> list[int]:
    """The claims that can be reached from a claim and lead back to it."""
    parents = {c.number: c.parents for c in claim_set.claims}
    reach: dict[int, set[int]] = {}
    for number in parents:
        found, waiting = set[int](), list(parents[number])
        while waiting:
            p = waiting.pop()
            if p not in found:
                found.add(p)
                waiting += parents.get(p, ())
        reach[number] = found
    return sorted(n for n in reach.get(start, ()) if start in reach.get(n, ()))


def _quantities(claim_set: ClaimSet) -> Iterator[Row]:
    rows = catalogue()
    for limit in (x for c in claim_set.claims for x in c.limitations):
        if not isinstance(limit, IntervalLimit):
            continue
        expression = parse(limit.expression)
        unknown = [n for n in expression.names if n not in rows]
        for name in unknown:
            hint = near_matches(name, list(rows)) or f"Known: {', '.join(rows)}"
            yield "unknown-property", f"{limit.where}.property", f"'{name}' is no property. {hint}"
        if unknown:
            continue
        try:
            in_unit(
                limit.interval, limit.unit, unit_of(expression, {n: rows[n].unit for n in expression.names})
            )
        except NegatrodeError as error:
            yield "wrong-unit", f"{limit.where}.unit", f"{limit.expression}: {error.sentence()}"


def _facts(claim_set: ClaimSet) -> Iterator[Row]:
    known = {**fact_kinds(), **{f.name: f for f in claim_set.facts}}
    for fact in claim_set.facts:
        if fact.name in catalogue():
            text = f"'{fact.name}' is a property; a SAMPLE.toml would read it as a quantity"
            yield "fact-is-property", f"facts.{fact.name}", text
    for limit in (x for c in claim_set.claims for x in c.limitations):
        if not isinstance(limit, FactLimit | ContainsLimit):
            continue
        kind = known.get(limit.fact)
        if kind is None:
            hint = near_matches(limit.fact, list(known)) or f"Document it under [facts.{limit.fact}]"
            yield "unknown-fact", f"{limit.where}.fact", f"'{limit.fact}' is no fact. {hint}"
            continue
        wanted = isinstance(limit, FactLimit) and isinstance(limit.value, bool)
        if wanted is not (kind.shape == "yes-no"):
            text = f"'{limit.fact}' has the shape '{kind.shape}', which this limitation does not ask for"
            yield "fact-shape", limit.where, text
        if isinstance(limit, ContainsLimit) and kind.shape == "elements":
            for word in (w for w in limit.of if w not in SYMBOLS):
                hint = near_matches(word.title(), list(SYMBOLS))
                yield "unknown-element", f"{limit.where}.contains", f"'{word}' is no symbol or group. {hint}"


def _unused(claim_set: ClaimSet) -> Iterator[Row]:
    used = {
        x.fact for c in claim_set.claims for x in c.limitations if isinstance(x, FactLimit | ContainsLimit)
    }
    for fact in claim_set.facts:
        if fact.name not in used:
            yield "unused-fact", f"facts.{fact.name}", f"no claim asks for '{fact.name}'"
