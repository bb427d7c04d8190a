"""Size classes, held against closed forms and against PyBaMM's many-particle mesh."""

from __future__ import annotations

import math

import numpy as np
import pytest

from negatrode.cell.electrode import Particle
from negatrode.cell.populations import lognormal, size_distributed
from negatrode.core.errors import InputError
from negatrode.material.active import ActiveMaterial
from negatrode.material.table import Table
from tests.exchange.pybamm_sets_read import import_pybamm

FLAT = Table.constant(1.0)
HOST = ActiveMaterial("host", 3e4, FLAT, Table.constant(1e-14), FLAT)
SPHERES = Particle(HOST, 5e-6, 0.6, 0.5)


@pytest.mark.parametrize("rule", ["gauss", "midpoint"])
@pytest.mark.parametrize("deviation", [0.05, 0.3, 0.8])
@pytest.mark.parametrize("classes", [1, 4, 30])
def test_volume_is_kept_and_area_is_that_of_the_spheres(rule: str, deviation: float, classes: int) -> None:
    """The volume fraction to rounding, and 3 eps / R in every class."""
    parts = size_distributed(SPHERES, deviation, classes, rule=rule)
    assert sum(p.volume_fraction for p in parts) == pytest.approx(0.6, rel=1e-12)
    for part in parts:
        assert part.area == pytest.approx(3 * part.volume_fraction / part.radius, rel=1e-12)
        assert part.material is HOST


@pytest.mark.parametrize("deviation", [0.1, 0.3, 0.5])
def test_moments_of_the_gauss_classes_are_those_of_the_log_normal(deviation: float) -> None:
    """Area-weighted mean and standard deviation, where the limits cut nothing off."""
    parts = size_distributed(SPHERES, deviation, 40, minimum=0.0, maximum=60.0)
    area = np.array([p.area for p in parts])
    radius = np.array([p.radius for p in parts]) / SPHERES.radius
    mean = float(area @ radius / area.sum())
    spread = math.sqrt(float(area @ (radius - mean) ** 2 / area.sum()))
    assert mean == pytest.approx(1.0, rel=1e-6)
    assert spread == pytest.approx(deviation, rel=1e-5)
    assert area.sum() == pytest.approx(SPHERES.area, rel=1e-6)


@pytest.mark.parametrize("classes", [2, 3, 6])
def test_few_gauss_classes_hold_the_moments_of_many_steps(classes: int) -> None:
    """Area and area-weighted variance of the cut density are exact from two classes on."""
    few = size_distributed(SPHERES, 0.4, classes, minimum=0.3, maximum=2.0)
    many = size_distributed(SPHERES, 0.4, 20000, minimum=0.3, maximum=2.0, rule="midpoint")
    assert len(few) == classes
    for power in (0, 2):
        one, other = (sum(p.area * p.radius**power for p in parts) for parts in (few, many))
        assert one == pytest.approx(other, rel=1e-6)


def test_midpoint_classes_are_pybamms_mesh() -> None:
    """Radii, volume shares and total area of PyBaMM's default distribution and mesh."""
    pybamm = import_pybamm()
    values = pybamm.get_size_distribution_parameters(pybamm.ParameterValues("Chen2020"), sd_n=0.4, sd_p=0.2)
    simulation = pybamm.Simulation(pybamm.lithium_ion.MPM(), parameter_values=values)
    solution = simulation.solve([0, 1])
    for domain, deviation in (("negative", 0.4), ("positive", 0.2)):
        Domain = domain.capitalize()
        particle = Particle(
            HOST,
            values[f"{Domain} particle radius [m]"],
            values[f"{Domain} electrode active material volume fraction"],
            0.5,
        )
        parts = size_distributed(particle, deviation, 30, rule="midpoint")
        area = solution[f"X-averaged {domain} electrode surface area to volume ratio [m-1]"].entries[0]
        assert sum(p.area for p in parts) == pytest.approx(float(np.ravel(area)[0]), rel=1e-9)
        nodes = simulation.mesh[f"{domain} particle size"].nodes
        assert len(parts) > 20  # the smallest classes hold nothing (1e-14 of the largest) and are left out
        np.testing.assert_allclose([p.radius for p in parts], nodes[-len(parts) :], rtol=1e-9)


def test_lognormal_is_pybamms() -> None:
    """The density, at points across it."""
    pybamm = import_pybamm()
    radii = np.linspace(0.2, 3.0, 15)
    from pybamm.parameters.size_distribution_parameters import lognormal as theirs

    exact = [float(np.ravel(pybamm.convert_to_symbol(theirs(r, 1.0, 0.35)).evaluate())[0]) for r in radii]
    np.testing.assert_allclose(lognormal(radii, 0.35), exact, rtol=1e-12)


@pytest.mark.parametrize(
    "arguments",
    [
        {"standard_deviation": 0.0, "classes": 5},
        {"standard_deviation": float("nan"), "classes": 5},
        {"standard_deviation": 0.3, "classes": 0},
        {"standard_deviation": 0.3, "classes": 5, "minimum": -0.1},
        {"standard_deviation": 0.3, "classes": 5, "minimum": 2.0, "maximum": 3.0},
        {"standard_deviation": 0.3, "classes": 5, "minimum": 0.5, "maximum": float("nan")},
        {"standard_deviation": 0.3, "classes": 5, "rule": "trapezoid"},
    ],
)
def test_impossible_distributions_are_refused(arguments: dict[str, float]) -> None:
    """Each by an input error."""
    with pytest.raises(InputError):
        size_distributed(SPHERES, **arguments)  # type: ignore[arg-type]  # wrong on purpose


def test_an_area_of_its_own_is_refused() -> None:
    """A population whose area is not that of its spheres has no size distribution of spheres."""
    with pytest.raises(InputError):
        size_distributed(Particle(HOST, 5e-6, 0.6, 0.5, area_per_volume=1e6), 0.3, 5)
