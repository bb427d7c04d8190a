"""Counter-electrodes, electrolytes and lithium by name, every number with its source.

>>> names()["counter-electrodes"]
('LCO', 'LFP', 'NMC811')
"""

from __future__ import annotations

from negatrode.material.library.cited import Cited
from negatrode.material.library.electrolytes import ALIASES, ELECTROLYTES, electrolyte
from negatrode.material.library.positive import COUNTERS, CounterElectrode, counter_electrode
from negatrode.material.library.salts import lithium_metal

__all__ = ["Cited", "CounterElectrode", "counter_electrode", "electrolyte", "lithium_metal", "names"]


def names() -> dict[str, tuple[str, ...]]:
    """All that the library holds, by kind."""
    return {
        "counter-electrodes": tuple(sorted(COUNTERS)),
        "electrolytes": (*sorted(ELECTROLYTES), *sorted(ALIASES)),
    }
