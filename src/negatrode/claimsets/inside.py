"""Inside several claims at once: the probability that all of them hold in the same draws."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from negatrode.claimsets.conformity import Conformity
from negatrode.claimsets.evidence import BASE
from negatrode.claimsets.library import claims as load_claims
from negatrode.claimsets.model import AnyOfClaims, ClaimSet, IntervalLimit
from negatrode.core.draws import N_DRAWS
from negatrode.core.errors import ClaimError
from negatrode.core.sample import Sample

_TEXT = re.compile(r"^\s*(?P<name>\S+)\s+(?P<numbers>[\d\s,-]+)$")


@dataclass(frozen=True)
class ClaimRange:
    """Claims of a set that are asked for together, as "hard-carbon 1-8"."""

    claim_set: ClaimSet
    numbers: tuple[int, ...]
    text: str


@dataclass(frozen=True)
class Inside:
    """The probability of being inside claims at once, and of each of them.

    ``missing``: properties and facts that are not known; the probability is then the least that is possible,
    and ``at_most`` the greatest. ``margin``: how far the values lie inside the limit that is nearest, as a
    share of that interval's width (of its end, where it has one), negative outside; ``nearest``: the limit
    that is kept with the least probability.
    """

    probability: float
    at_most: float
    by_claim: Mapping[int, float]
    missing: tuple[str, ...]
    margin: float = 0.0
    nearest: str = ""


def claim_range(text: str, *, where: str = "", folder: Path | None = None) -> ClaimRange:
    """Read "hard-carbon 1-8", "alloy 1, 3-5" or "spec.toml 1"; a file is looked for in ``folder``.

    >>> claim_range("alloy 1, 3-5").numbers
    (1, 3, 4, 5)
    """
    found = _TEXT.match(text)
    if found is None:
        raise ClaimError(f"'{text}'", where=where, rule='claims are named as "hard-carbon 1-8"')
    name = found["name"]
    if folder is not None and name.endswith(".toml"):
        name = str(folder / name)
    claim_set = load_claims(name)
    numbers: list[int] = []
    for part in found["numbers"].split(","):
        ends = [int(n) for n in part.split("-") if n.strip()]
        if not ends or len(ends) > 2 or ends[0] > ends[-1]:
            raise ClaimError(f"'{part.strip()}'", where=where, rule='claims are numbers and ranges, "1, 3-5"')
        numbers += range(ends[0], ends[-1] + 1)
    for number in numbers:
        claim_set.claim(number)  # refuses one that is not there
    return ClaimRange(claim_set, tuple(dict.fromkeys(numbers)), text.strip())


def inside(sample: Sample, wanted: ClaimRange, *, n: int = N_DRAWS, seed: int = 0) -> Inside:
    """The probability that a sample is inside all of the claims, by joint draws (JCGM 101, 106).

    Judged under the recipes in use; :func:`negatrode.claimsets.judge.judge` says where others would differ.
    """
    conformity = Conformity(wanted.claim_set, sample, n=n, seed=seed)
    holds = conformity.claims()
    chosen = [holds[number] for number in wanted.numbers]
    low: NDArray[np.bool_] = reduce(and_, (h.low for h in chosen))
    high: NDArray[np.bool_] = reduce(and_, (h.high for h in chosen))
    margin, nearest = _nearest(conformity, wanted.numbers)
    return Inside(
        float(low.mean()),
        float(high.mean()),
        {number: float(holds[number].low.mean()) for number in wanted.numbers},
        _missing(conformity, wanted.numbers),
        margin,
        nearest,
    )


def _nearest(conformity: Conformity, numbers: Sequence[int]) -> tuple[float, str]:
    """The least relative margin over the intervals of some claims; the limit that is kept least surely.

    Surely: by its probability, and among those of one probability by the margin.
    """
    found: list[tuple[float, float, str]] = []
    for number in numbers:
        for limit in conformity.claim_set.claim(number).limitations:
            if isinstance(limit, IntervalLimit) and (margin := _margin(conformity, limit)) is not None:
                words = f"claim {number}: {limit.interval.text(limit.expression, limit.unit)}"
                found.append((conformity.limit(limit).probability or 0.0, margin, words))
    if not found:
        return 0.0, ""
    return min(margin for _, margin, _ in found), min(found)[2]


def _margin(conformity: Conformity, limit: IntervalLimit) -> float | None:
    """Of one interval, at the values themselves (half the limit, where a property lies below its own)."""
    leaves = conformity.leaves(limit)
    if any(name not in conformity.evidence.options for name in leaves):
        return None
    outcomes = {name: conformity.evidence.outcome(name, BASE) for name in leaves}
    values = {
        n: np.float64((o.below_limit or 0.0) / 2 if o.value is None else o.value) for n, o in outcomes.items()
    }
    interval = conformity.intervals[limit.where]
    value = float(conformity.quantities[limit.where].evaluate(values))
    ends = [e for e in (interval.low, interval.high) if math.isfinite(e)]
    scale = abs(ends[1] - ends[0]) if len(ends) == 2 else abs(ends[0])
    found = interval.margin(value) / scale if scale > 0 else math.nan
    return found if math.isfinite(found) else None


def _missing(conformity: Conformity, numbers: Sequence[int]) -> tuple[str, ...]:
    """Properties and facts that the claims, and those that they depend on, ask for and the sample lacks."""
    found: dict[str, None] = {}
    waiting = list(numbers)
    seen: set[int] = set()
    while waiting:
        number = waiting.pop()
        if number in seen:
            continue
        seen.add(number)
        for limit in conformity.claim_set.claim(number).limitations:
            if isinstance(limit, AnyOfClaims):
                waiting += limit.claims
            elif limit.where in conformity.quantities:
                known = conformity.evidence.options
                found |= dict.fromkeys(x for x in conformity.leaves(limit) if x not in known)
            elif getattr(limit, "fact", "") not in conformity.sample.facts:
                found[getattr(limit, "fact", "")] = None
    return tuple(sorted(found))
