"""Files and settings -> one Estimate: what ``negatrode measure`` and ``nt.measure`` do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from negatrode.core.catalogue import lookup, near_matches
from negatrode.core.derive import derive
from negatrode.core.errors import InputError, Refusal
from negatrode.core.estimate import Estimate
from negatrode.core.expression import parse
from negatrode.core.recording import Recording
from negatrode.core.settings import Settings
from negatrode.files.registry import read
from negatrode.techniques.registry import techniques_of
from negatrode.techniques.technique import Technique, choose_recipe, estimate


def measure(
    prop: str,
    files: Sequence[str | Path] | str | Path,
    *,
    recipe: str | None = None,
    settings: Mapping[str, object] | None = None,
) -> Estimate:
    """Measure one property of the catalogue from instrument files.

    Parameters
    ----------
    prop:
        Its name in the catalogue ("d002"); a derived property ("d4_to_d1") is measured through the
        properties of its expression, each from the files of its technique.
    files:
        One path or several.
    recipe:
        The recipe's name, as ``negatrode recipes`` lists them; for a derived property write
        "d1=length-moment" (several separated by commas).
    settings:
        What the files cannot know, with units: ``{"wavelength": "0.15418 nm"}``.

    Raises
    ------
    ReadError, MissingInput, Refusal, InputError, UnitError
        See ``negatrode.core.errors``; each says what was found, where, which rule, and what to do.
    """
    row = lookup(prop)
    paths = [files] if isinstance(files, str | Path) else list(files)
    if not paths:
        raise InputError("no file given", rule="a property is measured from instrument files")
    names = parse(row.expression).names if row.expression else (prop,)
    recipes = _recipes(recipe, names, derived=bool(row.expression))
    able = {name: _with_recipe(techniques_of(name), recipes[name], name) for name in names}
    _by_technique(settings or {}, list(dict.fromkeys(t for found in able.values() for t in found)))
    recordings = [read(path) for path in paths]
    wanted = {name: _first_suited(found, recordings) for name, found in able.items()}
    given = _by_technique(settings or {}, list(dict.fromkeys(wanted.values())))
    parts = _measure_each(wanted, recordings, recipes, given)
    if not row.expression:
        return parts[prop]
    found = derive(row, parts)
    if found is None:
        raise Refusal(
            f"{prop} = {row.expression} cannot be computed", rule="an operand is below its limit or zero"
        )
    return found


def _measure_each(
    wanted: Mapping[str, Technique],
    recordings: Sequence[Recording],
    recipes: Mapping[str, str | None],
    given: Mapping[str, Mapping[str, object]],
) -> dict[str, Estimate]:
    parts: dict[str, Estimate] = {}
    used: set[str] = set()
    for technique in dict.fromkeys(wanted.values()):
        mine = suited(technique, recordings)
        used |= {r.source.path for r in mine}
        settings = Settings(technique.section, technique.keys, given[technique.section])
        evaluation = technique.evaluate(mine, settings)
        for name in (n for n, t in wanted.items() if t is technique):
            parts[name] = estimate(
                technique, evaluation, name, recordings=mine, settings=settings, recipe=recipes[name]
            )
    idle = [r.source.path for r in recordings if r.source.path not in used]
    if idle:
        raise InputError(
            f"{', '.join(idle)} holds nothing that {', '.join(wanted)} is measured from",
            remedy="Leave it out, or check with 'negatrode inspect'",
        )
    return parts


def suited(technique: Technique, recordings: Sequence[Recording]) -> list[Recording]:
    """The recordings that a technique takes: those of its own kinds, else plain tables.

    Raises Refusal, naming what the files are, where there is none.
    """
    mine = [r for r in recordings if _takes(technique, r.kind)]
    if not mine and "table" in technique.kinds:
        mine = [r for r in recordings if r.kind == "table"]
    if not mine:
        found = ", ".join(f"{r.source.path} is {r.kind} ({r.format})" for r in recordings)
        raise Refusal(
            found,
            rule=f"{technique.title} is measured from {' or '.join(_kinds(technique))}",
            remedy="Give a file of that kind",
        )
    return mine


def _with_recipe(able: Sequence[Technique], recipe: str | None, prop: str) -> list[Technique]:
    """Those techniques that have the recipe asked for; InputError with near matches where none has."""
    found = [t for t in able if recipe is None or any(r.name == recipe for r in t.recipes_of(prop))]
    if not found:
        choose_recipe([r for t in able for r in t.recipes_of(prop)], recipe, prop)
    return found


def _first_suited(able: Sequence[Technique], recordings: Sequence[Recording]) -> Technique:
    """The first technique that can use the recordings; the first of all where none can, to say why not."""
    for technique in able:
        if any(_takes(technique, r.kind) or r.kind in technique.kinds for r in recordings):
            return technique
    return able[0]


def _kinds(technique: Technique) -> list[str]:
    return list(dict.fromkeys((*technique.kinds, *(("table",) if technique.also_tables else ()))))


def _takes(technique: Technique, kind: str) -> bool:
    return technique.also_tables if kind == "table" else kind in technique.kinds


def _recipes(recipe: str | None, names: Sequence[str], *, derived: bool) -> dict[str, str | None]:
    chosen: dict[str, str | None] = dict.fromkeys(names)
    if recipe is None:
        return chosen
    if not derived:
        return {names[0]: recipe}
    for part in recipe.split(","):
        name, sign, value = (x.strip() for x in part.partition("="))
        if not sign or name not in chosen:
            raise InputError(
                f"'{part.strip()}' names no recipe of {', '.join(names)}",
                rule="a derived property takes the recipes of its parts",
                remedy=f"Write it as {names[-1]}=RECIPE",
            )
        chosen[name] = value
    return chosen


def _by_technique(given: Mapping[str, object], involved: Sequence[Technique]) -> dict[str, dict[str, object]]:
    """Each setting to the techniques that know its key ("wavelength" or "xrd.wavelength")."""
    split: dict[str, dict[str, object]] = {t.section: {} for t in involved}
    for full, value in given.items():
        section, dot, key = full.rpartition(".")
        takers = [
            t for t in involved if key in {k.name for k in t.keys} and (not dot or t.section == section)
        ]
        if not takers:
            known = sorted({k.name for t in involved for k in t.keys})
            hint = near_matches(key, known) or f"Known: {', '.join(known)}."
            raise InputError(f"unknown setting '{full}'", where="--set", remedy=hint)
        for t in takers:
            split[t.section][key] = value
    return split
