"""What a design must keep: claims with a probability, outputs on their side of a number."""

from __future__ import annotations

from dataclasses import dataclass

from negatrode.claimsets.inside import ClaimRange
from negatrode.core.errors import InputError
from negatrode.study.journal import Entry
from negatrode.study.model import Column

# Whole steps outside count more than any probability: far out, the margin leads the way back.
_MISSING = 10.0


@dataclass(frozen=True)
class ClaimsLimit:
    """Inside claims, all at once, with a probability."""

    claims: ClaimRange
    probability: float

    @property
    def name(self) -> str:
        """In words: ``inside hard-carbon 1-8, P >= 0.95``."""
        return f"inside {self.claims.text}, P >= {self.probability:g}"

    @property
    def column(self) -> str:
        """Its probability's column."""
        return probability_column(self.claims.text)

    @property
    def margin(self) -> str:
        """Its margin's column."""
        return f"margin({self.claims.text})"

    @property
    def columns(self) -> list[Column]:
        """Probability of all, of each claim, and the margin to the nearest limit."""
        text, name = self.claims.text, self.claims.claim_set.name
        each = [
            Column(probability_column(f"{name} {n}"), f"probability of {name} {n}")
            for n in self.claims.numbers
        ]
        whole = Column(self.column, f"probability of being inside {text}")
        near = Column(self.margin, f"margin to the nearest limit of {text}, as a share of it")
        return [whole, near, *(c for c in each if c.name != whole.name)]

    def violation(self, entry: Entry) -> float:
        """At most zero inside; it grows with the distance."""
        p, margin = entry.outputs.get(self.column), entry.outputs.get(self.margin)
        if p is None:
            return _MISSING
        return self.probability - p + max(0.0, -(margin or 0.0))


@dataclass(frozen=True)
class OutputLimit:
    """An output at least, or at most, so much, with a probability over the draws."""

    output: str
    bound: float
    unit: str
    is_least: bool = True
    probability: float = 0.5

    @property
    def words(self) -> str:
        """``delithiation_2C >= 300``."""
        return f"{self.output} {'>=' if self.is_least else '<='} {self.bound:g}"

    @property
    def name(self) -> str:
        """In words."""
        unit = "" if self.unit == "1" else f" {self.unit}"
        return f"{self.words}{unit}, P >= {self.probability:g}"

    @property
    def column(self) -> str:
        """Its probability's column."""
        return probability_column(self.words)

    @property
    def margin(self) -> str:
        """Its margin's column: how far the draw that decides lies inside, as a share of the bound."""
        return f"margin({self.words}, P {self.probability:g})"

    @property
    def columns(self) -> list[Column]:
        """Share of the draws that keep it, and the margin."""
        return [
            Column(self.column, f"share of the draws with {self.words}"),
            Column(self.margin, f"margin of {self.name}, as a share of the bound"),
        ]

    def violation(self, entry: Entry) -> float:
        """At most zero inside."""
        margin = entry.outputs.get(self.margin)
        return _MISSING if margin is None else -margin


Limit = ClaimsLimit | OutputLimit


def probability_column(words: str) -> str:
    """Name of a probability's column."""
    return f"P({words})"


def checked_probability(value: float, where: str) -> float:
    """A probability of a limit; InputError outside 0 to 1."""
    if not 0.0 < value <= 1.0:
        raise InputError(f"{value:g}", where=where, rule="a probability above 0 and up to 1")
    return value


def keeps(entry: Entry, limits: tuple[Limit, ...]) -> bool:
    """Whether a point that was computed keeps every limit."""
    return not entry.is_failed and all(limit.violation(entry) <= 0 for limit in limits)
