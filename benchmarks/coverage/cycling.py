"""One synthetic half cell: do capacities, efficiency and retention hold the truth of the material?

Drawn as the components claim: cells of one material scatter by 1.5 % in capacity (weighing included), 1 % in
efficiency and 2 % in retention; the current's calibration errs by 0.1 %, and the reversal lies anywhere
between the last logged point and the next.
"""

from __future__ import annotations

import numpy as np

from negatrode.core.estimate import Estimate
from negatrode.core.settings import Settings
from negatrode.files.blob import Blob
from negatrode.files.registry import read_blob
from negatrode.techniques.cycling import simulate
from negatrode.techniques.cycling.technique import TECHNIQUE
from negatrode.techniques.technique import estimate

_MATERIALS = {"Si": (1800.0, 250.0, 1.2), "Sn": (650.0, 150.0, 1.2), "C": (380.0, 80.0, 1.5)}


def trial(rng: np.random.Generator) -> dict[str, tuple[float, Estimate]]:
    """True and measured capacities (mA h/g), efficiency and retention (%)."""
    active = str(rng.choice(list(_MATERIALS)))
    reversible, lost, highest = _MATERIALS[active]
    mass = float(rng.uniform(0.6, 2.0))
    cell = simulate.HalfCell(
        active=active,
        mass=mass,
        reversible=reversible * rng.uniform(0.8, 1.2),
        lost=lost * rng.uniform(0.7, 1.3),
        current=0.05 * reversible * mass * 1e-3 * rng.uniform(0.5, 4.0),
        highest=highest,
        hold=float(rng.choice([1.0, 0.1])),
        fade=float(rng.uniform(0.0, 0.03)),
    )
    rest = float(rng.choice([0.0, 600.0]))
    cycles = int(rng.integers(2, 6))
    record = simulate.simulate_cell(cell, rng, cycles=cycles, points=120, rest=rest, end_logged=False)
    # the material's own values, from which this cell departs by the scatter between cells
    capacity = 1.0 + rng.normal(0.0, 0.015)
    truth = {
        "first_cycle_charge": record.lithiated[0] / mass * 1e3 / capacity,
        "first_cycle_discharge": record.delithiated[0] / mass * 1e3 / capacity,
        "first_cycle_efficiency": 100.0 * record.delithiated[0] / record.lithiated[0] + rng.normal(0.0, 1.0),
        "capacity_retention": 100.0 * record.delithiated[-1] / record.delithiated[0] + rng.normal(0.0, 2.0),
    }
    logged = simulate.calibrated(record, float(rng.normal(0.0, 1e-3)))
    recording = read_blob(Blob("cell.mpt", simulate.mpt_text(logged, mass).encode()))
    settings = Settings("cycling", TECHNIQUE.keys, {"electrode": "working-is-negative"})
    evaluation = TECHNIQUE.evaluate([recording], settings)
    return {
        prop: (
            value,
            estimate(TECHNIQUE, evaluation, prop, recordings=[recording], settings=settings),
        )
        for prop, value in truth.items()
    }
