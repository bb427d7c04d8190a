"""What the maker can turn, and what each turn changes: the route run again at the central draw.

The bands say what is not known; this says what moves what. Both ends of a change have the same unknowns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from negatrode.core.errors import NegatrodeError
from negatrode.material.prior import Draws
from negatrode.process.hard_carbon import HardCarbonRun, run_route
from negatrode.process.powder.properties import predictions
from negatrode.process.programme import Programme
from negatrode.process.route import HardCarbonRoute

Turn = Callable[[HardCarbonRoute], HardCarbonRoute]


@dataclass(frozen=True)
class Knob:
    """A turn of one knob: its words, and the change of every predicted property at the central draw (and of
    "total_yield"); ``why_not`` where the turned route cannot be run.
    """

    words: str
    changes: Mapping[str, float]
    why_not: str = ""


def knobs(route: HardCarbonRoute) -> list[Knob]:
    """Every knob that the route has, turned by one step."""
    base = _values(run_route(route, Draws(1)))
    found = []
    for words, turn in _turns(route):
        try:
            there = _values(run_route(turn(route), Draws(1)))
        except NegatrodeError as error:
            found.append(Knob(words, {}, error.sentence()))
            continue
        found.append(Knob(words, {name: there[name] - base[name] for name in base}))
    return found


def _values(run: HardCarbonRun) -> dict[str, float]:
    rows, _ = predictions(run.powder)
    return {name: float(p.values[0]) for name, p in rows.items()} | {"total_yield": float(run.total_yield[0])}


def hotter(programme: Programme, kelvin: float) -> Programme:
    """The programme with its hottest plateau moved up: every corner at the highest temperature."""
    top = programme.celsius.max()
    moved = np.where(programme.celsius >= top - 1e-9, programme.celsius + kelvin, programme.celsius)
    return replace(programme, celsius=moved)


def longer(programme: Programme, factor: float) -> Programme:
    """The programme with the stretches at its highest temperature longer by a factor."""
    top = programme.celsius.max()
    flat = (programme.celsius[1:] >= top - 1e-9) & (programme.celsius[:-1] >= top - 1e-9)
    spans = np.diff(programme.seconds) * np.where(flat, factor, 1.0)
    return replace(programme, seconds=np.concatenate([[0.0], np.cumsum(spans)]))


def _turns(route: HardCarbonRoute) -> Iterator[tuple[str, Turn]]:
    s = route.suspension
    if s.stirrer is not None:
        faster = replace(s.stirrer, speed=1.2 * s.stirrer.speed)
        yield "stirrer 20 % faster", lambda r: replace(r, suspension=replace(r.suspension, stirrer=faster))
    if s.silica is not None and s.silica.concentration > 0.0:
        more = replace(s.silica, concentration=1.2 * s.silica.concentration)
        yield "20 % more silica", lambda r: replace(r, suspension=replace(r.suspension, silica=more))
    shares = _more_nitrile(s.monomers)
    if shares is not None:
        yield (
            "5 % more acrylonitrile, less styrene",
            lambda r: replace(r, suspension=replace(r.suspension, monomers=shares)),
        )
    if route.oxidation is not None:
        o = route.oxidation
        yield "oxidation 10 K hotter", _with_oxidation(hotter(o.programme, 10.0))
        yield "oxidation held twice as long", _with_oxidation(longer(o.programme, 2.0))
    yield "carbonisation 50 K hotter", lambda r: replace(r, carbonisation=hotter(r.carbonisation, 50.0))
    yield (
        "carbonisation held ten times as long",
        lambda r: replace(r, carbonisation=longer(r.carbonisation, 10.0)),
    )


def _with_oxidation(programme: Programme) -> Turn:
    def turn(r: HardCarbonRoute) -> HardCarbonRoute:
        assert r.oxidation is not None
        return replace(r, oxidation=replace(r.oxidation, programme=programme))

    return turn


def _more_nitrile(shares: Mapping[str, float]) -> dict[str, float] | None:
    """Five hundredths from styrene to acrylonitrile, where there are both."""
    names = {k.lower(): k for k in shares}
    styrene = names.get("styrene") or names.get("st")
    nitrile = names.get("acrylonitrile") or names.get("an")
    if styrene is None or nitrile is None or shares[styrene] < 0.05:
        return None
    return {**shares, styrene: shares[styrene] - 0.05, nitrile: shares[nitrile] + 0.05}
