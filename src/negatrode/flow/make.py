"""ROUTE.toml -> a made powder: the route read, its draws run, the result as predictions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from negatrode.flow.alloy_route import alloy_route
from negatrode.flow.route import RouteFile, hard_carbon_route
from negatrode.material.prior import Draws
from negatrode.process.alloying.make import AlloyRun, run_alloy
from negatrode.process.alloying.make import as_made as alloy_made
from negatrode.process.hard_carbon import HardCarbonRun, run_route
from negatrode.process.hard_carbon_made import as_made
from negatrode.process.made import Made


@dataclass(frozen=True, eq=False)
class Making:
    """A route's file, what it leads to, and the run behind it (of a hard carbon, or of an alloy)."""

    file: RouteFile
    made: Made
    hard_carbon: HardCarbonRun | None = None
    alloy: AlloyRun | None = None


def _silent(_: str) -> None:
    pass


def make_powder(file: RouteFile, say: Callable[[str], None] = _silent) -> Making:
    """Run the route of a ROUTE.toml over its draws; InputError for what cannot be meant."""
    draws = Draws(file.draws, seed=file.seed)
    if file.material == "alloy":
        alloy = run_alloy(alloy_route(file), draws, say)
        return Making(file, alloy_made(alloy), alloy=alloy)
    run = run_route(hard_carbon_route(file), draws, say)
    return Making(file, as_made(run), run)
