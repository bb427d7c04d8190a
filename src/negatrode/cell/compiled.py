"""The compiled kernels: whether they are there already, and getting them."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

KERNELS = Path(__file__).parent / "kernels"
ENTRY = KERNELS / "advance.py"


def refresh() -> None:
    """Have the entry compiled anew where any kernel is younger than it.

    Numba keys its cache to the file of the entry alone, and would go on using an entry into which older
    kernels were compiled.
    """
    newest = max(path.stat().st_mtime_ns for path in KERNELS.glob("*.py"))
    if ENTRY.stat().st_mtime_ns < newest and os.access(ENTRY, os.W_OK):
        os.utime(ENTRY, ns=(newest, newest))


@cache
def march() -> Any:
    """The compiled entry, ``kernels.advance.march``."""
    refresh()
    from negatrode.cell.kernels.advance import march as entry

    return entry
