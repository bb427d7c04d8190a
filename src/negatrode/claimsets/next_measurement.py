"""What to measure next: which repetition, which missing property, which agreement decides the most.

For a repetition the outcome is simulated before it is made (a preposterior analysis): its value would
fall around today's with variance u^2 - (u/2)^2 and its uncertainty would be u/2; the claims decided are
counted over that spread.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from negatrode.claimsets.conformity import Conformity
from negatrode.claimsets.judge_limitation import why_missing
from negatrode.claimsets.library import fact_kind
from negatrode.claimsets.verdict import RECIPE_DEPENDENT, UNDECIDED, Action, ClaimVerdict, RecipeRow, Step
from negatrode.core.catalogue import catalogue
from negatrode.core.estimate import Outcome

# draws and simulated repetitions: enough to rank, not to report probabilities to three digits
_DRAWS = 4000
_REPEATS = 9
# a measurement in the place of a prediction leaves a tenth of its spread
_MEASURED = 0.1


@dataclass(frozen=True)
class _Candidate:
    step: Step
    # how far the probabilities move: ranks steps that decide nothing on their own
    influence: float


def next_steps(conformity: Conformity, found: Mapping[int, ClaimVerdict]) -> tuple[Step, ...]:
    """The steps that would decide claims still open, best first."""
    still_open = {n: c for n, c in found.items() if c.verdict in (UNDECIDED, RECIPE_DEPENDENT)}
    if not still_open:
        return ()
    candidates = [
        *_missing(conformity, still_open),
        *_agreements(conformity, still_open),
        *_repetitions(conformity, still_open),
    ]
    useful = [c for c in candidates if c.step.gain > 0.0 or c.influence > 0.0]
    ranked = sorted(useful, key=lambda c: (-round(c.step.gain, 6), -c.influence, c.step.property))
    return tuple(c.step for c in ranked)


def _missing(conformity: Conformity, still_open: Mapping[int, ClaimVerdict]) -> Iterator[_Candidate]:
    for name in dict.fromkeys(m for c in still_open.values() for m in c.missing):
        blocked = {n: 1.0 / len(c.missing) for n, c in still_open.items() if name in c.missing}
        action: Action = "measure" if name in catalogue() else "declare"
        kind = fact_kind(conformity.claim_set, name)
        what = f" ({kind.description})" if kind and action == "declare" else ""
        text = f"{action} {why_missing(name, conformity)}{what}"
        yield _Candidate(Step(action, name, text, float(len(blocked)), blocked), 0.0)


def _agreements(conformity: Conformity, still_open: Mapping[int, ClaimVerdict]) -> Iterator[_Candidate]:
    torn = {n: c for n, c in still_open.items() if c.verdict == RECIPE_DEPENDENT}
    names = {n: _disagreeing(conformity, still_open, n) for n in torn}
    for name in dict.fromkeys(x for found in names.values() for x in found):
        by_claim = {n: 1.0 / len(found) for n, found in names.items() if name in found}
        recipes = ", ".join(conformity.evidence.options[name])
        text = f"agree on the recipe of {name} ({recipes})"
        yield _Candidate(Step("agree on the recipe", name, text, sum(by_claim.values()), by_claim), 0.0)


def _disagreeing(conformity: Conformity, found: Mapping[int, ClaimVerdict], number: int) -> tuple[str, ...]:
    """The properties whose recipes change a verdict, in a claim or those it depends on."""
    names: list[str] = []
    for x in found[number].limitations:
        if x.kind == "interval" and x.verdict == RECIPE_DEPENDENT:
            names += _swinging(x.recipes) or list(x.recipes[0].recipes)
    for parent in conformity.claim_set.claim(number).parents:
        if parent in found and found[parent].verdict == RECIPE_DEPENDENT:
            names += _disagreeing(conformity, found, parent)
    if not names:
        names = [n for n in conformity.cone(number) if len(conformity.evidence.options.get(n, ())) > 1]
    return tuple(dict.fromkeys(n for n in names if n in conformity.evidence.options))


def _swinging(rows: tuple[RecipeRow, ...]) -> list[str]:
    """The properties that change the verdict when their recipe alone is changed."""
    base = rows[0]
    found = []
    for row in rows[1:]:
        changed = [n for n, r in row.recipes.items() if r != base.recipes[n]]
        if len(changed) == 1 and row.verdict != base.verdict:
            found += changed
    return list(dict.fromkeys(found))


def _repetitions(conformity: Conformity, still_open: Mapping[int, ClaimVerdict]) -> Iterator[_Candidate]:
    numbers = [n for n, c in still_open.items() if c.verdict == UNDECIDED and not c.missing]
    if not numbers:
        return
    small = conformity.with_evidence(conformity.evidence.first(_DRAWS), None)
    small.claims()
    for name in dict.fromkeys(x for n in numbers for x in small.cone(n) if x in small.evidence.options):
        outcome = small.evidence.outcome(name, {})
        if outcome.value is not None and outcome.standard_uncertainty == 0.0:
            continue
        yield _simulated(small, name, outcome, [n for n in numbers if name in small.cone(n)])


def _simulated(small: Conformity, name: str, outcome: Outcome, numbers: list[int]) -> _Candidate:
    rule = small.claim_set.decision
    decided = dict.fromkeys(numbers, 0.0)
    probabilities: dict[int, list[float]] = {n: [] for n in numbers}
    for after in _after(small, name, outcome):
        claims = after.claims()
        for n in numbers:
            decided[n] += (claims[n].verdict(rule) != UNDECIDED) / _REPEATS
            probabilities[n].append(float(claims[n].low.mean()))
    influence = sum(max(p) - min(p) for p in probabilities.values())
    gain = sum(decided.values())
    if outcome.sampled is not None:
        text = f"measure {name}: in place of the prediction it would decide {gain:.1f} of {len(numbers)} open"
        by_claim = {n: p for n, p in decided.items() if p > 0.0 or influence > 0.0}
        return _Candidate(Step("measure", name, f"{text} claims on average", gain, by_claim), influence)
    action: Action = "repeat" if outcome.value is not None else "lower the detection limit"
    what = "halving its uncertainty" if outcome.value is not None else "a value in place of 'below the limit'"
    text = f"{action} of {name}" if outcome.value is None else f"repeat {name}"
    text += f": {what} would decide {gain:.1f} of {len(numbers)} open claims on average"
    by_claim = {n: p for n, p in decided.items() if p > 0.0 or influence > 0.0}
    return _Candidate(Step(action, name, text, gain, by_claim), influence)


def _after(small: Conformity, name: str, outcome: Outcome) -> Iterator[Conformity]:
    """The claims after each of the simulated repetitions."""
    import numpy as np
    from scipy.special import ndtri

    drawn = small.evidence.values(name, {})
    for share in (np.arange(_REPEATS) + 0.5) / _REPEATS:
        if outcome.value is None:
            value = float(share) * (outcome.below_limit or 0.0)
            new, values = Outcome(value), np.full_like(drawn, value)
        elif outcome.sampled is not None:
            value = float(np.quantile(drawn, share))
            new = Outcome(value, outcome.components)
            values = value + _MEASURED * (drawn - float(np.median(drawn)))
        else:
            shift = math.sqrt(0.75) * outcome.standard_uncertainty * float(ndtri(share))
            new = replace(outcome, value=outcome.value + shift)
            values = outcome.value + shift + 0.5 * (drawn - outcome.value)
        yield small.with_evidence(small.evidence.replaced(name, new, values), name)
