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
    "make": "negatrode.report.make",
    "make_powder": "negatrode.flow.make",
    "read_route": "negatrode.flow.route",
    "run_study": "negatrode.study.folder",
    "read_study": "negatrode.study.file.read",
    "LocalLanes": "negatrode.study.lanes.local",
    "ClusterLanes": "negatrode.study.lanes.cluster",
    "calibrated_together": "negatrode.battery.calibrate_many",
    "Cycled": "negatrode.battery.calibrate_many",
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
    "Shell": "negatrode.cell.electrode",
    "Thermal": "negatrode.cell.cell",
    "Ageing": "negatrode.cell.ageing",
    "Film": "negatrode.cell.ageing",
    "Plating": "negatrode.cell.ageing",
    "Elastic": "negatrode.cell.ageing",
    "Cracking": "negatrode.cell.ageing",
    "ActiveLoss": "negatrode.cell.ageing",
    "Isolation": "negatrode.cell.ageing",
    "FreshSurface": "negatrode.cell.ageing",
    "AgeingRecord": "negatrode.cell.ageing_record",
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
    "sensitivities_to": "negatrode.cell.sensitivity",
    "Draws": "negatrode.material.prior",
    "Known": "negatrode.material.predicted",
    "HardCarbon": "negatrode.material.hard_carbon.material",
    "Alloy": "negatrode.material.alloy.material",
    "counter_electrode": "negatrode.material.library",
    "electrolyte": "negatrode.material.library",
    "lithium_metal": "negatrode.material.library",
    "Coating": "negatrode.battery.coating",
    "Design": "negatrode.battery.build",
    "CarbonSource": "negatrode.battery.carbon",
    "AlloySource": "negatrode.battery.alloy",
    "HalfCellData": "negatrode.battery.calibrate",
    "calibrated": "negatrode.battery.calibrate",
    "half_cell": "negatrode.battery.build",
    "full_cell": "negatrode.battery.build",
    "by_cycle": "negatrode.cell.cycles",
    "maxwell": "negatrode.material.effective",
    "bruggeman": "negatrode.material.effective",
    "sphere_stress": "negatrode.material.mechanics",
    "hoop_stress": "negatrode.material.mechanics",
    "misfit_pressure": "negatrode.material.mechanics",
    "critical_size": "negatrode.material.mechanics",
    "effective_conductivity": "negatrode.material.voxels",
    "from_phase_map": "negatrode.material.voxels",
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
