"""BPX files to test with: functions of Chen and others (J. Electrochem. Soc. 167 (2020) 080534) and of
Nyman and others (Electrochim. Acta 53 (2008) 6356); the entropic coefficients and energies are made up."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

NEGATIVE_OCP = (
    "1.9793 * exp(-39.3631 * x) + 0.2482 - 0.0909 * tanh(29.8538 * (x - 0.1234))"
    " - 0.04478 * tanh(14.9159 * (x - 0.2769)) - 0.0205 * tanh(30.4444 * (x - 0.6103))"
)
POSITIVE_OCP = (
    "-0.8090 * x + 4.4875 - 0.0428 * tanh(18.5138 * (x - 0.5542))"
    " - 17.7326 * tanh(15.7890 * (x - 0.3117)) + 17.5842 * tanh(15.9308 * (x - 0.3120))"
)
NEGATIVE: dict[str, Any] = {
    "Thickness [m]": 85.2e-6,
    "Conductivity [S.m-1]": 215.0,
    "Porosity": 0.25,
    "Transport efficiency": 0.125,
    "Particle radius [m]": 5.86e-6,
    "Surface area per unit volume [m-1]": 383959.0,
    "Diffusivity [m2.s-1]": "3.3e-14 * (1 + 2 * exp(-10 * x))",
    "Diffusivity activation energy [J.mol-1]": 30300,
    "OCP [V]": NEGATIVE_OCP,
    "Entropic change coefficient [V.K-1]": "1e-4 * (0.5 - x)",
    "Reaction rate constant [mol.m-2.s-1]": 6.48e-6,
    "Reaction rate constant activation energy [J.mol-1]": 35000,
    "Minimum stoichiometry": 0.0263,
    "Maximum stoichiometry": 0.9106,
    "Maximum concentration [mol.m-3]": 33133.0,
}
POSITIVE: dict[str, Any] = {
    "Thickness [m]": 75.6e-6,
    "Conductivity [S.m-1]": 0.18,
    "Porosity": 0.335,
    "Transport efficiency": 0.1939,
    "Particle radius [m]": 5.22e-6,
    "Surface area per unit volume [m-1]": 382184.0,
    "Diffusivity [m2.s-1]": 4e-15,
    "OCP [V]": POSITIVE_OCP,
    "Entropic change coefficient [V.K-1]": {"x": [0.2, 0.4, 0.55, 0.95], "y": [-1e-4, -5e-5, -6e-5, -2e-4]},
    "Reaction rate constant [mol.m-2.s-1]": 3.42e-6,
    "Reaction rate constant activation energy [J.mol-1]": 17800,
    "Minimum stoichiometry": 0.2638,
    "Maximum stoichiometry": 0.8539,
    "Maximum concentration [mol.m-3]": 63104.0,
}
CELL: dict[str, Any] = {
    "Electrode area [m2]": 0.051350,
    "External surface area [m2]": 5.31e-3,
    "Volume [m3]": 2.42e-5,
    "Number of electrode pairs connected in parallel to make a cell": 2,
    "Lower voltage cut-off [V]": 2.5,
    "Upper voltage cut-off [V]": 4.2,
    "Nominal cell capacity [A.h]": 5.0,
    "Reference temperature [K]": 296.15,
    "Density [kg.m-3]": 2500,
    "Specific heat capacity [J.K-1.kg-1]": 900,
}
ELECTROLYTE: dict[str, Any] = {
    "Cation transference number": 0.2594,
    "Conductivity [S.m-1]": "0.1297 * (x / 1000)**3 - 2.51 * (x / 1000)**1.5 + 3.329 * (x / 1000)",
    "Conductivity activation energy [J.mol-1]": 17100,
    "Diffusivity [m2.s-1]": "8.794e-11 * (x / 1000)**2 - 3.972e-10 * (x / 1000) + 4.862e-10",
    "Diffusivity activation energy [J.mol-1]": 17000,
}
STATE: dict[str, Any] = {
    "Initial conditions": {
        "Initial state-of-charge": 0.8,
        "Initial temperature [K]": 290.0,
        "Initial electrolyte concentration [mol.m-3]": 1100,
    },
    "Thermal environment": {"Ambient temperature [K]": 288.0, "Heat transfer coefficient [W.m-2.K-1]": 12.0},
}


def current() -> dict[str, Any]:
    """A file of version 1.1 with everything that a full cell of single hosts has."""
    return copy.deepcopy(
        {
            "Header": {"BPX": "1.1.0", "Title": "test cell", "Model": "DFN"},
            "Parameterisation": {
                "Cell": CELL,
                "Electrolyte": ELECTROLYTE,
                "Negative electrode": NEGATIVE,
                "Positive electrode": POSITIVE,
                "Separator": {"Thickness [m]": 12e-6, "Porosity": 0.47, "Transport efficiency": 0.3222},
            },
            "State": STATE,
        }
    )


def old() -> dict[str, Any]:
    """The same cell as a file of version 0.4."""
    content = current()
    del content["State"]
    content["Header"]["BPX"] = "0.4.0"
    content["Parameterisation"]["Cell"] |= {
        "Ambient temperature [K]": 288.0,
        "Initial temperature [K]": 290.0,
        "Thermal conductivity [W.m-1.K-1]": 1.5,
    }
    content["Parameterisation"]["Electrolyte"]["Initial concentration [mol.m-3]"] = 1100
    return content


def blended() -> dict[str, Any]:
    """A file of version 1.1 whose negative electrode holds two hosts, the second with hysteresis."""
    content = current()
    layer = ("Thickness [m]", "Conductivity [S.m-1]", "Porosity", "Transport efficiency")
    graphite = {k: v for k, v in NEGATIVE.items() if k not in layer} | {
        "Surface area per unit volume [m-1]": 3.4e5
    }
    silicon = graphite | {
        "Particle radius [m]": 1.5e-6,
        "Surface area per unit volume [m-1]": 1e5,
        "Maximum concentration [mol.m-3]": 278000.0,
        "Maximum stoichiometry": 0.6,
        "OCP [V]": "0.45 - 0.35 * x",
        "OCP (lithiation) [V]": "0.35 - 0.3 * x",
        "OCP (delithiation) [V]": "0.55 - 0.4 * x + 0.05 * exp(-20 * x)",
        "OCP hysteresis decay constant": 25.0,
    }
    hosts = {"graphite": graphite, "silicon": silicon}
    electrode = {k: NEGATIVE[k] for k in layer} | {"Particle": hosts}
    content["Parameterisation"]["Negative electrode"] = copy.deepcopy(electrode)
    content["State"]["Initial conditions"]["Initial hysteresis state: Negative electrode"] = {
        "graphite": 0.0,
        "silicon": -0.5,
    }
    return content


def plain() -> dict[str, Any]:
    """A file whose functions are short, so that it is read quickly."""
    content = current()
    content["Parameterisation"]["Negative electrode"]["OCP [V]"] = "1 - x"
    content["Parameterisation"]["Positive electrode"]["OCP [V]"] = "5 - x"
    return content


def write(folder: Path, content: Any, name: str = "cell.json") -> Path:
    """The file."""
    path = folder / name
    path.write_text(json.dumps(content), "utf-8")
    return path
