"""Alloy particles as an active material, draw by draw: domains of A, each within its layer of B."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError
from negatrode.material.active import ActiveMaterial, Hysteresis
from negatrode.material.alloy.capacity import Capacity, capacity
from negatrode.material.alloy.compounds import partner
from negatrode.material.alloy.contents import Contents, contents_of_shares, predicted_contents
from negatrode.material.alloy.elements import host
from negatrode.material.alloy.lever import Lever, PhaseFraction, lever
from negatrode.material.alloy.partition import Partition, partition
from negatrode.material.alloy.potentials import confidence, drawn_branches
from negatrode.material.effective import bruggeman, maxwell
from negatrode.material.mechanics import cracking_lithiation
from negatrode.material.predicted import Known, Predicted
from negatrode.material.table import FARADAY, Table

Array = NDArray[np.float64]
# Near empty and full the potentials run away to these (V) over this stoichiometry, so that cut-offs are met
# before a surface is empty or full altogether [A].
_END, _EMPTY, _FULL = 0.004, 2.0, -0.1
# Temperature (K) at which phases part where nobody says: that of the energies' confirmation.
PROCESS_TEMPERATURE = 900.0
_POISSON = 0.25  # of A and B [A]
_OXIDES = ("oxygen_in_a", "nitrogen_in_a", "oxygen_in_b", "nitrogen_in_b")


@dataclass(eq=False)
class Alloy:
    """What the links make of an alloy powder; every attribute holds all draws.

    ``known``: draws of the sample's properties; ``a``, ``b``: host and metal; ``composition`` in wt% by
    element, empty where only the fraction of A is measured; ``domain_size`` (m) where declared.
    ``dispersed``: dense particles, which lithium crosses from their outside; else every domain is reached
    through its own layer of B (cracks and pores bring the electrolyte there).
    """

    known: Known
    a: str
    b: str | None
    composition: Mapping[str, float] = field(default_factory=dict)
    domain_size: float | None = None
    permeability: float | None = None
    dispersed: bool = False
    name: str = "alloy"
    _made: dict[int, ActiveMaterial] = field(default_factory=dict)

    @cached_property
    def lever(self) -> Lever:
        """Phases: by a measured fraction of A where there is one, else by the lever rule."""
        measured = self.known.measured
        light = {
            symbol: np.maximum(measured[name], 0.0)
            for symbol, name in (("O", "oxygen"), ("N", "nitrogen"))
            if name in measured
        }
        override = None
        if "area_fraction_a" in measured:
            override = PhaseFraction(np.clip(measured["area_fraction_a"], 1e-3, 0.999), "volume", "maps")
        given = dict(self.composition)
        if not given and override is None:
            raise InputError(
                "neither a composition nor a measured fraction of phase A",
                where="declared.particle_composition",
                rule="the phases follow from one of them",
                remedy='add particle_composition = { Si = "52 wt%", Ti = "46 wt%" } under [declared]',
            )
        if not given and override is not None and self.b is not None:
            given = self._of_fraction(override)
        for symbol in light:
            given.pop(symbol, None)
        left = 100.0 - sum(float(x[0]) for x in light.values())
        metals = sum(given.values())
        # Weighed without the light elements, metals are scaled to leave them room.
        scale = min(1.0, left / metals) if metals > left else 1.0
        return lever({**{k: v * scale for k, v in given.items()}, **light}, self.a, self.b, override)

    def _of_fraction(self, override: PhaseFraction) -> dict[str, float]:
        """Composition (wt%) of A and its partner compound at the central fraction."""
        assert self.b is not None  # a host alone needs its composition: `lever` says so
        compound = partner(self.a, self.b)
        share = float(np.atleast_1d(np.asarray(override.value))[0])
        of_a, of_b = share * host(self.a).density, (1 - share) * compound.density
        host_in_b = of_b * compound.p * host(self.a).molar_mass / compound.molar_mass
        total = of_a + of_b
        self.known.assumed["particle_composition"] = (
            f"not declared: phase B taken as {compound.formula}, the partner of free {self.a}"
        )
        return {self.a: 100 * (of_a + host_in_b) / total, self.b: 100 * (of_b - host_in_b) / total}

    @cached_property
    def partitions(self) -> dict[str, Partition]:
        """Thermodynamic partition of O and N; none without a metal."""
        if self.b is None:
            return {}
        return {
            light: partition(light, self.a, self.b, PROCESS_TEMPERATURE, self.known.draws) for light in "ON"
        }

    @cached_property
    def contents(self) -> Contents:
        """O and N of the phases: as measured, else by thermodynamics and the mixing of the process."""
        m, phases = self.known.measured, self.lever
        if all(name in m for name in _OXIDES):
            f = phases.mass_fraction
            shares = []
            for light in ("oxygen", "nitrogen"):
                in_b = np.maximum(m[f"{light}_in_b"], 0.0) * (1 - f)
                in_a = np.maximum(m[f"{light}_in_a"], 0.0) * f
                shares.append(in_b / np.maximum(in_a + in_b, 1e-12))
            return contents_of_shares(phases, shares[0], shares[1])
        if self.b is None:
            return contents_of_shares(phases, 0.0, 0.0)
        self.known.assumed["oxygen_in_a"] = "not measured: by thermodynamics and the mixing of the process"
        return predicted_contents(
            phases, self.partitions["O"].coefficient, self.partitions["N"].coefficient,
            self.known.value("alloy.ON_mixing"),
        )  # fmt: skip

    @cached_property
    def capacity(self) -> Capacity:
        """Capacity and swelling of the particle."""
        return capacity(self.lever, self.contents, self.known.draws)

    @cached_property
    def fraction(self) -> Array:
        """Volume fraction of A."""
        return np.clip(_all(self.lever.volume_fraction, self.known.draws.n), 1e-3, 0.999)

    @cached_property
    def density(self) -> Array:
        """g cm-3 of the particle."""
        return _all(1 / (self.lever.volume_a + self.lever.volume_b), self.known.draws.n)

    @cached_property
    def coverage(self) -> Array:
        """Share of A's boundary on B."""
        return np.clip(self.known.get("a_surrounded_by_b", "particle.surrounded"), 0.0, 1.0)

    @cached_property
    def domain(self) -> Array:
        """Diameter of A's domains, m."""
        if self.domain_size is not None:
            return np.full(self.known.draws.n, self.domain_size)
        return self.known.get("domain_size", "particle.domain_size")

    @cached_property
    def shell_permeability(self) -> Array:
        """``D_B K``, m2 s-1: declared, or the whole range of what is not known."""
        if self.permeability is not None:
            return np.full(self.known.draws.n, self.permeability)
        return self.known.value("alloy.permeability")

    @cached_property
    def critical_size(self) -> Array:
        """Diameter below which domains do not crack, m."""
        key = {"Si": "alloy.h_cr_Si", "Sn": "alloy.h_cr_Sn"}.get(self.a, "alloy.h_cr_other")
        return self.known.value(key)

    @cached_property
    def fragility(self) -> Array:
        """``y^2 / (1 + y^2)`` of the domain size over the critical size."""
        y2 = (self.domain / self.critical_size) ** 2
        value: Array = y2 / (1 + y2)
        return value

    @cached_property
    def shell_cracks(self) -> Array:
        """Lithiation of A at which a brittle elastic layer of B cracks (share of full; Lame)."""
        share = self.coverage * self.fraction
        f = share / (share + 1 - self.fraction)
        return np.minimum(
            cracking_lithiation(
                self.known.value("alloy.shell_strength"), host(self.a).expansion, f,
                (self.known.value("alloy.youngs_core"), _POISSON),
                (self.known.value("particle.youngs_shell"), _POISSON),
            ),
            1.0,
        )  # fmt: skip

    @cached_property
    def area(self) -> Array:
        """External area, m2 per g."""
        median = self.known.get("dv50", "particle.dv50")
        smooth = 6 / (self.density * median)
        if self.known.has("specific_surface_area"):
            return np.maximum(self.known.measured["specific_surface_area"], smooth)
        return smooth * self.known.value("particle.roughness")

    @cached_property
    def irreversible(self) -> Array:
        """mAh per g: what O, N, F, S and P bind, and the film on the area that the first swelling opens."""
        opened = self.known.value("ageing.kappa_fresh") * self.capacity.swelling * self.fragility
        film = self.known.value("ageing.fresh_area") * self.area * (1 + opened)
        return self.capacity.irreversible + film

    @cached_property
    def maximum_concentration(self) -> Array:
        """mol m-3 of A at its end phase, of the share that takes part (what B dissolves is part of it)."""
        held = self.capacity.reversible * self.density * 1e6 * 3.6 / FARADAY
        return np.asarray(
            held / (self.fraction + self.known.value("particle.partition") * (1 - self.fraction))
        )

    def material(self, draw: int) -> ActiveMaterial:
        """The host A of one draw."""
        if draw not in self._made:
            lithiation, delithiation = (_closed(t) for t in drawn_branches(self.a, self.known.draws, draw))
            mean = Table(
                0.0, 1.0, (lithiation.values + delithiation.values) / 2,
                (lithiation.slopes + delithiation.slopes) / 2, name=f"{self.name}, potential",
            )  # fmt: skip
            self._made[draw] = ActiveMaterial(
                self.name, float(self.maximum_concentration[draw]), mean,
                Table.constant(float(self.known.value("alloy.D_s")[draw])),
                Table.constant(2 * float(self.known.value("alloy.j0")[draw])),
                hysteresis=Hysteresis(
                    "one-state", lithiation, delithiation,
                    decay=float(self.known.value("hc.hysteresis_decay")[draw]), initial=-1.0,
                ),
                expansion=float(host(self.a).expansion),
            )  # fmt: skip
        return self._made[draw]

    @cached_property
    def apparent_diffusivity(self) -> Array:
        """m2 s-1 of a dense particle of many domains, ``k_eff / (f + K (1 - f))``.

        The covered share of A's boundary as inclusions in B (Maxwell), the bare share as phases that both
        percolate (Bruggeman).
        """
        f, inside, through = self.fraction, self.known.value("alloy.D_s"), self.shell_permeability
        both = bruggeman(np.stack([inside, through], axis=-1), np.stack([f, 1 - f], axis=-1))
        whole = self.coverage * maxwell(inside, through, f) + (1 - self.coverage) * both
        return np.asarray(whole / (f + self.known.value("particle.partition") * (1 - f)))

    @property
    def predictions(self) -> tuple[Predicted, ...]:
        """All that the links say of the powder, for the report."""
        c, k, n = self.contents, self.capacity, self.known.draws.n
        rows: list[tuple[str, str, str, Array, str, str, tuple[str, ...]]] = [
            ("reversible_capacity", "reversible capacity", "mAh/g", k.reversible, "usable",
             f"free {self.a} that lithium reaches", ("alloy.accessible",)),
            ("irreversible_capacity", "lithium bound by O, N, F, S, P", "mAh/g", k.irreversible, "usable",
             "stoichiometry of what is reduced", ("lost.O_Li2O", "lost.chi_O_A", "lost.chi_O_B", "lost.N")),
            ("irreversible_with_film", "irreversible capacity of the first cycle", "mAh/g", self.irreversible,
             "weak", "light elements, and film on external and freshly opened area",
             ("ageing.fresh_area", "ageing.kappa_fresh")),
            ("swelling", "swelling of the particle", "1", k.swelling, "usable",
             "8.9 cm3 per mol of lithium, less voids", ("alloy.swelling_per_lithium",)),
            ("phase_a", "volume fraction of phase A", "1", self.fraction, self.lever.confidence,
             "measured" if self.known.has("area_fraction_a") else "lever rule", ()),
            ("coverage", "share of A's boundary on B", "1", self.coverage, "usable", "a_surrounded_by_b", ()),
            ("oxygen_nitrogen_a", "O + N in phase A", "wt%", c.oxygen_in_a + c.nitrogen_in_a, "usable",
             "mass balance", ()),
            ("oxygen_nitrogen_b", "O + N in phase B", "wt%", c.oxygen_in_b + c.nitrogen_in_b, "usable",
             "mass balance", ()),
            ("permeability", "permeability of phase B", "m2/s", self.shell_permeability,
             "usable" if self.permeability is not None else "weak",
             "declared" if self.permeability is not None else "not known: the whole range",
             () if self.permeability is not None else ("alloy.permeability",)),
            ("diffusivity", f"diffusivity of lithium in {self.a}", "m2/s", self.known.value("alloy.D_s"),
             "weak", "taken", ("alloy.D_s",)),
            ("fracture_index", "domain size over critical size", "1", self.domain / self.critical_size,
             "usable" if self.a == "Si" else "weak", "Griffith with plastic cap",
             (("alloy.h_cr_Si",) if self.a == "Si" else ("alloy.h_cr_other",))),
            ("shell_cracks", "lithiation at which a brittle B cracks", "1", self.shell_cracks, "usable",
             "Lame shell", ("alloy.shell_strength", "alloy.youngs_core", "particle.youngs_shell")),
        ]  # fmt: skip
        found = [
            Predicted(name, title, unit, _all(values, n), word, how, keys)
            for name, title, unit, values, word, how, keys in rows
        ]
        word = confidence(self.a)
        at_half = np.array([float(self.material(i).potential(0.5)) for i in range(min(n, 40))])
        half = np.resize(at_half, n)
        return (
            *found,
            Predicted("potential_half", "potential at half full", "V", half, word, "branches", ()),
        )


def _closed(branch: Table) -> Table:
    """A branch that leaves every window at its ends."""
    x = np.linspace(0.0, 1.0, branch.intervals + 1)
    empty = (_EMPTY - branch.values[0, 0]) * np.exp(-x / _END)
    full = (branch.values[0, -1] - _FULL) * np.exp((x - 1) / _END)
    return replace(branch, values=branch.values + empty - full, slopes=branch.slopes - (empty + full) / _END)


def _all(values: object, n: int) -> Array:
    """Draws of length n from one or n values."""
    return np.broadcast_to(np.atleast_1d(np.asarray(values, dtype=np.float64)), (n,)).copy()
