"""TECHNIQUE "sizing": Dv50, D4 and D1 of a size distribution."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from negatrode.core.errors import Refusal
from negatrode.core.estimate import Component, Finding, Outcome, Recipe, shared_components
from negatrode.core.recording import Recording
from negatrode.core.settings import Key, Settings
from negatrode.techniques.sizing import moments
from negatrode.techniques.sizing.figure import SizingFigure
from negatrode.techniques.sizing.histogram import WEIGHTINGS, Histogram, histograms
from negatrode.techniques.sizing.uncertainty import SIZES, components, sizes_of
from negatrode.techniques.technique import Evaluation, Outcomes, Technique

_ISO = "ISO 9276-2:2014, classes at their geometric mean size"

RECIPES = (
    Recipe(
        "dv50",
        "cumulative",
        "1",
        "Volume cumulative at 50 %, linear in ln D within the class",
        "definition",
        "ISO 9276-1",
        default=True,
    ),
    Recipe(
        "dv50", "monotone-spline", "1", "Volume cumulative at 50 % by a monotone cubic in ln D", "convention"
    ),
    Recipe("dv50", "printed", "1", "The instrument's own median", "convention"),
    Recipe("d4", "moment", "1", "D[4,3] = sum n D^4 / sum n D^3", "definition", _ISO, default=True),
    Recipe("d4", "printed", "1", "The instrument's own D[4,3]", "convention"),
    Recipe("d1", "number-length", "1", "D[1,0] = sum n D / sum n", "definition", _ISO, default=True),
    Recipe("d1", "length-moment", "1", "D[2,1] = sum n D^2 / sum n D", "definition", _ISO),
)

KEYS = (
    Key("weighting", "", "what the fractions are by", choices=WEIGHTINGS),
    Key("row", "count", "number of the run within the file, from 1", example="1"),
    Key("run", "", 'name of the run within the file; "all" averages runs of different names', example="all"),
    Key("particles", "1", "number of particles counted, for a number distribution", example="1000"),
    Key("size_unit", "", "unit of the sizes, over the file's", example="um"),
    Key("columns", "", "columns of a plain table", example="size_low [um], size_high [um], fraction [%]"),
)

SPREAD_LIMIT = 0.10  # of Dv50 between runs: more than repeats of one powder show


@dataclass(frozen=True)
class _Source:
    """Where an outcome comes from: the size whose components it has, and its value on one run."""

    size: str
    value: Callable[[Histogram], float | None]


_SOURCES: Mapping[tuple[str, str], _Source] = {
    ("dv50", "cumulative"): _Source("dv50", lambda h: moments.quantile(h.low, h.high, h.volume, 0.5)),
    ("dv50", "monotone-spline"): _Source(
        "dv50", lambda h: moments.quantile_spline(h.low, h.high, h.volume, 0.5)
    ),
    ("dv50", "printed"): _Source("dv50", lambda h: h.printed.get("printed_d50")),
    ("d4", "moment"): _Source("d4", lambda h: moments.mean_size(h.low, h.high, h.volume, 4, 3)),
    ("d4", "printed"): _Source("d4", lambda h: h.printed.get("printed_d43")),
    ("d1", "number-length"): _Source(
        "d1/number-length", lambda h: moments.mean_size(h.low, h.high, h.volume, 1, 0)
    ),
    ("d1", "length-moment"): _Source(
        "d1/length-moment", lambda h: moments.mean_size(h.low, h.high, h.volume, 2, 1)
    ),
}


def evaluate(recordings: Sequence[Recording], settings: Settings) -> Evaluation:
    """All recipes on the runs chosen; several runs are repeats, averaged with their spread."""
    runs = histograms(recordings, settings)
    if not runs:
        raise Refusal("no size distribution is given")
    parts = _combined_components(runs)
    outcomes: dict[str, dict[str, Outcome | Refusal]] = {}
    for (prop, recipe), source in _SOURCES.items():
        outcomes.setdefault(prop, {})[recipe] = _outcome(runs, source, parts, logarithmic=prop == "d1")
    result: Mapping[str, Outcomes] = {prop: dict(found) for prop, found in outcomes.items()}
    return Evaluation(result, _findings(runs), figure_of(runs))


def _outcome(
    runs: Sequence[Histogram],
    source: _Source,
    parts: Mapping[str, tuple[Component, ...]],
    *,
    logarithmic: bool,
) -> Outcome | Refusal:
    values = [source.value(h) for h in runs]
    known = [v for v in values if v is not None]
    if len(known) < len(values):
        return Refusal(
            f"{len(values) - len(known)} of {len(values)} runs print no such size",
            rule="recipe 'printed' repeats what the file states",
        )
    return Outcome(float(np.mean(known)), parts[source.size], log_scale=logarithmic)


def _combined_components(runs: Sequence[Histogram]) -> dict[str, tuple[Component, ...]]:
    """Components of one run; of several, their spread (t) in place of what repeats average out."""
    first = components(runs[0])
    n = len(runs)
    if n == 1:
        return first
    table = np.array([[sizes_of(h.low, h.high, h.volume)[name] for h in runs] for name in SIZES])
    covariance = np.atleast_2d(np.cov(table, ddof=1)) / n
    stem = runs[0].sha[:12]
    spread = shared_components(
        SIZES, covariance, source=f"spread of {n} runs", key=f"{stem}:runs", dof=float(n - 1)
    )
    repeats = (f"{stem}:repeat", f"{stem}:noise", f"{stem}:counts")
    kept = {
        name: tuple(c for c in first[name] if not c.key.startswith(repeats) and math.isfinite(c.u))
        for name in SIZES
    }
    return {name: (*kept[name], *spread[name]) for name in SIZES}


def _findings(runs: Sequence[Histogram]) -> dict[str, tuple[Finding, ...]]:
    found = list(dict.fromkeys(f for h in runs for f in h.findings))
    if runs[0].weighting != "volume":
        text = f"fractions by {runs[0].weighting}, converted to volume by the class sizes"
        found.append(Finding("converted", text))
    if len(runs) > 1:
        medians = np.array([moments.quantile(h.low, h.high, h.volume, 0.5) for h in runs])
        spread = float(np.std(medians, ddof=1) / np.mean(medians))
        text = f"mean of {len(runs)} runs, Dv50 {medians.min():.4g} to {medians.max():.4g} um"
        found.append(Finding("repeats", text, warning=spread > SPREAD_LIMIT))
    by_property: dict[str, tuple[Finding, ...]] = {"": tuple(found)}
    for prop, printed, recipe in (("d4", "printed_d43", "moment"), ("dv50", "printed_d50", "cumulative")):
        known = [(h.printed[printed], _SOURCES[prop, recipe].value(h)) for h in runs if printed in h.printed]
        off = [abs(v / p - 1.0) for p, v in known if v is not None and p > 0.0]
        if off and max(off) > 0.02:
            text = f"the file prints {known[0][0]:.5g} um, its classes give {known[0][1]:.5g} um"
            by_property[prop] = (Finding("printed-differs", text, warning=True),)
    return by_property


def figure_of(runs: Sequence[Histogram]) -> SizingFigure:
    """The arrays that the report draws, of the first run."""
    h = runs[0]
    sizes = sizes_of(h.low, h.high, h.volume)
    return SizingFigure(
        path=h.path,
        runs=tuple(run.name for run in runs),
        size_low=h.low,
        size_high=h.high,
        volume=h.volume,
        cumulative=np.cumsum(h.volume),
        number=moments.number_fractions(h.low, h.high, h.volume),
        d10=moments.quantile(h.low, h.high, h.volume, 0.1),
        d50=sizes["dv50"],
        d90=moments.quantile(h.low, h.high, h.volume, 0.9),
        d4=sizes["d4"],
        d32=moments.mean_size(h.low, h.high, h.volume, 3, 2),
        d1_number_length=sizes["d1/number-length"],
        d1_length_moment=sizes["d1/length-moment"],
    )


TECHNIQUE = Technique(
    "sizing",
    "sizing",
    "Particle size distribution",
    ("size-distribution", "table"),
    RECIPES,
    KEYS,
    evaluate,
)
