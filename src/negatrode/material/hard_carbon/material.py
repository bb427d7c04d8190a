"""A hard carbon as an active material, draw by draw."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from negatrode.material.active import ActiveMaterial, Hysteresis
from negatrode.material.hard_carbon.capacity import Capacity, capacity
from negatrode.material.hard_carbon.potential import Branch, branch_table
from negatrode.material.hard_carbon.shape import Area, Size, area, size, tortuosity_exponent
from negatrode.material.hard_carbon.temperature import heat_treatment, spacing
from negatrode.material.predicted import Known, Predicted, predicted
from negatrode.material.table import FARADAY, Table

Array = NDArray[np.float64]


@dataclass(eq=False)
class HardCarbon:
    """What the links make of a sample of hard carbon; every attribute holds all draws.

    ``known`` are the draws of its properties; ``held_at_zero`` whether cells hold a voltage near 0 V.
    """

    known: Known
    held_at_zero: bool = True
    name: str = "hard carbon"
    _made: dict[int, ActiveMaterial] = field(default_factory=dict)

    @cached_property
    def capacity(self) -> Capacity:
        """Reversible and irreversible capacity."""
        return capacity(self.known, held_at_zero=self.held_at_zero)

    @cached_property
    def density(self) -> Array:
        """Density in butanol, g/cm3: the volume that electrolyte does not fill."""
        return self.known.value("hc.rho_B")

    @cached_property
    def size(self) -> Size:
        """Size distribution."""
        return size(self.known)

    @cached_property
    def area(self) -> Area:
        """External and micropore area."""
        return area(self.known, self.size, self.density)

    @cached_property
    def tortuosity_exponent(self) -> Array:
        """Exponent of the porosity in the electrode's transport efficiency, binder included."""
        return tortuosity_exponent(self.known) + self.known.value("electrode.binder_exponent")

    @cached_property
    def expansion(self) -> Array:
        """Change of volume on lithiation: layers open where they are narrower than in LiC6."""
        d002 = spacing(self.known, heat_treatment(self.known))
        opens = np.maximum(self.known.value("hc.d_LiC6") - d002, 0.0) / d002
        return opens + self.known.value("hc.strain_floor")

    @cached_property
    def maximum_concentration(self) -> Array:
        """mol m-3 at 0 V: ``rho_B Q_rev / F``."""
        grams = self.density * 1e6
        return grams * self.capacity.reversible.values * 3.6 / FARADAY

    def material(self, draw: int) -> ActiveMaterial:
        """The host of one draw."""
        if draw not in self._made:
            self._made[draw] = self._material(draw)
        return self._made[draw]

    def _material(self, i: int) -> ActiveMaterial:
        known = self.known

        def one(key: str) -> float:
            return float(known.value(f"hc.{key}")[i])

        c = self.capacity
        parts = (float(c.sloping.values[i]), float(c.plateau.values[i]), float(c.hydrogen.values[i]))
        down = Branch(one("U_s_lith"), one("U_p_lith"), one("w_p"), one("U_H_lith"), one("w_H_lith"))
        # Delithiation lies above lithiation: a draw that crosses is held at it.
        up = Branch(
            max(one("U_s_delith"), down.scale), max(one("U_p_delith"), down.plateau), down.plateau_width,
            one("U_H_delith"), one("w_H_delith"),
        )  # fmt: skip
        lithiation = branch_table(parts, down, one("U_most"), f"{self.name}, lithiation")
        delithiation = branch_table(parts, up, one("U_most"), f"{self.name}, delithiation")
        mean = Table(
            0.0, 1.0, (lithiation.values + delithiation.values) / 2,
            (lithiation.slopes + delithiation.slopes) / 2,
            name=f"{self.name}, potential",
        )  # fmt: skip
        return ActiveMaterial(
            self.name,
            float(self.maximum_concentration[i]),
            mean,
            Table.constant(one("D_s"), activation_energy=one("Ea_D"), name="diffusivity"),
            # j0 is stated at half full and one mol per litre: sqrt(x (1 - x)) is one half there.
            Table.constant(2 * one("j0"), activation_energy=one("Ea_j0"), name="exchange current"),
            hysteresis=Hysteresis(
                "one-state", lithiation, delithiation, decay=one("hysteresis_decay"), initial=-1.0
            ),
            expansion=float(self.expansion[i]),
        )

    @property
    def predictions(self) -> tuple[Predicted, ...]:
        """All that the links say of the powder, for the report."""
        c, known = self.capacity, self.known
        rows = [c.reversible, c.sloping, c.plateau, c.hydrogen, c.irreversible, c.efficiency]
        more: list[tuple[str, str, str, Array, str, str, str]] = [
            ("butanol_density", "density without open pores", "g/cm3", self.density, "taken", "rho_B",
             "usable"),
            ("external_area", "external area", "m2/g", self.area.external,
             "roughness of spheres of dv50 and d4_to_d1, not above specific_surface_area", "roughness rho_B",
             "usable"),
            ("micropore_area", "micropore area", "m2/g", self.area.micropore,
             "specific_surface_area less the external area", "roughness rho_B", "usable"),
            ("diffusivity", "diffusivity of lithium", "m2/s", known.value("hc.D_s"), "taken", "D_s Ea_D",
             "weak"),
            ("exchange_current", "exchange current at half full", "A/m2", known.value("hc.j0"), "taken",
             "j0 Ea_j0", "weak"),
            ("tortuosity_exponent", "exponent of the porosity", "1", self.tortuosity_exponent,
             "spheroids of the aspect that sphericity allows, and binder", "", "usable"),
            ("expansion", "change of volume, full over empty", "1", self.expansion,
             "layers open up to LiC6: d002", "d_LiC6 strain_floor", "weak"),
        ]  # fmt: skip
        for name, title, unit, values, how, keys, word in more:
            own = tuple(f"hc.{k}" for k in keys.split())
            if name == "tortuosity_exponent":
                own = ("electrode.binder_exponent",)
            rows.append(predicted(known, name, title, unit, values, how, own, word))
        return tuple(rows)
