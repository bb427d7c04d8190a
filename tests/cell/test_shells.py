"""Core and shell: closed forms, conservation through swelling, modes against volumes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from negatrode.cell.cell import Cell
from negatrode.cell.electrode import Shell
from negatrode.cell.protocol import Step
from negatrode.cell.sensitivity import sensitivities
from negatrode.cell.simulate import simulate
from negatrode.core.errors import InputError
from negatrode.material.table import FARADAY, Table
from tests.cell.cells import electrode, half_cell, line, once, plain_host


def shelled(
    *, share: float, permeability: float, partition: float, moving: bool = False, expansion: float = 0.0,
    diffusivity: float = 1e-10, exchange: float = 500.0,
) -> Cell:  # fmt: skip
    """A half cell of particles of 2 um in a shell (none for share zero)."""
    host = replace(
        plain_host(line(0.9, 0.1), diffusivity=diffusivity, exchange=exchange), expansion=expansion
    )
    layer = electrode(host, 0.05)
    shell = Shell(share, Table.constant(permeability), partition) if share else None
    particle = replace(layer.particles[0], shell=shell, moving=moving)
    return half_cell(replace(layer, particles=(particle,)), exchange=1e4, voltage_limits=(0.0, 3.0))


def capacity(cell: Cell) -> float:
    """A h between empty and full."""
    p = cell.positive.particles[0]
    return p.capacity_concentration * cell.positive.thickness * cell.area * FARADAY / 3600


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("rate", [0.05, 0.2])
@pytest.mark.parametrize("moving", [False, True])
def test_shell_limited_rate(share: float, rate: float, moving: bool) -> None:
    """At steady flux the drop over the shell is ``C r_i^2 (r_o - r_i) / (3 P r_o)``, C in cores a second.

    That is the closed form ``C_lim = 3 D_B dc_B r_o / (r_i^2 (r_o - r_i) c_A)`` with ``dc_B = K dx c_A``;
    2 %, of which the lithium that the shell itself takes up is the most (partition 1e-4).
    """
    permeability = 2e-15
    cell = shelled(share=share, permeability=permeability, partition=1e-4, moving=moving)
    p = cell.positive.particles[0]
    inner, outer = p.core_radius * p.radius, p.radius
    curve = simulate(cell, once(Step("current", rate * capacity(cell))), model="SPM", fields=True)
    assert curve.fields is not None
    half = len(curve.time) // 2
    drop = curve.fields.surface_stoichiometry[0][half, 0] - curve.fields.profiles[0][half, 0, 0]
    expected = rate / 3600 * inner**2 * (outer - inner) / (3 * permeability * outer)
    assert drop == pytest.approx(expected, rel=0.02)


def test_modes_and_volumes_agree() -> None:
    """The same particles by Galerkin modes, and by volumes whose core swells by next to nothing."""
    for partition in (1e-3, 0.1):
        given = {
            "share": 0.4,
            "permeability": 3e-16,
            "partition": partition,
            "diffusivity": 2e-15,
            "exchange": 5.0,
        }
        by_modes = simulate(shelled(**given), once(Step("c-rate", 1.0)))
        by_volumes = simulate(shelled(**given, moving=True, expansion=1e-12), once(Step("c-rate", 1.0)))
        # Second order of the volumes: 0.2 % of the capacity at the standard level.
        assert by_modes.capacity[-1] == pytest.approx(by_volumes.capacity[-1], rel=2e-3)


@pytest.mark.parametrize("expansion", [0.0, 1.0, 2.8])
def test_lithium_is_kept_through_swelling(expansion: float) -> None:
    cell = shelled(
        share=0.3, permeability=2e-15, partition=1e-2, moving=True, expansion=expansion, diffusivity=1e-15
    )
    once_full = [Step("current", 0.5 * capacity(cell)), Step("current", -0.5 * capacity(cell))]
    curve = simulate(cell, once(*once_full))
    assert abs(curve.lithium.drift) < 1e-12
    assert abs(curve.lithium.charge_drift) < 1e-12


def test_swelling_of_a_uniform_particle_slows_diffusion() -> None:
    """A core that swells to J everywhere conducts as ``J^(-2/3)``: the surface's lead follows it.

    Pseudo-steady, ``x_surface - x_mean = j R / (5 F c D)`` with the conduction scaled; small currents, so
    that J is uniform.
    """
    leads = []
    for expansion in (0.0, 2.0):
        cell = shelled(
            share=0.0, permeability=1.0, partition=1.0, moving=True, expansion=expansion, diffusivity=1e-15
        )
        curve = simulate(cell, once(Step("current", 0.02 * capacity(cell))), model="SPM", fields=True)
        assert curve.fields is not None
        mean = curve.fields.mean_stoichiometry[0][:, 0]
        at = int(np.argmin(np.abs(mean - 0.5)))
        leads.append((curve.fields.surface_stoichiometry[0][at, 0] - mean[at], mean[at]))
    grown = 1 + 2.0 * leads[1][1]
    assert leads[1][0] / leads[0][0] == pytest.approx(grown ** (2 / 3), rel=0.01)


def test_sensitivities_of_moving_particles_are_refused() -> None:
    cell = shelled(share=0.3, permeability=2e-15, partition=1e-2, moving=True, expansion=1.0)
    with pytest.raises(InputError, match="swells"):
        sensitivities(cell, once(Step("c-rate", 1.0)), ["positive.thickness"])


@pytest.mark.parametrize(
    ("share", "permeability", "partition", "words"),
    [(1.0, 1e-15, 0.1, "volume share"), (0.5, 0.0, 0.1, "P > 0"), (0.5, 1e-15, 0.0, "partition")],
)
def test_impossible_shells(share: float, permeability: float, partition: float, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Shell(share, Table.constant(permeability), partition)
