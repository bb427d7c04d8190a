"""Forward model of a nitrogen isotherm with a known area, and its text as instruments export it.

Written from the isotherm equations alone; nothing of the analysis is used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# N_A * 0.162 nm2 / (R * 273.15 K / 1 atm): 6.02214076e23 * 1.62e-19 / 22413.969
SQUARE_METRES_PER_CM3 = 4.35259


@dataclass(frozen=True)
class Powder:
    """What adsorbs.

    Attributes
    ----------
    external_area:
        m2/g covered by layers (n-layer BET).
    c:
        BET constant.
    layers:
        Greatest number of layers; infinity gives the simple BET equation.
    micropore_area:
        m2/g equivalent of a Langmuir term (monolayer in micropores), with ``micropore_k`` in 1/(p/p0).
    """

    external_area: float
    c: float = 100.0
    layers: float = np.inf
    micropore_area: float = 0.0
    micropore_k: float = 1e4

    @property
    def area(self) -> float:
        """The true area in m2/g at 0.162 nm2 a molecule."""
        return self.external_area + self.micropore_area


@dataclass(frozen=True)
class InstrumentErrors:
    """One draw of what may be wrong, all zero for a perfect instrument.

    ``portion`` and ``volume`` are relative errors of all amounts, ``mass`` an error in g,
    ``saturation`` relative of p0, ``free_space`` relative of the free-space gas, ``noise`` the relative
    standard deviation of each amount.
    """

    portion: float = 0.0
    volume: float = 0.0
    mass: float = 0.0
    saturation: float = 0.0
    free_space: float = 0.0
    noise: float = 0.0


@dataclass(frozen=True, eq=False)
class SimulatedIsotherm:
    """A measured isotherm and its truth: p/p0 and cm3(STP)/g as the instrument believes them."""

    pressure: Array
    loading: Array
    desorption_pressure: Array
    desorption_loading: Array
    mass: float
    saturation_pressure: float
    area: float


def n_layer_bet(x: Array, c: float, layers: float) -> Array:
    """v / v_m of the n-layer BET equation (Brunauer, Emmett, Teller 1938, equation 34), shape of ``x``."""
    if np.isinf(layers):
        return c * x / ((1.0 - x) * (1.0 + (c - 1.0) * x))
    n = layers
    top = 1.0 - (n + 1.0) * x**n + n * x ** (n + 1.0)
    return c * x / (1.0 - x) * top / (1.0 + (c - 1.0) * x - c * x ** (n + 1.0))


def simulate_isotherm(
    powder: Powder,
    pressures: Array,
    rng: np.random.Generator,
    *,
    mass: float = 0.2,
    errors: InstrumentErrors | None = None,
    free_space_gas: float = 25.0,
    saturation_pressure: float = 101.9,
) -> SimulatedIsotherm:
    """The isotherm that an instrument with these errors reports.

    ``pressures`` are true p/p0 in (0, 1), rising. The free-space error is proportional to pressure and
    lies on the amount of the whole sample; desorption retraces adsorption.
    """
    wrong = errors or InstrumentErrors()
    true = powder.external_area * n_layer_bet(pressures, powder.c, powder.layers)
    pore = powder.micropore_k * pressures
    true = (true + powder.micropore_area * pore / (1.0 + pore)) / SQUARE_METRES_PER_CM3
    amount = true * mass * (1.0 + wrong.portion) * (1.0 + wrong.volume)
    amount = amount + wrong.free_space * free_space_gas * pressures
    amount = amount * (1.0 + wrong.noise * rng.standard_normal(len(pressures)))
    seen = pressures / (1.0 + wrong.saturation)
    loading = amount / (mass + wrong.mass)
    back = slice(None, None, -3)
    return SimulatedIsotherm(
        seen, loading, seen[back][1:], loading[back][1:], mass + wrong.mass, saturation_pressure, powder.area
    )


def plain_csv(isotherm: SimulatedIsotherm) -> str:
    """A plain table with a header line: p/p0 and amount, adsorption only."""
    lines = ["relative_pressure [1],loading [cm3(STP)/g]"]
    lines += [f"{x:.6e},{v:.6e}" for x, v in zip(isotherm.pressure, isotherm.loading, strict=True)]
    return "\n".join(lines) + "\n"


def belsorp_csv(isotherm: SimulatedIsotherm, *, sample: str = "hard carbon") -> str:
    """The text export of a BELSORP instrument (amounts in mol/g)."""
    p0 = isotherm.saturation_pressure
    head = (
        f"File Name,{sample}.DAT\nDate of measurement,24/05/14\nTime of measurement,10:25:37\n"
        f"COMMENT1,{sample}\nCOMMENT2,\nCOMMENT3,\nCOMMENT4,\nSerial number,00463\nVersion,\n"
        f"Sample weight,{isotherm.mass:.4E},[g]\nStandard volume,24.502,[cm^3]\nDead volume,30.402,[cm^3]\n"
        "Equilibrium time,0,[SEC]\nAdsorptive,N2\nApparatus temperature,0.0000,[C]\n"
        f"Adsorption temperature,77.000,[K]\nSaturated vapor pressure,{p0:.3f},[kPa]\n"
        "Adsorptive cross section area,0.1620,[nm^2]\nFile name of wall adsorption,\n"
        "Wall adsorption correction value1,\nWall adsorption correction value2,\n"
        f"Number of adsorption data point :,{len(isotherm.pressure)}\n"
        f"Number of desorption data point :,{len(isotherm.desorption_pressure)}\n\n"
        "No,pi/kPa,pe/kPa,pe2/kPa,p0/kPa,p/p0,na/mol g^-1\n"
    )
    up = _belsorp_rows(isotherm.pressure, isotherm.loading, p0)
    down = _belsorp_rows(isotherm.desorption_pressure, isotherm.desorption_loading, p0)
    return f"{head}ADS\n{up}DES\n{down}"


def _belsorp_rows(pressure: Array, loading: Array, p0: float) -> str:
    moles = loading / 22413.969
    rows = (
        f"{i},0.0000,{x * p0:.4E},0.0000,{p0:.3f},{x:.4E},{n:.4E}\n"
        for i, (x, n) in enumerate(zip(pressure, moles, strict=True), start=1)
    )
    return "".join(rows)


def aif_text(isotherm: SimulatedIsotherm, *, sample: str = "hard carbon") -> str:
    """An Adsorption Information File (IUPAC, Evans et al., Langmuir 37 (2021) 4222), pressures in kPa."""
    head = (
        f"data_{sample.replace(' ', '_')}\n_audit_aif_version 6acf6ef\n_exptl_operator 'example'\n"
        "_exptl_date 2024-05-14\n_exptl_instrument 'simulated'\n_exptl_adsorptive 'Nitrogen'\n"
        f"_exptl_temperature 77.0\n_adsnt_sample_mass {isotherm.mass:.5f}\n_adsnt_material_id '{sample}'\n"
        "_units_temperature 'K'\n_units_pressure 'kPa'\n_units_mass 'g'\n_units_loading 'mmol/g'\n"
    )
    p0 = isotherm.saturation_pressure
    up = _aif_loop("adsorp", isotherm.pressure, isotherm.loading, p0)
    down = _aif_loop("desorp", isotherm.desorption_pressure, isotherm.desorption_loading, p0)
    return f"{head}\n{up}\n{down}"


def _aif_loop(branch: str, pressure: Array, loading: Array, p0: float) -> str:
    head = f"loop_\n_{branch}_pressure\n_{branch}_p0\n_{branch}_amount\n"
    rows = (f"{x * p0:.6e} {p0:.4f} {v / 22.413969:.6e}\n" for x, v in zip(pressure, loading, strict=True))
    return head + "".join(rows)
