"""A sample: estimates, declared facts, and what could not be measured and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from negatrode.core.estimate import Estimate


@dataclass(frozen=True)
class Fact:
    """Something declared ("carbonization product of a vinyl resin"), or shown by files ("phase A holds Si").

    ``value`` is True/False, a word, or a tuple of words (elements of a phase). ``declared_by`` names who
    declares it; of a fact that files show it is the technique and recipe, and ``evidence`` says how. A list
    that is not ``exhaustive`` names what was found: what was not looked for may be there as well.
    """

    name: str
    value: bool | str | tuple[str, ...]
    declared_by: str
    where: str = ""
    evidence: str = ""
    exhaustive: bool = True


@dataclass(frozen=True)
class Sample:
    """What is known of one powder (and of the electrode made of it).

    Attributes
    ----------
    estimates:
        By property name; derived properties (S*Dv50, D4/D1) included.
    facts:
        By name.
    unmeasured:
        Why a property of the sample has no estimate, one sentence each.
    """

    name: str
    estimates: Mapping[str, Estimate] = field(default_factory=dict)
    facts: Mapping[str, Fact] = field(default_factory=dict)
    unmeasured: Mapping[str, str] = field(default_factory=dict)
    material: str = ""
