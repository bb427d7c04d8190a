"""negatrode: instrument files of a negative-electrode powder -> properties -> verdicts on claims.

Everything is imported when first used, so that ``import negatrode`` stays quick.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_WHERE = {
    "read": "negatrode.files.registry",
    "measure": "negatrode.flow.measure",
    "Sample": "negatrode.flow.sample",
    "judge": "negatrode.claimsets.judge",
    "claims": "negatrode.claimsets.library",
    "run": "negatrode.report.run",
    "NegatrodeError": "negatrode.core.errors",
    "ReadError": "negatrode.core.errors",
    "MissingInput": "negatrode.core.errors",
    "Refusal": "negatrode.core.errors",
    "InputError": "negatrode.core.errors",
    "Table": "negatrode.material.table",
    "ActiveMaterial": "negatrode.material.active",
    "Hysteresis": "negatrode.material.active",
    "Electrolyte": "negatrode.material.electrolyte",
    "LithiumMetal": "negatrode.material.electrolyte",
    "Particle": "negatrode.cell.electrode",
    "Electrode": "negatrode.cell.electrode",
    "Separator": "negatrode.cell.electrode",
    "Thermal": "negatrode.cell.cell",
    "Cell": "negatrode.cell.cell",
    "size_distributed": "negatrode.cell.populations",
    "open_circuit_voltage": "negatrode.cell.initial",
    "balanced": "negatrode.cell.windows",
    "End": "negatrode.cell.protocol",
    "Step": "negatrode.cell.protocol",
    "Protocol": "negatrode.cell.protocol",
    "Accuracy": "negatrode.cell.accuracy",
    "Curve": "negatrode.cell.curve",
    "Ending": "negatrode.cell.ending",
    "simulate": "negatrode.cell.simulate",
    "simulate_many": "negatrode.cell.batch",
    "sensitivities": "negatrode.cell.sensitivity",
    "Sensitivities": "negatrode.cell.sensitivity",
    "Parameter": "negatrode.cell.parameters",
    "plot_curve": "negatrode.report.curve",
    "warm": "negatrode.cell.warm",
    "from_pybamm": "negatrode.exchange.pybamm_cell",
    "to_pybamm": "negatrode.exchange.pybamm_sets",
    "read_bpx": "negatrode.exchange.bpx",
    "write_bpx": "negatrode.exchange.bpx",
    "read_cell": "negatrode.exchange.cell_file",
    "write_cell": "negatrode.exchange.cell_file",
    "write_battery_data": "negatrode.exchange.battery_data",
}

__all__ = ["__version__", *_WHERE]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'negatrode' has no attribute '{name}'")
    return getattr(importlib.import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return __all__
