"""The content of one element: mean of the rows with its uncertainty, or the limit that it lies under."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import MissingInput, NegatrodeError, Refusal
from negatrode.core.estimate import Component
from negatrode.core.settings import Settings
from negatrode.techniques.composition.blank import NO_BLANK, Blank
from negatrode.techniques.lab_table import LabTable

NEVER_BELOW = "C"  # a carbon content under a limit is no carbon


@dataclass(frozen=True)
class Analyte:
    """An element and how it was determined.

    ``uncertainty`` gives the standard uncertainty of the calibration in wt% at a content in wt%, used where
    ``u_key`` is not given; ``limit_key`` names the setting of the limit of detection.
    """

    symbol: str
    method: str
    uncertainty: Callable[[float], float]
    u_key: str = ""
    limit_key: str = "detection_limit"


@dataclass(frozen=True)
class Content:
    """An element's mean in wt% and components, or the limit it lies under, or why there is neither."""

    value: float = math.nan
    components: tuple[Component, ...] = ()
    below: float | None = None
    error: NegatrodeError | None = None

    @property
    def u(self) -> float:
        """Combined standard uncertainty in wt%; the components are independent."""
        return math.sqrt(sum(c.u**2 for c in self.components))


def content(analyte: Analyte, table: LabTable, settings: Settings, blank: Blank = NO_BLANK) -> Content:
    """Mean of the rows less the blank, with calibration and spread, or the limit that a row lies under."""
    name, key = analyte.symbol, table.sha[:12]
    if blank.error is not None:
        return Content(error=blank.error)
    limit = settings.optional_quantity(analyte.limit_key) if analyte.limit_key else None
    rows = table.values[name] - blank.share
    values = rows[np.isfinite(rows)]
    cells = [c for c in table.limits[name] if c is not None]
    if cells:
        return _censored(analyte, values, cells, settings)
    if not len(values):
        return Content(error=Refusal(f"no row holds {name}", where=table.path))
    mean = float(np.mean(values))
    limits = [x for x in (limit, blank.limit) if x is not None]
    if name != NEVER_BELOW and limits and mean < max(limits):
        return Content(below=max(limits))
    if mean <= 0.0:
        found = f"{mean:g} wt% of {name}"
        if name == NEVER_BELOW:
            return Content(error=Refusal(found, where=table.path, rule="H/C needs carbon"))
        return Content(error=below_what(found, table, settings, analyte.limit_key))
    parts = [_calibration(analyte, mean, settings, key)]
    if len(values) > 1:
        parts.append(spread(values, f"{len(values)} replicates of {name}", f"{key}:replicates-{name}"))
    return Content(mean, (*parts, *blank.components))


def _censored(
    analyte: Analyte, values: NDArray[np.float64], cells: list[float], settings: Settings
) -> Content:
    """Where a row lies under a limit, the mean lies under the largest of limits and values."""
    why = f"a cell of {analyte.symbol} says 'not detected'"
    try:
        known = [
            settings.quantity(analyte.limit_key or "detection_limit", why=why) if math.isnan(c) else c
            for c in cells
        ]
    except MissingInput as error:
        return Content(error=error)
    return Content(below=max([*known, *(float(v) for v in values)]))


def below_what(found: str, table: LabTable, settings: Settings, key: str = "detection_limit") -> MissingInput:
    """The question for the limit of detection, where a content is not above zero."""
    name = key or "detection_limit"
    return MissingInput(
        found,
        key=f"{settings.section}.{name}",
        where=table.path,
        rule="a content that is not above zero lies below a limit of detection",
        remedy=f'Give {name} = "0.05 wt%" under [{settings.section}]',
    )


def _calibration(analyte: Analyte, mean: float, settings: Settings, key: str) -> Component:
    given = settings.optional_quantity(analyte.u_key) if analyte.u_key else None
    u = analyte.uncertainty(mean) if given is None else given
    return Component(f"calibration of {analyte.symbol}", u, f"{key}:calibration-{analyte.symbol}")


def spread(values: NDArray[np.float64], source: str, key: str) -> Component:
    """Standard deviation of the mean of n readings, n - 1 degrees of freedom."""
    n = len(values)
    return Component(source, float(np.std(values, ddof=1)) / math.sqrt(n), key, n - 1.0)


def scaled(part: Component, slope: float) -> Component:
    """The component under a linear change of the quantity."""
    return Component(part.source, slope * part.u, part.key, part.dof)
