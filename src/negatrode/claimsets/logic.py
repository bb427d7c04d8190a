"""Limits against each other: implied by what a claim already holds, out of reach, or contradictory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce

from negatrode.claimsets.dimension import in_unit, unit_of
from negatrode.claimsets.grammar import Interval
from negatrode.claimsets.model import (
    AnyOfClaims,
    Claim,
    ClaimSet,
    ContainsLimit,
    FactLimit,
    IntervalLimit,
    in_order,
)
from negatrode.claimsets.ranges import key_of, range_of
from negatrode.core.catalogue import catalogue
from negatrode.core.expression import parse

Row = tuple[str, str, str]
# expression -> the interval that a claim guarantees
Guarantee = dict[str, Interval]


def logic_findings(claim_set: ClaimSet) -> Iterator[Row]:
    """Findings (code, TOML path, text) about limits of a claim set whose names and units are sound."""
    plausible = {name: Interval(row.low, row.high) for name, row in catalogue().items()}
    guaranteed: dict[int, Guarantee] = {}
    promised: dict[int, frozenset[object]] = {}
    for claim in in_order(claim_set):
        above, facts = _above(claim, guaranteed), _facts_above(claim, promised)
        yield from _intervals(claim, above, plausible)
        yield from _against_parents(claim, guaranteed, plausible)
        yield from _repeated_facts(claim, facts)
        guaranteed[claim.number] = reduce(_meet, [_own(claim), *above], {})
        promised[claim.number] = facts | {_fact_key(x) for x in claim.limitations if _fact_key(x)}


def interval_of(limit: IntervalLimit) -> Interval:
    """The interval of a limit in the catalogue's unit."""
    expression = parse(limit.expression)
    units = {n: catalogue()[n].unit for n in expression.names}
    return in_unit(limit.interval, limit.unit, unit_of(expression, units))


def _key(limit: IntervalLimit) -> str:
    return key_of(parse(limit.expression))


def _meet(a: Mapping[str, Interval], b: Mapping[str, Interval]) -> Guarantee:
    return {k: a[k].meet(b[k]) if k in a and k in b else a.get(k) or b[k] for k in (*a, *b)}


def _join(a: Guarantee, b: Guarantee) -> Guarantee:
    return {k: a[k].join(b[k]) for k in a if k in b}


def _own(claim: Claim) -> Guarantee:
    found: Guarantee = {}
    for limit in claim.limitations:
        if isinstance(limit, IntervalLimit):
            found = _meet(found, {_key(limit): interval_of(limit)})
    return found


def _above(claim: Claim, guaranteed: Mapping[int, Guarantee]) -> list[Guarantee]:
    """What each dependency of a claim guarantees: of several parents what all of them do."""
    return [
        reduce(_join, [guaranteed[p] for p in x.claims])
        for x in claim.limitations
        if isinstance(x, AnyOfClaims)
    ]


def _intervals(claim: Claim, above: list[Guarantee], plausible: Mapping[str, Interval]) -> Iterator[Row]:
    held = reduce(_meet, above, dict(plausible))
    limits = [(x, _key(x), interval_of(x)) for x in claim.limitations if isinstance(x, IntervalLimit)]
    for k, (limit, key, interval) in enumerate(limits):
        # of two limits on the same quantity the later one is reported
        rest = [{q: i} for m, (_, q, i) in enumerate(limits) if (q != key or m < k) and not i.is_empty]
        beside = reduce(_meet, rest, dict(plausible))
        finding = _one_interval(limit, interval, plausible, beside, held if above else None)
        if finding is not None:
            code, text = finding
            end = "" if code in ("implied", "contradictory") else ".interval"
            yield code, limit.where + end, f"{limit.interval.text(limit.expression, limit.unit)} {text}"


def _one_interval(
    limit: IntervalLimit,
    interval: Interval,
    plausible: Mapping[str, Interval],
    beside: Guarantee,
    held: Guarantee | None,
) -> tuple[str, str] | None:
    """What there is to say of one interval; ``beside``: the claim's other limits, ``held``: its parents'."""
    expression = parse(limit.expression)
    in_reach = range_of(expression, plausible)
    if interval.is_empty:
        return "empty-interval", "holds no number"
    if interval.meet(in_reach).is_empty:
        return "unreachable", f"lies outside the plausible range {in_reach.text(limit.expression)}"
    if interval.covers(in_reach):
        return "no-limit", "holds the whole plausible range"
    if interval.meet(range_of(expression, beside)).is_empty:
        return "contradictory", "contradicts the other limits of the claim"
    if held is not None and interval.covers(range_of(expression, held)):
        return "implied", "is implied by what the claim depends on"
    if interval.covers(range_of(expression, beside)):
        return "implied", "is implied by the other limits of the claim"
    if held is not None and interval.covers(range_of(expression, _meet(held, beside))):
        return "implied", "is implied by what the claim depends on and its other limits"
    return None


def _against_parents(
    claim: Claim, guaranteed: Mapping[int, Guarantee], plausible: Mapping[str, Interval]
) -> Iterator[Row]:
    own = _own(claim)
    for dependency in (x for x in claim.limitations if isinstance(x, AnyOfClaims)):
        clashing = [
            p
            for p in dependency.claims
            if any(
                not interval.is_empty
                and interval.meet(range_of(parse(key), _meet(guaranteed[p], plausible))).is_empty
                and not interval.meet(range_of(parse(key), plausible)).is_empty
                for key, interval in own.items()
            )
        ]
        if clashing and len(clashing) == len(dependency.claims):
            text = f"claim {claim.number} contradicts {dependency.text()}"
            yield "contradictory", dependency.where, text
        elif clashing:
            shown = ", ".join(map(str, clashing))
            text = f"claim {claim.number} contradicts claim {shown}, so that only the others lead to it"
            yield "dead-alternative", dependency.where, text


def _fact_key(limit: object) -> object:
    if isinstance(limit, FactLimit):
        return (limit.fact, limit.value)
    if isinstance(limit, ContainsLimit):
        return (limit.fact, limit.of, limit.at_least)
    return None


def _facts_above(claim: Claim, promised: Mapping[int, frozenset[object]]) -> frozenset[object]:
    found: frozenset[object] = frozenset()
    for x in claim.limitations:
        if isinstance(x, AnyOfClaims):
            found |= frozenset.intersection(*(promised[p] for p in x.claims))
    return found


def _repeated_facts(claim: Claim, above: frozenset[object]) -> Iterator[Row]:
    held = set(above)
    for limit in claim.limitations:
        if not isinstance(limit, FactLimit | ContainsLimit):
            continue
        if _fact_key(limit) in held:
            yield "implied", limit.where, f"'{limit.fact}' is already asked for"
        elif isinstance(limit, FactLimit) and (limit.fact, not limit.value) in held:
            yield "contradictory", limit.where, f"'{limit.fact}' is asked to be true and false"
        held.add(_fact_key(limit))
