"""Tables in compiled code: cubic Hermite on uniform grids, all tables of a cell in one array.

Row ``k`` of ``meta`` holds where table ``k`` begins in ``data``, its number of intervals, its low end,
intervals per unit of the coordinate, and the factor of the present temperature. ``data`` interleaves value
and slope times interval.
"""

from __future__ import annotations

import os
from typing import Any

from numba import njit

_common: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"contract", "arcp", "nsz"},
}
# Only the entry is cached and has a Python wrapper; all else is compiled into it. Wrappers cost a third of
# the compile time; tests that call an inner kernel from Python ask for them by this variable.
_open = os.environ.get("NEGATRODE_OPEN_KERNELS") == "1"
_options = {**_common, "no_cpython_wrapper": not _open, "no_cfunc_wrapper": not _open}
# The few long functions of the entry's own chain are made part of it before types are known: each would
# else be turned into machine code again by every caller.
_inline = {**_options, "inline": "always"}
_entry = {**_common, "cache": True, "no_cfunc_wrapper": True}


@njit(**_options)
def look(data, meta, k, x):
    """Value and slope of table ``k`` at ``x``; straight on beyond its ends."""
    per_unit = meta[k, 3]
    where = (x - meta[k, 2]) * per_unit
    n = int(meta[k, 1])
    i = int(min(max(where, 0.0), n - 1.0))
    t = where - i
    beyond = 0.0
    if t < 0.0:
        beyond = t
        t = 0.0
    elif t > 1.0:
        beyond = t - 1.0
        t = 1.0
    at = int(meta[k, 0]) + 2 * i
    v0, s0, v1, s1 = data[at], data[at + 1], data[at + 2], data[at + 3]
    c2 = 3.0 * (v1 - v0) - 2.0 * s0 - s1
    c3 = 2.0 * (v0 - v1) + s0 + s1
    value = v0 + t * (s0 + t * (c2 + t * c3))
    slope = s0 + t * (2.0 * c2 + 3.0 * t * c3)
    factor = meta[k, 4]
    return (value + slope * beyond) * factor, slope * per_unit * factor
