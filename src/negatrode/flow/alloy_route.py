"""``[alloy]`` of a ROUTE.toml: how an alloy powder is made (docs/route.md shows every key)."""

from __future__ import annotations

from negatrode.core.errors import InputError
from negatrode.flow.furnace import named_gas
from negatrode.flow.route import RouteFile
from negatrode.flow.section import Section
from negatrode.material.alloy.elements import hosts, metals
from negatrode.process.alloying.make import check
from negatrode.process.alloying.route import METHODS, USUAL, AlloyRoute, Anneal, Vessel
from negatrode.process.programme import Gas


def alloy_route(file: RouteFile) -> AlloyRoute:
    """The route of an alloy powder; InputError with the place for what cannot be meant."""
    if "alloy" not in file.sections:
        raise InputError("no section [alloy]", where=str(file.path), rule="an alloy is made of a charge")
    s = Section(file.sections["alloy"], f"{file.path} alloy")
    composition = _contents(s, "composition", '{ Si = "70 wt%", Ti = "30 wt%" }')
    a, b = _pair(composition, s)
    method = s.word("method", METHODS)
    found = AlloyRoute(
        name=file.name,
        a=a,
        b=b,
        composition=composition,
        method=method,
        gas=_gas(s),
        celsius=s.ranged("temperature", "degC", 0.0, 3000.0, USUAL[method]),
        vessel=_vessel(s),
        oxygen=_contents(s, "oxygen_of", "", optional=True),
        nitrogen=_contents(s, "nitrogen_of", "", optional=True),
        oxygen_uptake=s.ranged_or_none("oxygen_uptake", "wt%", 0.0, 40.0),
        nitrogen_uptake=s.ranged_or_none("nitrogen_uptake", "wt%", 0.0, 40.0),
        dv50=s.ranged_or_none("dv50", "um", 0.02, 5000.0),
        dv50_sd=s.ranged("dv50_uncertainty", "um", 0.0, 5000.0, 0.0),
        passivated=s.word("finish", ("air", "inert"), "air") == "air",
        cooling_rate=s.ranged_or_none("cooling_rate", "K/s", 1e-3, 1e10),
        anneal=_anneal(s),
        structure=s.word("structure", ("domains", "dispersed")) if s.has("structure") else "",
        where=str(file.path),
        taken=tuple(s.taken),
    )
    s.end()
    check(found)
    return found


def _contents(s: Section, key: str, example: str, *, optional: bool = False) -> dict[str, float]:
    if optional and not s.has(key):
        return {}
    table = s.table(key, f"{key} = {example}" if example else f'{key} = {{ Ti = "0.3 wt%" }}')
    inner = Section(table, s.place(key))
    found = {element: inner.quantity(element, "wt%") for element in table}
    for element, w in found.items():
        if not 0.0 <= w <= 100.0:
            raise InputError(f"{w:g} wt%", where=inner.place(element), rule="from 0 to 100 wt%")
    return found


def _pair(composition: dict[str, float], s: Section) -> tuple[str, str]:
    active = [e for e in composition if e in hosts()]
    passive = [e for e in composition if e in metals() and e not in active]
    if len(active) != 1 or len(passive) != 1:
        raise InputError(
            f"hosts {', '.join(active) or 'none'}, metals {', '.join(passive) or 'none'}",
            where=s.place("composition"),
            rule=f"one host of lithium ({', '.join(hosts())}), one metal of B ({', '.join(metals())})",
        )
    return active[0], passive[0]


def _gas(s: Section) -> Gas:
    base = named_gas(s.word("gas", default="Ar"), s.place("gas"))
    if not s.has("residual_oxygen"):
        return base
    return Gas(base.name, max(base.oxygen, s.share("residual_oxygen")))


def _vessel(s: Section) -> Vessel | None:
    if not s.has("vessel"):
        return None
    v = Section(s.table("vessel", 'vessel = { volume = "250 mL", charge = "10 g" }'), s.place("vessel"))
    fillings = v.ranged("fillings", "1", 1.0, 1000.0, 1.0)
    if fillings != int(fillings):
        raise InputError(f"{fillings:g} fillings", where=v.place("fillings"), rule="a whole number")
    pressure = v.ranged("pressure", "Pa", 1.0, 1e8, 1e5)
    found = Vessel(
        v.ranged("volume", "m3", 0.0, 1e3), v.ranged("charge", "kg", 0.0, 1e5), pressure, int(fillings)
    )
    v.end()
    return found


def _anneal(s: Section) -> Anneal | None:
    if not s.has("anneal"):
        return None
    t = Section(s.table("anneal", 'anneal = { temperature = "500 degC", time = "2 h" }'), s.place("anneal"))
    found = Anneal(t.ranged("temperature", "degC", -50.0, 3000.0), t.quantity("time", "s"))
    t.end()
    return found
