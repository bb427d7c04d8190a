"""BPX files against PyBaMM's reading of them and the bpx package's schema."""

from __future__ import annotations

import copy
import math
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from negatrode.cell.cell import Cell
from negatrode.cell.electrode import Electrode
from negatrode.core.errors import ExpressionError, InputError, MissingInput, NegatrodeError, ReadError
from negatrode.exchange.bpx import read_bpx, read_bpx_file, read_bpx_validation
from negatrode.material.table import GAS_CONSTANT, Table
from tests.exchange.bpx_files import NEGATIVE, blended, current, old, plain, write

os.environ["PYBAMM_DISABLE_TELEMETRY"] = "true"
RNG = np.random.default_rng(20260)


def _oracle(path: Path) -> Any:
    pybamm = pytest.importorskip("pybamm")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the conversion of 0.x files, defaults of PyBaMM
        return pybamm.ParameterValues.create_from_bpx(str(path))


def _evaluate(function: Any, *arguments: Any) -> Any:
    import pybamm

    if not callable(function):
        return function
    found = function(
        *[pybamm.Vector(a) if isinstance(a, np.ndarray) else pybamm.Scalar(a) for a in arguments]
    )
    return np.asarray(found.evaluate()).ravel()


def _hosts(cell: Cell, side: str) -> list[Any]:
    electrode = cell.negative if side == "Negative" else cell.positive
    assert isinstance(electrode, Electrode)
    return list(electrode.particles)


@pytest.mark.parametrize("make", [current, old, blended])
def test_equals_pybamm(make: Any, tmp_path: Path) -> None:
    """Potentials, diffusivities, exchange currents and salt properties are PyBaMM's at random points."""
    path = write(tmp_path, make())
    values, cell = _oracle(path), read_bpx(path)
    for side in ("Negative", "Positive"):
        hosts = _hosts(cell, side)
        for phase, p in zip(["Primary: ", "Secondary: "] if len(hosts) > 1 else [""], hosts, strict=True):
            low, high = sorted(p.window)
            x = np.sort(RNG.uniform(low, high, 50))
            m, kelvin, salt = p.material, 315.0, 700.0
            if m.hysteresis is None:
                exact = _evaluate(values[f"{phase}{side} electrode OCP [V]"], x)
                np.testing.assert_allclose(m.potential(x), exact, rtol=0, atol=1.01e-6)
            d = _evaluate(values[f"{phase}{side} particle diffusivity [m2.s-1]"], x, kelvin)
            np.testing.assert_allclose(m.diffusivity(x, kelvin), np.broadcast_to(d, x.shape), rtol=2e-6)
            c_max = m.maximum_concentration
            j0 = values[f"{phase}{side} electrode exchange-current density [A.m-2]"]
            expected = _evaluate(j0, salt, x * c_max, c_max, kelvin)
            ours = m.exchange_current(x, kelvin) * np.sqrt(x * (1 - x) * salt / 1000)
            np.testing.assert_allclose(ours, expected, rtol=1e-12)
            fraction = values[f"{phase}{side} electrode active material volume fraction"]
            assert p.volume_fraction == pytest.approx(fraction, rel=1e-12)
    c_e = RNG.uniform(20, 3500, 50)
    for key in ("conductivity", "diffusivity"):
        unit = "S.m-1" if key == "conductivity" else "m2.s-1"
        exact = _evaluate(values[f"Electrolyte {key} [{unit}]"], c_e, 315.0)
        np.testing.assert_allclose(getattr(cell.electrolyte, key)(np.sqrt(c_e), 315.0), exact, rtol=2e-6)
    assert cell.area == pytest.approx(
        values["Electrode width [m]"]
        * values["Electrode height [m]"]
        * values["Number of electrodes connected in parallel to make a cell"]
    )
    assert cell.ambient_temperature == values["Ambient temperature [K]"] == 288.0
    assert cell.initial_temperature == values["Initial temperature [K]"] == 290.0
    assert cell.electrolyte.initial_concentration == 1100.0
    for layer, name in ((cell.negative, "Negative electrode"), (cell.positive, "Positive electrode")):
        assert isinstance(layer, Electrode)
        power = values[f"{name} Bruggeman coefficient (electrolyte)"]
        assert layer.transport_efficiency == pytest.approx(layer.porosity**power)


def test_points_pass_through_what_is_given(tmp_path: Path) -> None:
    """A table of points holds at its points, in either order, and goes on straight outside."""
    content = current()
    x = np.array([0.1, 0.15, 0.33, 0.6, 0.97])
    y = 1 / (1 + 3 * x)
    for order in (1, -1):
        content["Parameterisation"]["Negative electrode"]["OCP [V]"] = {
            "x": x[::order].tolist(), "y": y[::order].tolist()
        }  # fmt: skip
        u = _hosts(read_bpx(write(tmp_path, content)), "Negative")[0].material.potential
        np.testing.assert_allclose(u(x), y, rtol=0, atol=2e-6)
        assert u(0.02) == pytest.approx(y[0] - 0.08 * u.slope(0.1), abs=1e-6)


def test_window_and_state_of_charge(tmp_path: Path) -> None:
    """The stoichiometries at a state of charge are those of the bpx package; full where none is given."""
    bpx = pytest.importorskip("bpx")
    content = current()
    path = write(tmp_path, content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the window reaches 1.2 mV below the cut-off
        n, p = bpx.get_electrode_stoichiometries(0.8, bpx.parse_bpx_file(path))
    cell = read_bpx(path)
    assert _hosts(cell, "Negative")[0].stoichiometry == pytest.approx(n)
    assert _hosts(cell, "Positive")[0].stoichiometry == pytest.approx(p)
    del content["State"]
    told: list[str] = []
    cell = read_bpx(write(tmp_path, content), say=told.append)
    assert _hosts(cell, "Negative")[0].stoichiometry == 0.9106
    assert _hosts(cell, "Positive")[0].stoichiometry == pytest.approx(0.2638)
    assert cell.initial_temperature == cell.ambient_temperature == 296.15
    assert cell.electrolyte.initial_concentration == 1000.0
    assert sum("is taken" in note for note in told) == 4


def test_hysteresis(tmp_path: Path) -> None:
    """Branches, decay and initial state belong to their host; the mean stands for the potential."""
    told: list[str] = []
    cell = read_bpx(write(tmp_path, blended()), say=told.append)
    graphite, silicon = _hosts(cell, "Negative")
    assert graphite.material.hysteresis is None
    rule = silicon.material.hysteresis
    assert (rule.kind, rule.decay, rule.initial) == ("one-state", 25.0, -0.5)
    x = np.linspace(0.03, 0.6, 40)
    np.testing.assert_allclose(rule.lithiation(x), 0.35 - 0.3 * x, atol=1e-6)
    np.testing.assert_allclose(
        silicon.material.potential(x), 0.45 - 0.35 * x + 0.025 * np.exp(-20 * x), atol=2e-6
    )
    assert any("mean of the two branches" in note for note in told)
    content = blended()
    host = content["Parameterisation"]["Negative electrode"]["Particle"]["silicon"]
    del host["OCP hysteresis decay constant"]
    assert (
        _hosts(read_bpx(write(tmp_path, content)), "Negative")[1].material.hysteresis.kind
        == "current-sigmoid"
    )
    del host["OCP (lithiation) [V]"]
    with pytest.raises(InputError) as caught:
        read_bpx(write(tmp_path, content))
    assert "silicon > OCP (delithiation) [V]" in caught.value.where


def test_heat_balance(tmp_path: Path) -> None:
    """C = density x volume x specific heat; h A from the file, or the caller, or no heat balance at all."""
    path = write(tmp_path, current())
    thermal = read_bpx(path).thermal
    assert thermal is not None
    assert thermal.heat_capacity == pytest.approx(2500 * 900 * 2.42e-5)
    assert thermal.cooling == pytest.approx(12 * 5.31e-3)
    again = read_bpx(path, heat_transfer_coefficient=30.0).thermal
    assert again is not None
    assert again.cooling == pytest.approx(30 * 5.31e-3)
    told: list[str] = []
    assert read_bpx(write(tmp_path, old(), "old.json"), say=told.append).thermal is None
    assert any("heat transfer coefficient" in note for note in told)
    content = current()
    del content["Parameterisation"]["Cell"]["Volume [m3]"]
    with pytest.raises(MissingInput) as caught:
        read_bpx(write(tmp_path, content, "without.json"))
    assert caught.value.key == "Parameterisation > Cell > Volume [m3]"
    with pytest.raises(InputError):
        read_bpx(path, heat_transfer_coefficient=-1.0)
    with pytest.raises(InputError):
        read_bpx(path, heat_transfer_coefficient=math.nan)


def test_functions_that_blow_up_outside_their_window(tmp_path: Path) -> None:
    """A fit that explodes or turns negative outside the window is followed where it makes sense."""
    content = current()
    host = content["Parameterisation"]["Positive electrode"]
    host["OCP [V]"] = "3.4 - 0.1 * x + 1e14 * exp(-300 * x)"
    host["Diffusivity [m2.s-1]"] = "1e-14 * (0.9 - x)"
    p = _hosts(read_bpx(write(tmp_path, content)), "Positive")[0]
    x = np.linspace(0.2638, 0.8539, 101)
    np.testing.assert_allclose(p.material.potential(x), 3.4 - 0.1 * x + 1e14 * np.exp(-300 * x), atol=1.1e-6)
    np.testing.assert_allclose(p.material.diffusivity(x), 1e-14 * (0.9 - x), rtol=2e-6)
    everywhere = np.linspace(0, 1, 5001)
    assert np.all(np.isfinite(p.material.potential(everywhere)))
    assert np.all(p.material.diffusivity(everywhere) > 0)
    host["Diffusivity [m2.s-1]"] = "1e-14 * (0.8 - x)"
    with pytest.raises(InputError) as caught:
        read_bpx(write(tmp_path, content))
    assert "Positive electrode > Diffusivity" in caught.value.where
    host["Diffusivity [m2.s-1]"] = 4e-15
    host["OCP [V]"] = "3.4 + 1e-3 / (x - 0.5)"
    with pytest.raises(InputError) as caught:
        read_bpx(write(tmp_path, content))
    assert "Positive electrode > OCP" in caught.value.where


@pytest.mark.parametrize(
    "text", ["exit(7)", "open(9)", "x**9**9**9", "__import__('os').system('true')", "x.real"]
)
@pytest.mark.parametrize(
    "place",
    [
        ("Negative electrode", "OCP [V]"),
        ("Positive electrode", "Diffusivity [m2.s-1]"),
        ("Positive electrode", "Entropic change coefficient [V.K-1]"),
        ("Electrolyte", "Conductivity [S.m-1]"),
        ("Electrolyte", "Diffusivity [m2.s-1]"),
        ("User-defined", "anything"),
        ("User-defined", "nested", "anything"),
    ],
)
def test_code_is_refused(text: str, place: tuple[str, ...], tmp_path: Path) -> None:
    """A function that is more than arithmetic is refused at its place in the file."""
    content = current()
    section = content["Parameterisation"]
    for key in place[:-1]:
        section = section.setdefault(key, {})
    section[place[-1]] = text
    with pytest.raises(ExpressionError) as caught:
        read_bpx(write(tmp_path, content))
    assert " > ".join(("Parameterisation", *place)) in caught.value.where
    assert "character" in caught.value.where


def _leaves(content: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in content.items():
        yield (*place, key)
        if isinstance(value, dict):
            yield from _leaves(value, (*place, key))


def _at(content: Any, place: tuple[str, ...]) -> Any:
    for key in place[:-1]:
        content = content[key]
    return content


_SPOILED: list[Any] = [
    None, True, "", "nonsense", [], {}, [1, 2], -1, -1e-3, 0, 1e308, 10**400, 1e-320, {"x": [1], "y": [1]},
    {"x": [0, 1], "y": [0]}, {"x": [0, 0], "y": [0, 1]}, {"x": [0, "a"], "y": [0, 1]},
    {"x": [0, 1], "y": [1, 1e308]},
    "x**9**9", "1/(x-0.5)", "log(x)", "0*x", {"x": [0.4, 0.6], "y": [1e300, -1e300]},
]  # fmt: skip


@pytest.mark.parametrize("place", list(_leaves(blended())), ids=" > ".join)
def test_corruption(place: tuple[str, ...], tmp_path: Path) -> None:
    """A field that is missing, of another type, negative, huge or nonsense gives a cell or a typed error."""
    base = plain() if place[-2:-1] != ("Particle",) and "Particle" not in place else blended()
    if "Initial hysteresis state: Negative electrode" in place or "Particle" in place:
        base = blended()
    without = copy.deepcopy(base)
    del _at(without, place)[place[-1]]
    variants = [without]
    for value in _SPOILED:
        spoiled = copy.deepcopy(base)
        _at(spoiled, place)[place[-1]] = value
        variants.append(spoiled)
    for i, content in enumerate(variants):
        try:
            found = read_bpx(write(tmp_path, content))
        except NegatrodeError as error:
            assert error.where.startswith(str(tmp_path)), (i, error)  # noqa: PT017
        else:
            assert isinstance(found, Cell)


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "3", "null", '{"Header": NaN}', '{"Header": Infinity}', '{"a": 1, "a": 2}', "\x00",
        '{"Header": {"BPX": "1.1.0", "Model": "DFN", "BPX": "1.0.0"}}', "[" * 100_000, '{"a":' * 100_000,
        "{" + '"a": ' + "9" * 10_000 + "}", "Header:\n  BPX: 1.0\n",
    ],
)  # fmt: skip
def test_damaged_json(text: str, tmp_path: Path) -> None:
    """Damage, repeated keys, NaN and depth bombs are refused as such."""
    path = tmp_path / "cell.json"
    path.write_text(text, "utf-8")
    with pytest.raises((ReadError, MissingInput)) as caught:
        read_bpx(path)
    assert str(path) in caught.value.where
    path.write_bytes(b"\xff\xfe\x00{")
    with pytest.raises(ReadError):
        read_bpx(path)
    with pytest.raises(ReadError):
        read_bpx(tmp_path / "missing.json")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("Remarks",), "a"), (("Header", "Author"), "a"), (("Parameterisation", "Casing"), {}),
        (("Parameterisation", "Cell", "Mass [kg]"), 1.0),
        (("Parameterisation", "Separator", "Colour"), "red"),
        (("Parameterisation", "Negative electrode", "Diffusivity [m2/s]"), 1e-14),
        (("Parameterisation", "Cell", "Initial temperature [K]"), 298.0),
        (("Parameterisation", "Cell", "Thermal conductivity [W.m-1.K-1]"), 1.0),
        (("Parameterisation", "Electrolyte", "Initial concentration [mol.m-3]"), 1000),
        (("State", "Pressure"), {}), (("State", "Initial conditions", "Humidity"), 1),
        (("State", "Thermal environment", "Wind"), 1), (("State", "Degradation"), {"LLI": 0.1}),
        (("State", "Degradation"), {"SEI": 0}), (("Header", "BPX"), "2.0.0"), (("Header", "BPX"), "new"),
        (("Header", "Model"), "P2D"),
    ],
)  # fmt: skip
def test_unknown_fields_are_refused(place: tuple[str, ...], value: Any, tmp_path: Path) -> None:
    """No field is dropped in silence."""
    content = plain()
    _at(content, place)[place[-1]] = value
    with pytest.raises(InputError) as caught:
        read_bpx(write(tmp_path, content))
    assert " > ".join(place) in caught.value.where


@pytest.mark.parametrize("model", ["SPM", "Partial"])
def test_single_particle_files_say_what_lacks(model: str, tmp_path: Path) -> None:
    """A parameter set without electrolyte and separator names them."""
    content = plain()
    content["Header"]["Model"] = model
    for part in ("Electrolyte", "Separator"):
        del content["Parameterisation"][part]
    with pytest.raises(MissingInput) as caught:
        read_bpx(write(tmp_path, content))
    assert caught.value.key == "Parameterisation > Electrolyte"
    assert "Separator" in caught.value.found


def test_what_is_kept_beside_the_cell(tmp_path: Path) -> None:
    """Header, user-defined parameters and validation curves are kept; current turns positive on discharge."""
    content = plain()
    content["Parameterisation"]["User-defined"] = {
        "description": "ours!",
        "a": 1,
        "b": "2 * x",
        "c": {"d": 1},
    }
    content["Validation"] = {
        "1C": {"Time [s]": [0, 10, 20], "Current [A]": [-5, -5, 0], "Voltage [V]": [4.1, 4.0, 4.05]}
    }
    path = write(tmp_path, content)
    told: list[str] = []
    found = read_bpx_file(path, say=told.append)
    assert found.user_defined == content["Parameterisation"]["User-defined"]
    assert (found.title, found.version, found.model) == ("test cell", "1.1.0", "DFN")
    assert any("User-defined" in note for note in told)
    assert tuple(told) == found.notes
    curve = read_bpx_validation(path)["1C"]
    assert curve.current.tolist() == [5, 5, 0]
    assert curve.temperature is None
    assert found.validation["1C"].voltage.tolist() == [4.1, 4.0, 4.05]
    assert read_bpx_validation(write(tmp_path, plain())) == {}
    for key, bad in (
        ("Time [s]", [0, 10]),
        ("Time [s]", [0, 20, 10]),
        ("Current [A]", ["a"] * 3),
        ("X", [1]),
    ):
        spoiled = copy.deepcopy(content)
        spoiled["Validation"]["1C"][key] = bad
        with pytest.raises(InputError):
            read_bpx_validation(write(tmp_path, spoiled, "spoiled.json"))


def test_reference_temperature(tmp_path: Path) -> None:
    """Without a reference temperature nothing may depend on it."""
    content = plain()
    del content["Parameterisation"]["Cell"]["Reference temperature [K]"]
    with pytest.raises(MissingInput) as caught:
        read_bpx(write(tmp_path, content))
    assert caught.value.key.endswith("Reference temperature [K]")
    for part in content["Parameterisation"].values():
        for key in [k for k in part if "activation" in k or "Entropic" in k]:
            del part[key]
    assert read_bpx(write(tmp_path, content)).reference_temperature == 298.15


def test_arrhenius_from_the_reference(tmp_path: Path) -> None:
    """Coefficients hold at the reference temperature of the file and follow Arrhenius from there."""
    d = _hosts(read_bpx(write(tmp_path, current())), "Negative")[0].material.diffusivity
    factor = math.exp(30300 / GAS_CONSTANT * (1 / 296.15 - 1 / 320))
    assert d(0.5, 320.0) / d(0.5, 296.15) == pytest.approx(factor, rel=1e-12)
    assert d(0.5, 296.15) == pytest.approx(3.3e-14 * (1 + 2 * math.exp(-5)), rel=2e-6)


def test_nesting_is_bounded(tmp_path: Path) -> None:
    """Sections within sections, and hosts of an electrode, are bounded in number."""
    content = plain()
    inner: dict[str, Any] = {}
    content["Parameterisation"]["User-defined"] = inner
    for _ in range(300):
        inner["a"] = {}
        inner = inner["a"]
    with pytest.raises(ReadError):
        read_bpx(write(tmp_path, content))
    content = blended()
    electrode = content["Parameterisation"]["Negative electrode"]
    host = electrode["Particle"]["graphite"]
    for hosts in ({}, {str(i): host for i in range(1000)}):
        electrode["Particle"] = hosts
        with pytest.raises(InputError):
            read_bpx(write(tmp_path, content))


def test_coefficients_stay_positive(tmp_path: Path) -> None:
    """Points that end above zero on a slope towards it do not go on below it."""
    content = current()
    points = {"x": [100, 500, 1000, 1500, 2000], "y": [0.4, 0.9, 1.1, 0.7, 0.1]}
    content["Parameterisation"]["Electrolyte"]["Conductivity [S.m-1]"] = points
    conductivity = read_bpx(write(tmp_path, content)).electrolyte.conductivity
    roots = np.linspace(0, 64, 2000)
    assert np.all(conductivity(roots) > 0)
    np.testing.assert_allclose(conductivity(np.sqrt(points["x"])), points["y"], rtol=2e-6)


def test_only_tables(tmp_path: Path) -> None:
    """Every function of a cell is a table: nothing that came from a file is ever called again."""
    m = _hosts(read_bpx(write(tmp_path, current())), "Negative")[0].material
    assert all(isinstance(getattr(m, k), Table) for k in ("potential", "diffusivity", "entropy"))
    assert NEGATIVE["OCP [V]"].startswith("1.9793")
