"""Declared facts and quantities of SAMPLE.toml: taken as declared, shown as declared, with who says so."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from negatrode.core.catalogue import Property, catalogue, near_matches
from negatrode.core.errors import InputError
from negatrode.core.estimate import Component, Estimate, Finding, Outcome
from negatrode.core.provenance import Source
from negatrode.core.sample import Fact
from negatrode.core.units import parse_quantity

UNCERTAINTY = "_uncertainty"


def read_declared(
    sections: Mapping[str, Mapping[str, object]], known_facts: Collection[str], place: Path, source: Source
) -> tuple[dict[str, Estimate], dict[str, Fact]]:
    """The estimates and facts that the declaring sections hold.

    A key that is a property of the catalogue is a quantity (its standard uncertainty under
    ``<name>_uncertainty``); any other key is a fact. Raises InputError for a section without
    ``declared_by``, and for a key that no claim set knows.
    """
    estimates: dict[str, Estimate] = {}
    facts: dict[str, Fact] = {}
    for name, body in sections.items():
        by = body.get("declared_by")
        if not isinstance(by, str) or not by.strip():
            raise InputError(
                f"{name}.declared_by is missing",
                where=str(place),
                rule="a declared fact carries the name of who declares it",
                remedy=f'Write declared_by = "name, document" under [{name}]',
            )
        for key, value in body.items():
            where = f"{place} {name}.{key}"
            if key == "declared_by" or _is_uncertainty(key, body, where):
                continue
            if key in catalogue():
                estimates[key] = _quantity(
                    catalogue()[key], value, body.get(key + UNCERTAINTY), by, where, source
                )
            elif key in known_facts:
                facts[key] = Fact(key, _fact(value, where), by, where)
            else:
                known = [*known_facts, *catalogue()]
                raise InputError(
                    "neither a fact of the claim sets nor a property",
                    where=where,
                    remedy=near_matches(key, known) or f"Facts: {', '.join(known_facts)}",
                )
    return estimates, facts


def _is_uncertainty(key: str, body: Mapping[str, object], where: str) -> bool:
    stem = key.removesuffix(UNCERTAINTY)
    if stem == key or stem not in catalogue():
        return False
    if stem not in body:
        raise InputError(f"an uncertainty without its value '{stem}'", where=where)
    return True


def _fact(value: object, where: str) -> bool | str | tuple[str, ...]:
    if isinstance(value, bool | str):
        return value
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return tuple(value)
    raise InputError(f"{value!r}", where=where, rule="a fact is true, false, a word or a list of words")


def _quantity(
    row: Property, value: object, uncertainty: object, by: str, where: str, source: Source
) -> Estimate:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InputError(f"{value!r}", where=where, rule=f"it must be a quantity such as '1 {row.unit}'")
    number = parse_quantity(str(value), row.unit, where=where)
    findings: tuple[Finding, ...] = ()
    components: tuple[Component, ...] = ()
    if uncertainty is None:
        text = f"declared without an uncertainty: taken as exact; add {row.name}{UNCERTAINTY}"
        findings = (Finding("no-uncertainty", text, warning=True),)
    else:
        u = _spread(row, str(uncertainty), f"{where}{UNCERTAINTY}")
        components = (Component("declared standard uncertainty", u, f"declared:{row.name}"),)
    if not row.is_plausible(number):
        text = f"{number:g} {row.unit} lies outside the plausible range {row.low:g} to {row.high:g}"
        findings = (*findings, Finding("implausible", text, warning=True))
    return Estimate(
        row.name,
        row.unit,
        Outcome(number, components),
        recipe="declared",
        findings=findings,
        sources=(source,),
        declared_by=by,
    )


def _spread(row: Property, text: str, where: str) -> float:
    # a difference of temperatures has no offset: 3 degC is 3 K here
    unit = "K" if row.unit == "degC" else row.unit
    plain = text.replace("degC", "K").replace("°C", "K") if row.unit == "degC" else text
    u = parse_quantity(plain, unit, where=where)
    if u < 0.0:
        raise InputError(f"{text}", where=where, rule="an uncertainty is not negative")
    return u
