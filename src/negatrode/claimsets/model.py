"""What a claim set is: claims that are conjunctions of limitations, each beside the words it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from negatrode.claimsets.grammar import Interval
from negatrode.core.errors import ClaimError

FactShape = Literal["yes-no", "word", "elements"]


@dataclass(frozen=True)
class IntervalLimit:
    """A quantity within an interval.

    Attributes
    ----------
    expression:
        Arithmetic over property names ("oxygen_in_a + nitrogen_in_a"), or one name.
    unit:
        The unit of the interval's numbers; "1" where they have none.
    words:
        The claim's own words.
    reading:
        Where the words leave the number or its meaning open: what this set takes them to mean.
    where:
        The TOML path, for errors.
    """

    expression: str
    interval: Interval
    unit: str
    words: str = ""
    reading: str = ""
    where: str = ""


@dataclass(frozen=True)
class FactLimit:
    """A declared fact that must be true, or a declared word that must be ``value``."""

    fact: str
    value: bool | str = True
    words: str = ""
    reading: str = ""
    where: str = ""


@dataclass(frozen=True)
class ContainsLimit:
    """A declared list of words (elements of a phase) that holds at least ``at_least`` of ``of``."""

    fact: str
    of: tuple[str, ...]
    at_least: int = 1
    words: str = ""
    reading: str = ""
    where: str = ""


@dataclass(frozen=True)
class AnyOfClaims:
    """A dependency: at least one of these claims is met (one number: that claim)."""

    claims: tuple[int, ...]
    words: str = ""
    reading: str = ""
    where: str = ""

    def text(self) -> str:
        """The dependency in words.

        >>> AnyOfClaims((1, 2, 3, 5)).text()
        'any one of claims 1-3, 5'
        """
        if len(self.claims) == 1:
            return f"claim {self.claims[0]}"
        runs: list[list[int]] = []
        for number in sorted(set(self.claims)):
            if runs and number == runs[-1][-1] + 1:
                runs[-1].append(number)
            else:
                runs.append([number])
        parts = [str(r[0]) if len(r) == 1 else f"{r[0]}-{r[-1]}" for r in runs]
        return f"any one of claims {', '.join(parts)}"


Limitation = IntervalLimit | FactLimit | ContainsLimit | AnyOfClaims


@dataclass(frozen=True)
class Claim:
    """One claim: all of its limitations together."""

    number: int
    title: str
    limitations: tuple[Limitation, ...]
    text: str = ""
    where: str = ""

    @property
    def parents(self) -> tuple[int, ...]:
        """The claims that it names."""
        found = [n for limit in self.limitations if isinstance(limit, AnyOfClaims) for n in limit.claims]
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class FactKind:
    """A fact that a claim set asks for.

    ``section`` is where SAMPLE.toml declares it ([process], [electrode], [battery] or [declared]).
    """

    name: str
    description: str
    section: str
    shape: FactShape = "yes-no"


@dataclass(frozen=True)
class DecisionRule:
    """When a probability of conformity decides (JCGM 106)."""

    met: float = 0.95
    not_met: float = 0.05

    def text(self) -> str:
        """The rule in words.

        >>> DecisionRule().text()
        'met at P >= 0.95, not met at P <= 0.05, else undecided'
        """
        return f"met at P >= {self.met:g}, not met at P <= {self.not_met:g}, else undecided"


@dataclass(frozen=True)
class ClaimSet:
    """A patent's claims, or a specification, as data."""

    name: str
    title: str
    claims: tuple[Claim, ...]
    facts: tuple[FactKind, ...] = ()
    decision: DecisionRule = DecisionRule()
    source: str = ""
    notes: str = ""
    path: str = ""

    def claim(self, number: int) -> Claim:
        """The claim of that number; ClaimError where there is none."""
        for claim in self.claims:
            if claim.number == number:
                return claim
        raise ClaimError(f"no claim {number}", where=self.path, rule=f"{self.name} has {len(self.claims)}")

    def fact(self, name: str) -> FactKind | None:
        """The kind of a fact, where this set documents it."""
        return next((f for f in self.facts if f.name == name), None)


def in_order(claim_set: ClaimSet) -> tuple[Claim, ...]:
    """The claims, each after those that it depends on (cycles left out; the checker reports them)."""
    done: dict[int, Claim] = {}
    waiting = list(claim_set.claims)
    while waiting:
        ready = [c for c in waiting if all(p in done for p in c.parents)]
        if not ready:
            break
        done |= {c.number: c for c in ready}
        waiting = [c for c in waiting if c.number not in done]
    return tuple(done.values())
