"""What a technique offers, and how an evaluation becomes an Estimate.

A technique module has TECHNIQUE, a Technique: its TOML section, the properties and recipes, the keys
of its settings, and ``evaluate``, which runs every recipe on the recordings at once. Heavy libraries
are imported inside functions, so that listing recipes stays quick.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from negatrode.core.catalogue import lookup, near_matches
from negatrode.core.errors import InputError, NegatrodeError, Refusal
from negatrode.core.estimate import Alternative, Estimate, Finding, Outcome, Recipe
from negatrode.core.recording import Recording
from negatrode.core.sample import Fact
from negatrode.core.settings import Key, Settings

Outcomes = Mapping[str, Outcome | NegatrodeError]


@dataclass(frozen=True)
class Evaluation:
    """What a technique got out of a set of recordings.

    Attributes
    ----------
    outcomes:
        property -> recipe -> Outcome, or the error that says why that recipe gives none.
    findings:
        Gates passed or failed and other remarks, by property; key "" holds for all of them.
    figure:
        The arrays that the report draws (a frozen dataclass of the technique), or None.
    facts:
        What the files show that claims ask for as a fact (elements of a phase), each with its evidence.
    preferred:
        property -> recipe to use instead of the default unless the user asks for one, where the data at
        hand carry better evidence (a WDS table beside an EDS map); a finding says so.
    specimen:
        What was measured where it is not the sample itself ("phase-b": an electrode of phase B alone). The
        facts then speak of the sample, the properties do not.
    """

    outcomes: Mapping[str, Outcomes]
    findings: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    figure: Any = None
    facts: tuple[Fact, ...] = ()
    preferred: Mapping[str, str] = field(default_factory=dict)
    specimen: str = ""


@dataclass(frozen=True)
class Technique:
    """A way to measure some properties.

    ``section`` is the TOML section and the prefix of the keys; ``kinds`` are the Recording kinds that
    ``evaluate(recordings, settings)`` takes (a "table" may be interpreted with the user's keys).
    ``also_tables``: tables are taken beside the other kinds, not only in their absence.
    """

    name: str
    section: str
    title: str
    kinds: tuple[str, ...]
    recipes: tuple[Recipe, ...]
    keys: tuple[Key, ...]
    evaluate: Callable[[Sequence[Recording], Settings], Evaluation]
    also_tables: bool = False

    @property
    def properties(self) -> tuple[str, ...]:
        """The properties, in the order of the recipes."""
        return tuple(dict.fromkeys(r.measurand for r in self.recipes))

    def recipes_of(self, prop: str) -> tuple[Recipe, ...]:
        """The recipes of one property."""
        return tuple(r for r in self.recipes if r.measurand == prop)


def estimate(
    technique: Technique,
    evaluation: Evaluation,
    prop: str,
    *,
    recordings: Sequence[Recording],
    settings: Settings,
    recipe: str | None = None,
) -> Estimate:
    """The estimate of one property under the recipe asked for (or the default), the others beside it.

    Raises the recipe's own refusal where it gives no admissible outcome, InputError for an unknown recipe.
    """
    recipes = technique.recipes_of(prop)
    chosen = choose_recipe(recipes, recipe or evaluation.preferred.get(prop), prop)
    outcomes = evaluation.outcomes.get(prop, {})
    found = outcomes.get(chosen.name)
    if isinstance(found, NegatrodeError):
        raise found
    if found is None:
        raise Refusal(f"{prop} cannot be had from these files by recipe '{chosen.name}'")
    findings = (*evaluation.findings.get("", ()), *evaluation.findings.get(prop, ()), *found.findings)
    if not found.admissible:
        if recipe is None:
            raise Refusal(
                f"recipe '{chosen.name}' is not admissible on these data",
                rule=found.why_not,
                remedy=f"Ask for another recipe of {prop} with --recipe",
            )
        findings = (*findings, Finding("inadmissible-recipe", found.why_not, warning=True))
    row = lookup(prop)
    if found.value is not None and not row.is_plausible(found.value):
        text = f"{found.value:.4g} {row.unit} lies outside the plausible range {row.low:g} to {row.high:g}"
        findings = (*findings, Finding("implausible", text, warning=True))
    return Estimate(
        measurand=prop,
        unit=row.unit,
        outcome=found,
        recipe=chosen.name,
        recipe_version=chosen.version,
        alternatives=tuple(_alternative(r, outcomes.get(r.name)) for r in recipes if r is not chosen),
        findings=findings,
        sources=tuple(s for r in recordings for s in (r.source, *r.parts)),
        settings=dict(settings.used),
    )


def choose_recipe(recipes: Sequence[Recipe], name: str | None, prop: str) -> Recipe:
    """The recipe of that name, or the default; InputError with near matches where there is none."""
    if name is None:
        return next((r for r in recipes if r.default), recipes[0])
    for r in recipes:
        if r.name == name:
            return r
    known = [r.name for r in recipes]
    hint = near_matches(name, known) or f"Known: {', '.join(known)}."
    raise InputError(f"'{name}' is no recipe of {prop}", remedy=hint)


def _alternative(recipe: Recipe, found: Outcome | NegatrodeError | None) -> Alternative:
    if isinstance(found, Outcome):
        return Alternative(recipe.name, found, found.admissible, found.why_not)
    why = found.sentence() if found is not None else "not computed from these files"
    return Alternative(recipe.name, None, False, why)
