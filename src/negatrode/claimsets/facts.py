"""Facts, declared or shown by files, against the limitations that ask for them."""

from __future__ import annotations

from negatrode.claimsets.elements import SYMBOLS
from negatrode.claimsets.library import fact_kind
from negatrode.claimsets.model import ClaimSet, ContainsLimit, FactLimit, Limitation
from negatrode.core.catalogue import near_matches
from negatrode.core.errors import InputError
from negatrode.core.sample import Fact, Sample


def holds(limit: Limitation, sample: Sample, claim_set: ClaimSet) -> bool | None:
    """Whether the sample has what a limitation asks for; None where nothing is known of it.

    A list of what files show proves what it names and excludes nothing: elements that were not analysed
    may be there too.

    Raises InputError where the declaration is of another shape (a word where true or false is meant, a
    name where a chemical symbol is meant): what was meant is not guessed.
    """
    if isinstance(limit, ContainsLimit):
        fact = sample.facts.get(limit.fact)
        if fact is None:
            return None
        if len(set(_words(fact, claim_set)) & set(limit.of)) >= limit.at_least:
            return True
        return False if fact.exhaustive else None
    if isinstance(limit, FactLimit):
        fact = sample.facts.get(limit.fact)
        return None if fact is None else _is(fact, limit.value)
    raise TypeError(type(limit).__name__)


def _is(fact: Fact, wanted: bool | str) -> bool:
    if isinstance(wanted, bool):
        if not isinstance(fact.value, bool):
            raise _wrong(fact, "it must be true or false")
        return fact.value is wanted
    if isinstance(fact.value, bool):
        raise _wrong(fact, f"it must be a word such as '{wanted}'")
    words = (fact.value,) if isinstance(fact.value, str) else fact.value
    return wanted in words


def _words(fact: Fact, claim_set: ClaimSet) -> tuple[str, ...]:
    if isinstance(fact.value, bool):
        raise _wrong(fact, 'it must be a list of words such as ["Si", "Ti"]')
    words = (fact.value,) if isinstance(fact.value, str) else fact.value
    kind = fact_kind(claim_set, fact.name)
    if kind is not None and kind.shape == "elements":
        for word in words:
            if word not in SYMBOLS:
                raise InputError(
                    f"{fact.name}: '{word}' is no chemical symbol",
                    where=fact.where,
                    rule="elements are written as symbols",
                    remedy=near_matches(word.title(), list(SYMBOLS)) or 'Write silicon as "Si"',
                )
    return words


def _wrong(fact: Fact, rule: str) -> InputError:
    shown = list(fact.value) if isinstance(fact.value, tuple) else fact.value
    return InputError(f"{fact.name} is {shown!r}", where=fact.where, rule=rule)
