"""ROUTE.toml: how a powder is made, read and checked (docs/route.md shows every key).

::

    [route]
    name = "SAN beads, 1100 degC"
    material = "hard-carbon"

    [suspension]
    monomers = { styrene = 0.60, acrylonitrile = 0.35, divinylbenzene = 0.05 }
    sizing = "limited-coalescence"
    ...

    [oxidation]
    gas = "air"
    steps = [{ to = "280 degC", rate = "2 K/min" }, { hold = "4 h" }]

    [carbonization]
    gas = "N2"
    steps = [{ to = "1100 degC", rate = "5 K/min" }, { hold = "1 h" }]
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from negatrode.core.catalogue import catalogue, near_matches
from negatrode.core.errors import InputError
from negatrode.flow.furnace import read_programme
from negatrode.flow.section import Section
from negatrode.process.programme import Programme
from negatrode.process.reference import KNOWN, Reference
from negatrode.process.route import (
    BEDS,
    COMPOUNDS,
    MIXERS,
    SIZINGS,
    Coating,
    HardCarbonRoute,
    Oxidation,
    Silica,
    Stirrer,
    Suspension,
)

# Sections that describe the electrode and the battery go on to the sample as they are.
PASSED = ("electrode", "battery")
_HARD_CARBON = ("suspension", "oxidation", "carbonization", "coating", "reference")
_RPM = re.compile(r"^\s*([-+0-9.,eE]+)\s*(rpm|r/min|rev/min|RPM)\s*$")


@dataclass(frozen=True, eq=False)
class RouteFile:
    """A ROUTE.toml as read; ``route`` is what it describes, ``passed`` the sections that go on unread."""

    path: Path
    text: str
    name: str
    material: str
    notes: str
    seed: int
    draws: int
    sections: Mapping[str, Mapping[str, Any]]

    @property
    def passed(self) -> dict[str, Mapping[str, Any]]:
        """Electrode and battery, for the sample."""
        return {k: v for k, v in self.sections.items() if k in PASSED}


def read_route(path: str | Path) -> RouteFile:
    """Read the head of a ROUTE.toml (or of the one in a folder) and check its sections' names."""
    place = Path(path)
    if place.is_dir():
        place = place / "ROUTE.toml"
    text, document = _document(place)
    head = Section(document.get("route", {}), f"{place} route")
    name = head.word("name")
    material = head.word("material", ("hard-carbon", "alloy"), "hard-carbon")
    notes = head.body.get("notes", "") if head.has("notes") else ""
    if not isinstance(notes, str):
        raise InputError(f"{notes!r}", where=head.place("notes"), rule="a line of text")
    seed, draws = head.quantity("seed", "1", 0.0), head.quantity("draws", "1", 500.0)
    head.end()
    if seed != int(seed) or draws != int(draws) or not 20 <= draws <= 20000:
        raise InputError(
            f"seed {seed:g}, draws {draws:g}", where=head.where, rule="whole numbers, 20 to 20000 draws"
        )
    allowed = ("route", *PASSED, *(_HARD_CARBON if material == "hard-carbon" else ("alloy",)))
    for key, body in document.items():
        if key not in allowed:
            hint = near_matches(key, list(allowed)) or f"Known: {', '.join(allowed)}"
            raise InputError(f"no section [{key}] of a {material} route", where=str(place), remedy=hint)
        if not isinstance(body, dict):
            raise InputError(f"'{key}' is no section", where=str(place), rule=f"it must be [{key}]")
    return RouteFile(place, text, name, material, notes, int(seed), int(draws), document)


def _document(place: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = place.read_bytes().decode("utf-8-sig")
        return text, tomllib.loads(text)
    except FileNotFoundError:
        remedy = "See docs/route.md for how to write one"
        raise InputError("no such file", where=str(place), remedy=remedy) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read ({error})", where=str(place), rule="UTF-8 text") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"no TOML: {error}", where=str(place), remedy="Correct the line named") from None


def hard_carbon_route(file: RouteFile) -> HardCarbonRoute:
    """The route of a spherical hard carbon; InputError with the place for what cannot be meant."""
    for key in ("suspension", "carbonization"):
        if key not in file.sections:
            raise InputError(
                f"no section [{key}]",
                where=str(file.path),
                rule="a hard carbon is polymerised and carbonised",
            )

    parts = {
        key: Section(file.sections[key], f"{file.path} {key}") for key in _HARD_CARBON if key in file.sections
    }
    fire = parts["carbonization"]
    programme = read_programme(fire, "N2")
    furnace_sd = fire.ranged("temperature_uncertainty", "K", 0.0, 100.0) if _is_difference(fire) else None
    fire.end()
    found = HardCarbonRoute(
        name=file.name,
        suspension=_suspension(parts["suspension"]),
        carbonisation=programme,
        oxidation=_oxidation(parts["oxidation"]) if "oxidation" in parts else None,
        coating=_coating(parts["coating"]) if "coating" in parts else None,
        furnace_sd=furnace_sd,
        reference=_reference(parts["reference"]) if "reference" in parts else None,
        where=str(file.path),
    )
    taken = tuple(f"{key}.{words}" for key, part in parts.items() for words in part.taken)
    taken = tuple(words for words in taken if not words.startswith("suspension.gas"))  # it does nothing there
    return replace(found, taken=taken)


def _is_difference(fire: Section) -> bool:
    """A temperature uncertainty is a difference: "5 K" (as "5 degC" it would be a point on the scale)."""
    if not fire.has("temperature_uncertainty"):
        return False
    text = fire.body["temperature_uncertainty"]
    if isinstance(text, str) and text.strip().endswith("degC"):
        raise InputError(
            f"'{text}'",
            where=fire.place("temperature_uncertainty"),
            rule="a difference is in K",
            remedy='write "5 K"',
        )
    return True


def _suspension(s: Section) -> Suspension:
    monomers = _shares(s)
    sizing = s.word("sizing", SIZINGS)
    stirrer = silica = None
    if sizing != "given":
        stirrer = Stirrer(
            _speed(s),
            s.ranged("impeller", "m", 0.0, 20.0),
            s.word("mixer", MIXERS, "turbine"),
            s.ranged_or_none("tank_volume", "m3", 0.0, 1e3),
        )
    if s.has("silica"):
        silica = Silica(
            s.ranged("silica", "kg/m3", 0.0, 500.0),
            s.ranged("silica_diameter", "m", 1e-9, 1e-5, 15e-9),
            s.share("silica_washed", 0.0),
        )
    elif sizing == "limited-coalescence":
        raise InputError(
            "no silica", where=s.where, rule="in limited coalescence particles on the drops set their size",
            remedy='write silica = "20 kg/m3" (of monomer) and silica_diameter = "15 nm"',
        )  # fmt: skip
    found = Suspension(
        monomers=monomers,
        sizing=sizing,
        programme=_polymerisation(s),
        initiator=s.word("initiator", default="AIBN"),
        initiator_share=s.share("initiator_share", 0.01),
        stirrer=stirrer,
        fraction=s.share("monomer_fraction", 0.2),
        tension=s.ranged("interfacial_tension", "N/m", 0.0, 0.2, 5e-3),
        silica=silica,
        bead_size=s.ranged("bead_size", "m", 1e-8, 1e-2) if sizing == "given" else None,
        bead_gsd=s.ranged("bead_gsd", "1", 1.0, 5.0, 1.35) if sizing == "given" else None,
    )
    s.end()
    return found


def _shares(s: Section) -> dict[str, float]:
    example = "monomers = { styrene = 0.65, acrylonitrile = 0.30, divinylbenzene = 0.05 }"
    shares = {}
    for name, value in s.table("monomers", example).items():
        shares[name] = Section({name: value}, s.place("monomers")).share(name)
    total = sum(shares.values())
    if abs(total - 1.0) > 1e-6:
        raise InputError(
            f"{total:g} in all",
            where=s.place("monomers"),
            rule="the mass shares of the monomers sum to one",
            remedy=f"write {example}",
        )
    return shares


def _speed(s: Section) -> float:
    """1/s; revolutions a minute are no angle here (as an angle "600 rpm" would be 62.8 1/s)."""
    text = s.body.get("stirrer_speed")
    found = _RPM.match(text) if isinstance(text, str) else None
    if found:
        s.known.add("stirrer_speed")
        s = Section({"stirrer_speed": f"{found[1]} 1/min"}, s.where)
    return s.ranged("stirrer_speed", "1/s", 0.0, 5000.0)


def _polymerisation(s: Section) -> Programme:
    """Its programme; 8 h at 70 degC where none is given, which a note says."""
    if s.has("steps") or s.has("points"):
        return read_programme(s, "N2")
    s.taken.append("steps = 8 h at 70 degC")
    rows = {"gas": "N2", "steps": [{"to": "70 degC", "rate": "1 K/min"}, {"hold": "8 h"}]}
    return read_programme(Section(rows, s.where))


def _oxidation(s: Section) -> Oxidation:
    found = Oxidation(
        read_programme(s, "air"), s.word("bed", BEDS, "static"), s.ranged("bed_depth", "m", 1e-5, 10.0, 2e-3)
    )
    s.end()
    return found


def _reference(s: Section) -> Reference:
    """A powder of the same beads that was fired at another temperature, and measured."""
    celsius = s.ranged("carbonization_temperature", "degC", 600.0, 1800.0)
    values = {}
    for name in KNOWN:
        if s.has(name):
            unit = catalogue()[name].unit
            values[name] = (s.positive(name, unit), s.quantity(f"{name}_uncertainty", unit))
    s.end()
    if not values:
        raise InputError(
            "nothing measured", where=s.where, rule=f"a reference has one of {', '.join(KNOWN)}",
            remedy='write d002 = "0.381 nm" and d002_uncertainty = "0.002 nm"',
        )  # fmt: skip
    return Reference(celsius, values, s.where)


def _coating(s: Section) -> Coating:
    compound = s.word("compound", tuple(COMPOUNDS), "SiO2")
    share = s.quantity("amount", "wt%")
    if not 0.0 <= share <= 50.0:
        raise InputError(
            f"{share:g} wt%", where=s.place("amount"), rule="from 0 to 50 wt% of the coated powder"
        )
    found = Coating(
        compound,
        share,
        s.ranged("density", "g/cm3", 0.1, 10.0, COMPOUNDS[compound]),
        s.word("basis", ("offered", "deposited"), "offered") == "deposited",
    )
    s.end()
    return found
