"""What SAMPLE.toml says of the electrode and the battery to be made: read and checked, nothing built yet.

::

    [electrode]
    coating_rate = "55 g/m2"          # a property, judged by the claims
    density = "0.95 g/cm3"            # of the coated layer; or porosity = 0.38
    binder = 0.05                     # shares of the layer's mass
    additive = 0.02

    [battery]
    counter_electrode = "NMC811"      # or "lithium", or bpx = "cell.json"
    electrolyte = "EC/EMC"
    np_ratio = 1.1                    # or counter_coating_rate = "110 g/m2"
    cycles = 100

    [declared]
    particle_composition = { Si = "52 wt%", Ti = "46 wt%" }   # alloys
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from negatrode.core.catalogue import near_matches
from negatrode.core.errors import InputError
from negatrode.core.sample import Fact
from negatrode.core.units import parse_quantity

# Keys of design by section, with the unit of those that are quantities ("1": a plain number; "": a word).
KEYS: dict[str, dict[str, str]] = {
    "electrode": {
        "density": "g/cm3", "porosity": "1", "binder": "1", "additive": "1", "binder_density": "g/cm3",
        "additive_density": "g/cm3", "calibration": "",
    },
    "battery": {
        "counter_electrode": "", "electrolyte": "", "bpx": "", "np_ratio": "1",
        "counter_coating_rate": "g/m2",
        "separator_thickness": "um", "separator_porosity": "1", "upper_voltage": "V", "lower_voltage": "V",
        "temperature": "degC", "rates": "1", "pulse_rate": "1", "charge_rate": "1", "cycles": "1",
        "cycle_rate": "1", "draws": "1",
    },
    "process": {"carbonization_temperature": "degC"},
    "declared": {
        "particle_composition": "wt%", "domain_size": "nm", "shell_permeability": "um2/s", "structure": "",
    },
}  # fmt: skip
_SHARES = ("porosity", "binder", "additive", "separator_porosity")


@dataclass(frozen=True)
class DesignSpec:
    """Values by key, in the units of :data:`KEYS`; ``where`` the SAMPLE.toml; ``folder`` for its paths.

    ``composition`` is in wt% by element. ``present``: sections with a key of design.
    """

    where: str
    folder: Path
    numbers: Mapping[str, float] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    rates: tuple[float, ...] = ()
    composition: Mapping[str, float] = field(default_factory=dict)
    present: frozenset[str] = frozenset()

    def number(self, key: str, default: float) -> float:
        """A number, or its default."""
        return self.numbers.get(key, default)


def split_design(
    sections: Mapping[str, Mapping[str, object]], place: Path
) -> tuple[dict[str, Mapping[str, object]], DesignSpec]:
    """The declaring sections without the keys of design, and these.

    A section that holds nothing else needs no ``declared_by``. Raises InputError for a value that is no
    quantity, a share that is none, and a battery without its counter-electrode.
    """
    left: dict[str, Mapping[str, object]] = {}
    numbers: dict[str, float] = {}
    words: dict[str, str] = {}
    rates: tuple[float, ...] = ()
    composition: dict[str, float] = {}
    present = set()
    for section, body in sections.items():
        known = KEYS.get(section, {})
        rest = {key: value for key, value in body.items() if key not in known}
        for key in body.keys() & known.keys():
            where, value = f"{place} {section}.{key}", body[key]
            present.add(section)
            if key == "particle_composition":
                composition = _composition(value, where)
            elif key == "rates":
                rates = _rates(value, where)
            elif known[key] == "":
                words[key] = _word(value, where)
            else:
                numbers[key] = _number(value, known[key], where, key)
        _near(rest, known, section, place)
        if rest.keys() - {"declared_by"} or section not in present:
            left[section] = rest
    spec = DesignSpec(str(place), place.parent, numbers, words, rates, composition, frozenset(present))
    _check(spec)
    return left, spec


def design_facts(spec: DesignSpec, facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """Facts that a described electrode and battery show: the declared ones stand where both are there."""
    found: dict[str, Fact] = {}

    def show(name: str, evidence: str) -> None:
        if name not in facts:
            found[name] = Fact(name, True, "design in SAMPLE.toml", spec.where, evidence)

    counter = spec.words.get("counter_electrode") or spec.words.get("bpx", "")
    if "electrode" in spec.present:
        show("active_layer_of_this_material", "[electrode] describes a layer of this powder")
    if counter and counter.lower() != "lithium":
        show("negative_electrode_of_claim_10", f"[battery] pairs this electrode with {counter}")
        show("negative_electrode_for_lithium", "[battery] has the electrode of these particles")
        show("positive_electrode_for_lithium", f"[battery] counter-electrode {counter}")
        salt = spec.words.get("electrolyte") or spec.words.get("bpx", "the default electrolyte, LiPF6")
        show("lithium_salt_electrolyte", f"[battery] electrolyte: {salt}")
    return {**facts, **found}


def _check(spec: DesignSpec) -> None:
    counter = spec.words.get("counter_electrode")
    if "battery" in spec.present and counter is None and "bpx" not in spec.words:
        raise InputError(
            "a battery without a counter-electrode",
            where=f"{spec.where} battery.counter_electrode",
            rule="a battery has two electrodes",
            remedy='add counter_electrode = "NMC811" (or "LCO", "LFP", "lithium"), or bpx = "cell.json"',
        )
    if counter is not None and "bpx" in spec.words:
        raise InputError(
            "both a counter-electrode by name and one by a BPX file",
            where=f"{spec.where} battery",
            remedy="keep one of them",
        )
    if spec.numbers.get("lower_voltage", 0.0) >= spec.numbers.get("upper_voltage", 99.0):
        raise InputError(
            "a lower voltage that is not below the upper one", where=f"{spec.where} battery.lower_voltage"
        )


def _number(value: object, unit: str, where: str, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InputError(f"{value!r}", where=where, rule=f"it must be a quantity such as '1 {unit}'")
    number = float(value) if unit == "1" and not isinstance(value, str) else _parse(value, unit, where)
    if key in _SHARES and not 0 <= number < 1:
        raise InputError(
            f"{number:g}", where=where, rule="a share lies from 0 to 1", remedy="write 0.4 for 40 %"
        )
    if (
        key not in ("temperature", "carbonization_temperature", "binder", "additive", "cycles")
        and not number > 0
    ):
        raise InputError(f"{number:g}", where=where, rule="it is above zero")
    if key in ("cycles", "draws") and (number != int(number) or not 0 <= number <= 5000):
        raise InputError(f"{number:g}", where=where, rule="a whole number from 0 to 5000")
    return number


def _parse(value: object, unit: str, where: str) -> float:
    if not isinstance(value, str):
        raise InputError(
            f"{value!r} without a unit", where=where, rule=f"quantities carry theirs: '{value} {unit}'"
        )
    return parse_quantity(value, unit, where=where)


def _word(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{value!r}", where=where, rule="a name")
    return value.strip()


def _rates(value: object, where: str) -> tuple[float, ...]:
    if not isinstance(value, list) or not value:
        raise InputError(f"{value!r}", where=where, rule="a list of C-rates such as [0.2, 1, 5]")
    found = tuple(float(v) for v in value if isinstance(v, int | float) and not isinstance(v, bool))
    if len(found) != len(value) or not all(0 < r <= 100 for r in found) or len(found) > 12:
        raise InputError(f"{value!r}", where=where, rule="up to twelve C-rates above 0 and up to 100")
    return found


def _composition(value: object, where: str) -> dict[str, float]:
    if not isinstance(value, dict) or not value:
        raise InputError(f"{value!r}", where=where, rule='a table such as { Si = "52 wt%", Ti = "46 wt%" }')
    found = {str(k): _number(v, "wt%", f"{where}.{k}", "element") for k, v in value.items()}
    total = sum(found.values())
    if total > 100.5:
        raise InputError(
            f"{total:g} wt% in all", where=where, rule="a composition adds up to 100 wt% at most"
        )
    return found


def _near(rest: Mapping[str, object], known: Mapping[str, str], section: str, place: Path) -> None:
    """A slip in a key of design is told as one, before the facts are searched for it."""
    from negatrode.core.catalogue import catalogue

    for key in rest:
        if key in catalogue() or key == "declared_by" or key.endswith("_uncertainty"):
            continue
        hint = near_matches(key, list(known))
        if hint and section == "battery" and "electrode" in key and not key.startswith(("neg", "pos")):
            raise InputError("no key of a battery", where=f"{place} {section}.{key}", remedy=hint)
