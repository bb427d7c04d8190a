"""What a judgement says: frozen results for the page, the JSON and the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from negatrode.claimsets.model import DecisionRule

Word = Literal["met", "not met", "undecided", "recipe-dependent"]
MET: Word = "met"
NOT_MET: Word = "not met"
UNDECIDED: Word = "undecided"
RECIPE_DEPENDENT: Word = "recipe-dependent"
Action = Literal["measure", "declare", "repeat", "agree on the recipe", "lower the detection limit"]


@dataclass(frozen=True)
class RecipeRow:
    """A limitation under one combination of admissible recipes (property -> recipe)."""

    recipes: Mapping[str, str]
    value: float | None
    probability: float | None
    verdict: Word


@dataclass(frozen=True)
class LimitationVerdict:
    """The verdict on one limitation.

    Attributes
    ----------
    property:
        The expression, the name of the fact, or the dependency in words.
    limit:
        The limit as text; ``words`` are the claim's own.
    value:
        The value in ``unit`` (None where missing or below a limit of detection), or what is declared.
    probability:
        Probability of conformity; None where something it needs is missing.
    bounds:
        Least and greatest probability that what is missing, or below a limit of detection, leaves open.
    margin:
        Signed distance from the value to the nearest end in ``unit``, positive inside; for a value
        below its limit of detection the least that the limit leaves open.
    margin_in_u:
        The same in standard uncertainties; None where there is no uncertainty.
    recipes:
        The table over the admissible recipes, the one in use first.
    took:
        Lowest and highest value that the quantity took (a temperature over a furnace programme), all of which
        are judged; None where it has one value.
    """

    kind: Literal["interval", "fact", "contains", "claims"]
    property: str
    verdict: Word
    probability: float | None
    bounds: tuple[float, float]
    limit: str
    value: float | bool | str | tuple[str, ...] | None = None
    unit: str = ""
    standard_uncertainty: float | None = None
    below_limit: bool = False
    margin: float | None = None
    margin_in_u: float | None = None
    missing: tuple[str, ...] = ()
    reason: str = ""
    words: str = ""
    reading: str = ""
    where: str = ""
    recipes: tuple[RecipeRow, ...] = ()
    took: tuple[float, float] | None = None


@dataclass(frozen=True)
class Step:
    """Something that would decide undecided claims.

    ``gain`` is the expected number of claims it decides (for what is missing: the number it blocks);
    ``by_claim`` the probability claim by claim.
    """

    action: Action
    property: str
    text: str
    gain: float
    by_claim: Mapping[int, float]


@dataclass(frozen=True)
class ClaimVerdict:
    """The verdict on one claim: its limitations and the claims it depends on, jointly."""

    claim: int
    title: str
    verdict: Word
    probability: float | None
    bounds: tuple[float, float]
    limitations: tuple[LimitationVerdict, ...]
    missing: tuple[str, ...] = ()
    next: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class Judgement:
    """A sample judged on a claim set; ``next`` ranks what would decide the most."""

    claim_set: str
    title: str
    sample: str
    decision: DecisionRule
    claims: tuple[ClaimVerdict, ...]
    next: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    draws: int = 0
    seed: int = 0

    def claim(self, number: int) -> ClaimVerdict:
        """The verdict on the claim of that number; KeyError where there is none."""
        for found in self.claims:
            if found.claim == number:
                return found
        raise KeyError(number)
