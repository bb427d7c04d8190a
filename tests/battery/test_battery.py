"""From a powder to a battery: the coated layer, the balance of a cell, thin against thick, bands, movers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from negatrode.battery.assembly import assemble
from negatrode.battery.bands import shares
from negatrode.battery.build import Counter, Design, charged, full_cell, half_cell
from negatrode.battery.carbon import LEVERS, CarbonSource, carbon_powder
from negatrode.battery.coating import Coating, layer
from negatrode.battery.trials import Plan, go_through
from negatrode.cell.electrode import Electrode, Particle
from negatrode.cell.protocol import Step
from negatrode.cell.simulate import simulate
from negatrode.core.errors import InputError
from negatrode.material.hard_carbon.material import HardCarbon
from negatrode.material.library import counter_electrode, electrolyte, lithium_metal
from negatrode.material.predicted import Known
from negatrode.material.prior import Draws
from negatrode.material.table import FARADAY, Table

STATED = {
    "hydrogen_to_carbon": 0.035, "d002": 0.382, "specific_surface_area": 3.0, "dv50": 9.0, "d4_to_d1": 1.6,
    "sphericity": 0.95, "oxygen": 0.3,
}  # fmt: skip


def source(n: int, seed: int = 0) -> CarbonSource:
    """A carbon on n draws, with 2 % of uncertainty in everything measured."""
    rng = np.random.default_rng(seed)
    noisy = {k: v * (1 + 0.02 * np.r_[0.0, rng.standard_normal(n - 1)]) for k, v in STATED.items()}
    return CarbonSource(HardCarbon(Known(noisy, Draws(n, seed))))


def design(rate: float = 50.0, counter: str | None = "NMC811") -> Design:
    found = None
    if counter is not None:
        row = counter_electrode(counter)
        found = Counter(
            row.name, row.material, row.radius.value, row.density.value, row.window, row.porosity.value,
            row.active_share.value, row.conductivity.value, row.upper_voltage.value, row.lower_voltage.value,
        )  # fmt: skip
    return Design(Coating(rate, density=0.95), electrolyte("EC/EMC"), lithium_metal(), found)


def test_layer_follows_from_masses() -> None:
    """Thickness and porosity by the sums of masses over densities, computed here once more."""
    made = layer(Coating(60.0, density=1.0, binder=0.04, additive=0.02), 1.5)
    grams = 60.0 / 0.94  # of layer, per m2
    assert made.thickness == pytest.approx(grams / 1e6)
    solid = 60.0 / 1.5 + 0.04 * grams / 1.77 + 0.02 * grams / 1.9  # cm3 per m2
    assert made.porosity == pytest.approx(1 - solid / grams)
    assert made.active_fraction == pytest.approx(60.0 / 1.5 / grams)
    again = layer(Coating(60.0, porosity=made.porosity, binder=0.04, additive=0.02), 1.5)
    assert again.thickness == pytest.approx(made.thickness)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"density": 2.5}, "a layer holds pores"),
        ({"density": 0.95, "porosity": 0.2}, "which makes"),
        ({}, "neither a density nor a porosity"),
        ({"density": 1.0, "binder": 0.5, "additive": 0.3}, "together below 0.6"),
        ({"porosity": 1.2}, "between 0.05 and 0.9"),
    ],
)
def test_impossible_layers(changes: dict[str, float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        layer(Coating(50.0, **changes), 1.52)


def test_a_full_cell_is_balanced() -> None:
    """N/P 1.1: charged, the carbon is full to about 1 / 1.1; the lithium is the positive's less the loss."""
    powder = carbon_powder(source(1).carbon, 0)
    cell = charged(full_cell(powder, design()))
    assert isinstance(cell.negative, Electrode)
    window = cell.negative.particles[0].window
    assert window is not None
    assert window[1] == pytest.approx(1 / 1.1, abs=0.03)
    assert cell.nominal_capacity == pytest.approx(50 * powder.reversible / 1.1 / 1000, rel=1e-9)
    curve = simulate(cell, "Discharge at C/20", soc=1.0)
    assert curve.capacity[-1] == pytest.approx(cell.nominal_capacity, rel=0.08)


def test_more_irreversible_lithium_than_the_counter_electrode_gives() -> None:
    powder = replace(carbon_powder(source(1).carbon, 0), irreversible=900.0)
    with pytest.raises(InputError, match="formation leaves lithium"):
        full_cell(powder, replace(design(), counter_rate=100.0))
    with pytest.raises(InputError, match="no counter-electrode"):
        full_cell(powder, design(counter=None))


def test_half_cell_gives_its_capacity() -> None:
    powder = carbon_powder(source(1).carbon, 0)
    cell = half_cell(powder, design())
    curve = simulate(cell, ["Discharge at C/50", "Hold at 0.005 V until C/500"])
    assert 1000 * curve.capacity[-1] / 50 == pytest.approx(powder.reversible, rel=0.03)


def limiting_rate(rate: float) -> float:
    """C-rate above which a layer's electrolyte runs dry at steady current: half-cell layer of fast particles.

    Uniform reaction (particles and kinetics fast, solid conductive), constant electrolyte, the separator thin
    and free: found by bisection of whether half of the capacity is reached.
    """
    host = replace(
        source(1).carbon.material(0), diffusivity=Table.constant(1e-8), exchange_current=Table.constant(1e4),
        potential=Table(0.0, 1.0, np.array([[3.0, 1.0]]), np.full((1, 2), -2.0)), hysteresis=None,
    )  # fmt: skip
    made = layer(Coating(rate, density=0.95), 1.52)
    salt = replace(
        electrolyte("EC/EMC"), conductivity=Table.constant(50.0), diffusivity=Table.constant(2e-10)
    )
    electrode = Electrode(
        made.thickness,
        made.porosity,
        made.porosity**1.5,
        1e4,
        (Particle(host, 1e-7, made.active_fraction, 0.01),),
    )
    powder = replace(carbon_powder(source(1).carbon, 0), lower_voltage=-3.0, upper_voltage=4.0)
    cell = half_cell(powder, replace(design(rate), electrolyte=salt))
    gap = replace(cell.separator, thickness=1e-6, porosity=1.0, transport_efficiency=1.0)
    cell = replace(cell, positive=electrode, separator=gap)
    capacity = made.active_fraction * host.maximum_concentration * made.thickness * FARADAY / 3600
    cell = replace(cell, nominal_capacity=capacity)
    low, high = 0.05, 400.0
    for _ in range(12):
        middle = (low * high) ** 0.5
        curve = simulate(cell, Step("c-rate", middle), accuracy_level="quick")
        low, high = (middle, high) if curve.capacity[-1] > 0.5 * capacity else (low, middle)
    return (low * high) ** 0.5


def test_limiting_rate_falls_with_the_square_of_the_loading() -> None:
    """60 against 150 g/m2: (150 / 60)^2, within 15 %; and the level of ``2 F D eps^1.5 c / (L (1 - t+))``."""
    thin, thick = limiting_rate(60.0), limiting_rate(150.0)
    assert thin / thick == pytest.approx(2.5**2, rel=0.15)


def test_bands_and_movers() -> None:
    """Bands hold the centre, draws cannot be told from their order, and a thicker coating is slower."""
    battery = assemble(source(24), design(), Plan(cycles=6), LEVERS)
    for name, band in battery.bands.outcomes.items():
        assert band.low <= band.high, name
    assert battery.bands.rates[5.0].centre < battery.bands.rates[0.2].centre
    movers = {m.name: m for m in battery.movers}
    assert movers["coating_rate"].changes["10C"] < 0
    assert movers["dv50"].changes["5C"] < 0
    assert movers["hydrogen_to_carbon"].changes["first_discharge"] > 0
    assert "prior:hc.level" in battery.unknown["first_discharge"]
    again = assemble(source(24), design(), Plan(cycles=6), (), workers=1)
    for ours, theirs in zip(battery.bands.trials, again.bands.trials, strict=True):
        assert ours.rate_capacity == theirs.rate_capacity


def test_a_rate_test_is_monotone() -> None:
    trials = go_through(carbon_powder(source(1).carbon, 0), design(), Plan(cycles=0))
    rates = list(trials.rate_capacity.values())
    assert rates == sorted(rates, reverse=True)
    assert not trials.failed


def test_shares_of_variance() -> None:
    """Of ``y = 2 a + b`` the first-order shares are 0.8 and 0.2 (of ranks a little less); noise has none."""
    rng = np.random.default_rng(5)
    a, b, c = rng.standard_normal((3, 4000))
    found = shares(list(2 * a + b), {"a": a, "b": b, "c": c})
    assert found["a"] == pytest.approx(0.79, abs=0.03)
    assert found["b"] == pytest.approx(0.19, abs=0.03)
    assert "c" not in found
