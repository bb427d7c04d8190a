"""Reversible and irreversible capacity of a hard carbon against lithium."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.material.hard_carbon.temperature import heat_treatment, hydrogen, spacing, surface
from negatrode.material.predicted import Known, Predicted, predicted

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Capacity:
    """Parts of the capacity, mAh per g of carbon."""

    sloping: Predicted
    plateau: Predicted
    hydrogen: Predicted
    reversible: Predicted
    irreversible: Predicted
    efficiency: Predicted


def capacity(known: Known, *, held_at_zero: bool = True) -> Capacity:
    """Capacity between about 0 V and 1.5 V against lithium.

    ::

        Q_rev = level (Q_sl + Q_pl + Q_H)
        Q_sl = 240 - 80 (T - 1200) / 1000 + 1400 (d002 - 0.378 nm)
        Q_pl = fill 2062 mAh/cm3 (1 / rho_B - 1 / rho_s),   rho_s = 2.26 g/cm3 0.3354 / d002
        Q_H = nu_H 2231 H/C

    ``fill`` falls towards low temperatures (no plateau) and high ones (closed pores); without a constant
    voltage hold near 0 V (``held_at_zero``) only part of the pores fill. ``level`` is what differs between
    laboratories. The irreversible part:

        Q_irr = Q_0 + a_H H/C + a_O O + a_S min(S, 100 m2/g) + a_Si SiO2 + a_N N
    """
    celsius = heat_treatment(known)
    ratio, d002 = hydrogen(known, celsius), spacing(known, celsius)
    level = known.value("hc.level")
    slope = known.value("hc.Qsl_1200") + known.value("hc.Qsl_dT") * (celsius - 1200)
    slope = np.maximum(slope + known.value("hc.Qsl_dd002") * (d002 - 0.378), 0.0) * level
    plateau = pore_volume(known, d002) * known.value("hc.lithium_volume") * filling(known, celsius) * level
    if not held_at_zero:
        plateau = plateau * known.value("hc.plateau_cc")
    bound = known.value("hc.nu_H") * known.value("hc.Q_per_HC") * ratio * level
    whole = slope + plateau + bound
    lost = irreversible(known, celsius, ratio)

    def made(
        name: str, title: str, values: Array, how: str, keys: str, word: str = "weak", unit: str = "mAh/g"
    ) -> Predicted:
        own = tuple(f"hc.{k}" for k in keys.split())
        return predicted(known, name, title, unit, values, how, own, word)

    return Capacity(
        made("sloping_capacity", "sloping capacity", slope, "heat treatment and d002",
             "Qsl_1200 Qsl_dT Qsl_dd002 level"),
        made("plateau_capacity", "pore-filling capacity", plateau, "pores between d002 and the density",
             "fill fill_onset fill_closure rho_B lithium_volume level"),
        made("hydrogen_capacity", "capacity at hydrogen", bound, "lithium per hydrogen, hydrogen_to_carbon",
             "nu_H Q_per_HC level", "usable"),
        made("reversible_capacity", "reversible capacity", whole, "sloping + pore-filling + hydrogen",
             "Qsl_1200 fill nu_H level"),
        made("irreversible_capacity", "irreversible capacity of the first cycle", lost,
             "film and heteroatoms: hydrogen_to_carbon oxygen specific_surface_area silicon_compound",
             "Qirr_0 Qirr_H Qirr_O Qirr_S Qirr_SiO2 Qirr_N Qirr_model"),
        made("first_cycle_efficiency", "first-cycle efficiency", 100 * whole / (whole + lost),
             "reversible over reversible + irreversible", "level Qirr_model", unit="%"),
    )  # fmt: skip


def pore_volume(known: Known, d002: Array) -> Array:
    """Volume of closed pores, cm3/g: ``1 / rho_B - 1 / rho_s``."""
    skeleton = known.value("hc.rho_graphite") * known.value("hc.d_graphite") / d002
    return np.maximum(1 / known.value("hc.rho_B") - 1 / skeleton, 0.0)


def filling(known: Known, celsius: Array) -> Array:
    """Share of the closed pores that fills."""
    onset = (celsius - known.value("hc.fill_onset")) / known.value("hc.fill_onset_width")
    closure = (celsius - known.value("hc.fill_closure")) / known.value("hc.fill_closure_width")
    value: Array = known.value("hc.fill") / (1 + np.exp(closure)) / (1 + np.exp(-onset))
    return value


def irreversible(known: Known, celsius: Array, ratio: Array) -> Array:
    """Irreversible capacity of the first cycle, mAh/g."""
    area = np.minimum(surface(known, celsius), known.value("hc.Qirr_S_most"))
    lost = known.value("hc.Qirr_0") + known.value("hc.Qirr_H") * ratio
    lost = lost + known.value("hc.Qirr_O") * known.get("oxygen", "hc.oxygen_wt")
    lost = lost + known.value("hc.Qirr_S") * area + known.value("hc.Qirr_model")
    none = np.zeros(known.draws.n)
    lost = lost + known.value("hc.Qirr_SiO2") * known.measured.get("silicon_compound", none)
    lost = lost + known.value("hc.Qirr_N") * known.measured.get("nitrogen", none)
    return np.maximum(lost, 5.0)  # no lithium half cell gives back all that it took
