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
}

__all__ = ["__version__", *_WHERE]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'negatrode' has no attribute '{name}'")
    return getattr(importlib.import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return __all__
