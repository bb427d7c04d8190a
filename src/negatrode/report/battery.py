"""The battery of a sample: SAMPLE.toml's design and the measured powder into an assembly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.battery.alloy import LEVERS as ALLOY_LEVERS
from negatrode.battery.alloy import AlloySource
from negatrode.battery.assembly import Battery, Source, assemble
from negatrode.battery.build import Counter, Design
from negatrode.battery.calibrate import Calibration
from negatrode.battery.carbon import LEVERS as CARBON_LEVERS
from negatrode.battery.carbon import CarbonSource
from negatrode.battery.coating import Coating
from negatrode.battery.trials import RATES, Plan
from negatrode.cell.electrode import Electrode
from negatrode.core.draws import joint_draws
from negatrode.core.errors import InputError
from negatrode.core.sample import Sample
from negatrode.flow.design import DesignSpec
from negatrode.flow.sample import Measured
from negatrode.material.alloy.elements import RARE_EARTHS
from negatrode.material.alloy.material import Alloy
from negatrode.material.electrolyte import Electrolyte
from negatrode.material.hard_carbon.material import HardCarbon
from negatrode.material.library import counter_electrode, electrolyte, lithium_metal
from negatrode.material.predicted import Known
from negatrode.material.prior import Draws
from negatrode.report.calibration import calibration_of

Array = NDArray[np.float64]
Say = Callable[[str], None]
DRAWS = 200
_HOSTS = ("Si", "Sn", "Al", "Ga", "In", "Pb", "Sb", "Bi")


@dataclass(frozen=True, eq=False)
class Report:
    """A battery with the calibration of its material; ``why_not`` where a half cell could not be used."""

    battery: Battery
    calibration: Calibration | None = None
    why_not: str = ""


def _silent(_: str) -> None:
    pass


def battery_of(measured: Measured, *, draws: int | None = None, say: Say = _silent) -> Report | None:
    """What the battery made of a sample does; None where SAMPLE.toml designs neither electrode nor battery.

    Raises InputError for a design that cannot be, with its place.
    """
    spec = measured.design
    if not spec.present & {"electrode", "battery"}:
        return None
    n = int(draws or spec.number("draws", DRAWS))
    source = source_of(measured.sample, spec, n, measured.folder.seed)
    design = design_of(measured.sample, spec)
    plan = plan_of(spec)
    calibration, why_not = calibration_of(measured, source, design)
    if calibration is not None:
        say(f"Material calibrated with its half cell, {calibration.rounds} rounds")
        source = calibration.source
    say(f"Battery: {n} joint draws")

    def told(done: int, whole: int) -> None:
        say(f"  {done} of {whole} draws simulated")

    levers = CARBON_LEVERS if isinstance(source, CarbonSource) else ALLOY_LEVERS
    found = assemble(source, design, plan, levers, progress=told)
    return Report(found, calibration, why_not)


def source_of(sample: Sample, spec: DesignSpec, n: int, seed: int) -> Source:
    """The sample's material as draws; its kind is that of SAMPLE.toml, sample.material."""
    known = Known(_measured(sample, spec, n, seed), Draws(n, seed))
    if sample.material == "alloy":
        a, b = _phases(sample, spec)
        size, permeability = spec.numbers.get("domain_size"), spec.numbers.get("shell_permeability")
        return AlloySource(
            Alloy(
                known,
                a,
                b,
                spec.composition,
                size and size * 1e-9,
                permeability and permeability * 1e-12,
                _is_dispersed(spec),
                f"{a}-{b} alloy",
            )
        )
    if sample.material in ("hard-carbon", ""):
        return CarbonSource(HardCarbon(known))
    raise InputError(
        f"a battery of {sample.material!r}",
        where=f"{spec.where} sample.material",
        rule='links are known for "hard-carbon" and "alloy"',
    )


def _is_dispersed(spec: DesignSpec) -> bool:
    word = spec.words.get("structure", "domains")
    if word not in ("domains", "dispersed"):
        raise InputError(
            f"{word!r}",
            where=f"{spec.where} declared.structure",
            rule='"domains" (electrolyte reaches the layer of B about every domain) or "dispersed"',
        )
    return word == "dispersed"


def _measured(sample: Sample, spec: DesignSpec, n: int, seed: int) -> dict[str, Array]:
    """Joint draws of the sample's properties, the first of each the estimate itself."""
    outcomes = {name: e.outcome for name, e in sample.estimates.items()}
    found = joint_draws(outcomes, n=n, seed=seed) if outcomes else {}
    for name, values in found.items():
        e = outcomes[name]
        values[0] = e.value if e.value is not None else (e.below_limit or 0.0) / 2
    if "carbonization_temperature" in spec.numbers:
        found["carbonization_temperature"] = np.full(n, spec.numbers["carbonization_temperature"])
    return found


def _phases(sample: Sample, spec: DesignSpec) -> tuple[str, str]:
    """Host A and metal B: from the facts of the phases, else from the composition."""

    def one(fact: str, known: tuple[str, ...]) -> str:
        value = sample.facts[fact].value if fact in sample.facts else ()
        elements = value if isinstance(value, tuple) else (str(value),)
        chosen = [e for e in (*elements, *spec.composition) if e in known]
        if not chosen:
            raise InputError(
                f"no element of {fact.replace('_', ' ')}",
                where=f"{spec.where} declared.{fact}",
                rule=f"one of {', '.join(known)}",
                remedy=f'add {fact} = ["{known[0]}"], or particle_composition, under [declared]',
            )
        return chosen[0]

    return one("phase_a_elements", _HOSTS), one("phase_b_elements", ("Ti", "Zr", *RARE_EARTHS))


def design_of(sample: Sample, spec: DesignSpec) -> Design:
    """The design, with what SAMPLE.toml leaves open at its usual value."""
    rate = sample.estimates.get("coating_rate")
    if rate is None or rate.outcome.value is None:
        raise InputError(
            "an electrode without a coating rate",
            where=f"{spec.where} electrode.coating_rate",
            rule="the mass per area decides thickness, capacity and rate",
            remedy='add coating_rate = "55 g/m2" under [electrode]',
        )
    numbers = spec.numbers
    coating = Coating(
        rate.outcome.value,
        numbers.get("density"),
        numbers.get("porosity"),
        spec.number("binder", 0.05),
        spec.number("additive", 0.02),
        spec.number("binder_density", 1.77),
        spec.number("additive_density", 1.9),
        where=f"{spec.where} electrode",
    )
    counter, salt = _counterpart(spec)
    limits = None
    if counter is not None and ("upper_voltage" in numbers or "lower_voltage" in numbers):
        limits = (
            spec.number("lower_voltage", counter.lower_voltage),
            spec.number("upper_voltage", counter.upper_voltage),
        )
    return Design(
        coating,
        salt,
        lithium_metal(),
        counter,
        spec.number("np_ratio", 1.1),
        numbers.get("counter_coating_rate"),
        spec.number("separator_thickness", 20.0) * 1e-6,
        spec.number("separator_porosity", 0.45),
        limits,
        spec.number("temperature", 25.0) + 273.15,
    )


def _counterpart(spec: DesignSpec) -> tuple[Counter | None, Electrolyte]:
    """Counter-electrode and electrolyte: from the library, or from a BPX file."""
    if "bpx" in spec.words:
        return _from_bpx(spec)
    salt = electrolyte(spec.words.get("electrolyte", "EC/EMC"))
    name = spec.words.get("counter_electrode", "lithium")
    if name.lower() in ("lithium", "li"):
        return None, salt
    row = counter_electrode(name)
    return (
        Counter(
            row.name, row.material, row.radius.value, row.density.value, row.window, row.porosity.value,
            row.active_share.value, row.conductivity.value, row.upper_voltage.value, row.lower_voltage.value,
        ),
        salt,
    )  # fmt: skip


def _from_bpx(spec: DesignSpec) -> tuple[Counter, Electrolyte]:
    from negatrode.cell.windows import balanced
    from negatrode.exchange.bpx import read_bpx

    path = spec.folder / spec.words["bpx"]
    cell = read_bpx(path)
    if not isinstance(cell.positive, Electrode) or len(cell.positive.particles) != 1:
        raise InputError(
            f"{len(cell.positive.particles)} populations in the positive electrode", where=str(path),
            rule="a counter-electrode of one material",
        )  # fmt: skip
    electrode, particle = cell.positive, balanced(cell).positive.particles[0]
    assert particle.window is not None  # balanced: it has just been set
    # BPX has no density: with one g/cm3 the coating rate stands for a volume, and the balance is the same.
    solid = 1 - electrode.porosity
    low, high = cell.voltage_limits
    return (
        Counter(
            f"{particle.material.name} of {path.name}", particle.material, particle.radius, 1.0,
            particle.window, electrode.porosity, min(particle.volume_fraction / solid, 1.0),
            electrode.conductivity, high, low,
        ),
        cell.electrolyte,
    )  # fmt: skip


def plan_of(spec: DesignSpec) -> Plan:
    """The tests that SAMPLE.toml asks for."""
    usual = Plan()
    return Plan(
        rates=tuple(sorted(spec.rates)) or RATES,
        pulse_rate=spec.number("pulse_rate", usual.pulse_rate),
        charge_rate=spec.number("charge_rate", usual.charge_rate),
        cycles=int(spec.number("cycles", usual.cycles)),
        cycle_rate=spec.number("cycle_rate", usual.cycle_rate),
    )
