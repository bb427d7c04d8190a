"""Coverage of the 95 % intervals of phase analysis: simulate a section, write, read, segment, quantify."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from negatrode.core.estimate import Estimate
from negatrode.core.recording import Recording
from negatrode.core.settings import Settings
from negatrode.files.blob import Blob
from negatrode.files.registry import read_blob
from negatrode.techniques.phases.particle import summed
from negatrode.techniques.phases.quantification import mass_share_a
from negatrode.techniques.phases.recipes import CONTENTS, POINTS
from negatrode.techniques.phases.simulate import (
    STYLES,
    Alloy,
    Microscope,
    k_factor_csv,
    npz_bytes,
    points_csv,
    silicon_titanium,
    simulate_counts,
    simulate_section,
    tin_titanium,
)
from negatrode.techniques.phases.technique import TECHNIQUE
from negatrode.techniques.technique import estimate

U_K = 0.05
U_BIAS = 0.05
Truths = dict[str, tuple[float, Estimate]]


def _alloy(rng: np.random.Generator) -> Alloy:
    """Si/TiSi2 or Sn/Ti6Sn5 with oxygen and nitrogen about the limits of the claims."""
    a = {"O": rng.uniform(0.1, 0.6), "N": rng.uniform(0.05, 0.4)}
    b = {"O": rng.uniform(0.5, 4.0), "N": rng.uniform(0.3, 3.0)}
    return (silicon_titanium if rng.random() < 0.5 else tin_titanium)(a, b)


def _biased(alloy: Alloy, rng: np.random.Generator) -> Alloy:
    """The alloy as an analysis recipe with its own bias of O and N sees it."""
    seen = [
        {e: w + (rng.normal(0.0, U_BIAS) if e in ("O", "N") else 0.0) for e, w in p.items()}
        for p in (alloy.a, alloy.b)
    ]
    return Alloy(alloy.name, seen[0], seen[1], alloy.density_a, alloy.density_b)


def trial(rng: np.random.Generator) -> Truths:
    """Four particles of one style, 20, 60 or 200 counts a pixel, k-factors to 5 %; and 5 to 12 points."""
    section = simulate_section(rng, STYLES[int(rng.integers(3))], shell=rng.uniform(6.0, 9.0))
    alloy = _alloy(rng)
    counts = float(rng.choice([20.0, 60.0, 200.0]))
    maps = simulate_counts(rng, section, alloy, Microscope(counts_per_pixel=counts, minor_gain=4.0))
    read = [
        read_blob(Blob("map.npz", npz_bytes(maps))),
        read_blob(Blob("k.csv", k_factor_csv(maps, U_K, rng).encode())),
    ]
    given = {
        "phase_a": "Si" if alloy.name.startswith("Si") else "Sn",
        "phase_b": "Ti",
        "specimen": "thin",
        "density_a": f"{alloy.density_a} g/cm3",
        "density_b": f"{alloy.density_b} g/cm3",
    }
    found: Truths = {}
    _collect(found, read, given, section.area_fraction, section.contact_fraction, alloy)
    found |= _points(rng, alloy)
    return found


def _collect(
    found: Truths, read: list[Recording], given: Mapping[str, str], area: float, contact: float, alloy: Alloy
) -> None:
    settings = Settings("phases", TECHNIQUE.keys, given)
    evaluation = TECHNIQUE.evaluate(read, settings)

    def measured(prop: str, recipe: str | None = None) -> Estimate:
        return estimate(TECHNIQUE, evaluation, prop, recordings=read, settings=settings, recipe=recipe)

    found["area_fraction_a"] = (area, measured("area_fraction_a"))
    found["a_surrounded_by_b"] = (contact, measured("a_surrounded_by_b"))
    _contents(found, alloy, measured, "")
    m, _ = mass_share_a(area, alloy.density_a, alloy.density_b)
    for prop, element in (("oxygen", "O"), ("nitrogen", "N")):
        truth = m * alloy.a[element] + (1.0 - m) * alloy.b[element]
        for recipe in ("phase-balance", "map-mean"):
            found[f"{prop}/{recipe}"] = (truth, measured(prop, recipe))


def _contents(found: Truths, alloy: Alloy, measured: Callable[[str], Estimate], label: str) -> None:
    for phase, truth in (("a", alloy.a), ("b", alloy.b)):
        pair = {p: measured(p) for p, (_, where) in CONTENTS.items() if where.lower() == phase}
        for prop, value in pair.items():
            found[f"{prop}{label}"] = (truth[CONTENTS[prop][0]], value)
        first = next(iter(pair.values()))
        total = summed({p: e.outcome for p, e in pair.items()})
        name = f"oxygen_in_{phase} + nitrogen_in_{phase}{label}"
        found[name] = (truth["O"] + truth["N"], Estimate(name, "wt%", total, first.recipe))


def _points(rng: np.random.Generator, alloy: Alloy) -> Truths:
    text = points_csv(rng, _biased(alloy, rng), points=int(rng.integers(5, 13)))
    read = [read_blob(Blob("points-wds.csv", text.encode()))]
    settings = Settings("phases", TECHNIQUE.keys, {"u_bias": f"{U_BIAS} wt%"})
    evaluation = TECHNIQUE.evaluate(read, settings)

    def measured(prop: str) -> Estimate:
        return estimate(TECHNIQUE, evaluation, prop, recordings=read, settings=settings)

    found: Truths = {}
    _contents(found, alloy, measured, f"/{POINTS}")
    return found
