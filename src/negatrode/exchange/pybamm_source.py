"""A PyBaMM parameter set, opened: its name, the model options it is meant for, and its symbols evaluated.

Everything is read through PyBaMM's own ``LithiumIonParameters``, so that a table holds what PyBaMM's models
solve (with its clipping, its barrier at the ends of the potential, its regularised roots), not merely what
the parameter file says.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import numpy as np

from negatrode.core.errors import InputError, MissingInput, Refusal
from negatrode.material.table import Array

Evaluated = Callable[..., Array]  # (coordinate, ..., temperature) -> values

# Options that are read here; every other one has to stand at PyBaMM's default.
READ_OPTIONS = frozenset(
    {
        "cell geometry",
        "contact resistance",
        "open-circuit potential",
        "particle phases",
        "surface form",
        "thermal",
        "transport efficiency",
        "use lumped thermal capacity",
        "working electrode",
    }
)
# What a function that does not fit PyBaMM's symbols raises (RuntimeError includes NotImplementedError).
UNUSABLE = (TypeError, ValueError, AttributeError, ArithmeticError, RuntimeError, IndexError, AssertionError)
KNOWN_POTENTIALS = ("single", "current sigmoid", "one-state hysteresis")


def import_pybamm() -> Any:
    """PyBaMM, with its telemetry switched off.

    Raises
    ------
    MissingInput
        Where it is not installed.
    """
    os.environ.setdefault("PYBAMM_DISABLE_TELEMETRY", "true")
    try:
        import pybamm
    except ImportError as error:
        raise MissingInput(
            f"PyBaMM cannot be imported ({error})",
            key="pybamm",
            rule="PyBaMM parameter sets are evaluated by PyBaMM",
            remedy="pip install pybamm",
        ) from error
    return pybamm


@dataclass(frozen=True, eq=False)
class Source:
    """A parameter set with its options; evaluates PyBaMM's symbols on arrays.

    ``parameters`` is PyBaMM's ``LithiumIonParameters`` and ``options`` its ``BatteryModelOptions``.
    """

    name: str
    values: Any
    options: Any
    parameters: Any
    _processed: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def half_cell(self) -> bool:
        """Whether the counter-electrode is lithium metal."""
        return bool(self.options["working electrode"] == "positive")

    @property
    def reference_temperature(self) -> float:
        """K at which potentials hold as given."""
        return self.number(self.parameters.T_ref, "Reference temperature [K]")

    def phases(self, domain: str) -> list[str]:
        """The phases ("primary", "secondary") of an electrode ("negative", "positive")."""
        return list(self.options.phases[domain])

    def number(self, symbol: Any, name: str) -> float:
        """One number; a parameter that varies over the cell or in time is refused by name."""
        pybamm = import_pybamm()
        processed = self._process(symbol, name)
        while isinstance(processed, pybamm.Broadcast):
            processed = processed.orphans[0]
        nodes = list(processed.pre_order())
        if any(isinstance(n, pybamm.SpatialVariable | pybamm.Time) for n in nodes):
            raise Refusal(
                f"{name} varies over the cell or in time",
                where=self.name,
                rule="a cell here has layers of one composition each, and constant parameters",
                remedy="give one number",
            )
        self._refuse_inputs(nodes, name)
        return float(np.ravel(self._evaluate(processed, None, name))[0])

    def function(self, build: Callable[..., Any], name: str) -> Evaluated:
        """The function of arrays and of temperature behind ``build(*coordinates, temperature)``.

        The coordinates enter as state vectors, as they do in PyBaMM's discretised models: what PyBaMM does
        to functions of the state alone (regularised roots) is done here too.
        """

        def evaluated(*arguments: Any) -> Array:
            *coordinates, temperature = arguments
            arrays = np.broadcast_arrays(*[np.asarray(c, dtype=np.float64) for c in coordinates])
            shape, size = arrays[0].shape, arrays[0].size
            processed = self._of_size(build, name, size, len(arrays))
            state = np.concatenate([a.ravel() for a in arrays] + [np.full(size, float(temperature))])[:, None]
            values = self._evaluate(processed, state, name)
            flat = np.broadcast_to(np.ravel(values), (size,)) if np.size(values) == 1 else np.ravel(values)
            return np.array(flat, dtype=np.float64).reshape(shape)

        return evaluated

    def _of_size(self, build: Callable[..., Any], name: str, size: int, count: int) -> Any:
        key = (name, size)
        if key not in self._processed:
            pybamm = import_pybamm()
            vectors = [pybamm.StateVector(slice(k * size, (k + 1) * size)) for k in range(count + 1)]
            processed = self._process(lambda: build(*vectors), name)
            self._refuse_inputs(processed.pre_order(), name)
            self._processed[key] = processed
        return self._processed[key]

    def _process(self, symbol: Any, name: str) -> Any:
        try:
            return self.values.process_symbol(symbol() if callable(symbol) else symbol)
        except KeyError as error:
            raise self.missing(name, error) from error
        except UNUSABLE as error:
            raise self._unusable(name, error) from error

    def _evaluate(self, processed: Any, state: Array | None, name: str) -> Any:
        try:
            with np.errstate(all="ignore"):  # what is not finite is refused by the table, with its name
                return processed.evaluate(y=state)
        except (*UNUSABLE, KeyError) as error:
            raise self._unusable(name, error) from error

    def missing(self, name: str, error: KeyError) -> MissingInput:
        """The refusal of a set without a parameter, by the key that PyBaMM looked for."""
        looked_for = re.search(r"'([^']+)' not found", str(error))
        key = looked_for.group(1) if looked_for else name
        return MissingInput(
            f"{key} is not in the parameter set",
            key=key,
            where=self.name,
            rule="a cell needs the parameters that PyBaMM's DFN needs",
            remedy=f"add it: parameter_values.update({{{key!r}: ...}}, check_already_exists=False)",
        )

    def _unusable(self, name: str, error: BaseException) -> InputError:
        return InputError(
            f"{name} cannot be evaluated: {type(error).__name__}: {str(error)[:200]}",
            where=self.name,
            rule="a parameter is a number or a function that PyBaMM can call on symbols",
        )

    def _refuse_inputs(self, nodes: Any, name: str) -> None:
        pybamm = import_pybamm()
        for node in nodes:
            if isinstance(node, pybamm.InputParameter):
                raise MissingInput(
                    f"{name} rests on the input {node.name!r}, which has no value",
                    key=node.name,
                    where=self.name,
                    rule="a table needs numbers",
                    remedy=f"parameter_values.update({{{node.name!r}: ...}}) before reading",
                )


def open_source(
    name_or_values: Any, *, half_cell: bool | None, options: Mapping[str, Any] | None, thermal: bool
) -> Source:
    """Find the set, work out the options it is meant for, and check both."""
    pybamm = import_pybamm()
    if isinstance(name_or_values, str):
        name, values = name_or_values, _named(name_or_values)
    elif isinstance(name_or_values, pybamm.ParameterValues):
        name, values = "ParameterValues", name_or_values
    elif isinstance(name_or_values, Mapping):
        name = "parameters"
        _refuse_chemistry(name, name_or_values)
        values = pybamm.ParameterValues(dict(name_or_values))
    else:
        raise InputError(
            f"a parameter set given as {type(name_or_values).__name__}",
            rule="the name of a PyBaMM parameter set, or a pybamm.ParameterValues",
        )
    if not isinstance(options, Mapping | None):
        raise InputError(f"model options given as {type(options).__name__}", rule="options are a mapping")
    keys = set(values.keys())
    _refuse_other_chemistry(name, keys)
    chosen = _options_of(keys, half_cell, thermal) | dict(options or {})
    try:
        full = pybamm.BatteryModelOptions(chosen)
        parameters = pybamm.LithiumIonParameters(full)
    except (pybamm.OptionError, TypeError, ValueError, KeyError) as error:
        raise InputError(
            f"model options {dict(options or {})}: {str(error)[:300]}",
            where=name,
            rule="options are those of PyBaMM's lithium-ion models",
        ) from error
    _refuse_other_options(name, full)
    return Source(name, values, full, parameters)


def _named(name: str) -> Any:
    pybamm = import_pybamm()
    known = sorted(pybamm.parameter_sets)
    if name not in known:
        near = get_close_matches(name, known, n=3, cutoff=0.4)
        raise InputError(
            f"no PyBaMM parameter set is called {name!r}",
            rule="a name in pybamm.parameter_sets",
            remedy=f"did you mean {' or '.join(near)}" if near else "one of " + ", ".join(known),
        )
    _refuse_chemistry(name, pybamm.parameter_sets[name])
    return pybamm.ParameterValues(name)


def _refuse_chemistry(name: str, parameters: Mapping[str, Any]) -> None:
    chemistry = str(parameters.get("chemistry", "lithium_ion"))
    if chemistry != "lithium_ion":
        raise Refusal(
            f"{name} is a set for {chemistry.replace('_', ' ')}",
            where=name,
            rule="cells here are lithium-ion cells, or lithium metal half cells",
        )


def _refuse_other_chemistry(name: str, keys: set[str]) -> None:
    if any("host site" in k for k in keys) and not any(k.endswith("electrode OCP [V]") for k in keys):
        raise Refusal(
            "an MSMR set: it gives the stoichiometry as a function of potential, by sites",
            where=name,
            rule="a host here has its potential as a function of stoichiometry, and one reaction",
            remedy="tabulate the potential over stoichiometry, and the sum of the exchange currents",
        )
    if not any(k.endswith("aximum concentration in positive electrode [mol.m-3]") for k in keys):
        raise Refusal(
            "not a set for a porous-electrode lithium-ion model: no maximum concentration in an electrode",
            where=name,
            rule="cells here are lithium-ion cells, or lithium metal half cells",
        )


def _options_of(keys: set[str], half_cell: bool | None, thermal: bool) -> dict[str, Any]:
    def holds(text: str) -> bool:
        return any(k.endswith(text) for k in keys)

    if half_cell is None:
        half_cell = not holds("aximum concentration in negative electrode [mol.m-3]")
    domains = ("positive",) if half_cell else ("negative", "positive")
    phases, potentials = [], []
    for domain in domains:
        two = f"Secondary: Maximum concentration in {domain} electrode [mol.m-3]" in keys
        phases.append("2" if two else "1")
        per = tuple(_potential_of(keys, p, domain) for p in (("Primary: ", "Secondary: ") if two else ("",)))
        potentials.append(per if two else per[0])
    options: dict[str, Any] = {"thermal": "lumped" if thermal else "isothermal"}
    if half_cell:
        options["working electrode"] = "positive"
    if "2" in phases:
        options["particle phases"] = tuple(phases) if not half_cell else phases[0]
    if any(p not in ("single", ("single", "single")) for p in potentials):
        options["open-circuit potential"] = tuple(potentials) if not half_cell else potentials[0]
    return options


def _potential_of(keys: set[str], prefix: str, domain: str) -> str:
    if f"{prefix}{domain.capitalize()} electrode lithiation OCP [V]" not in keys:
        return "single"
    decay = f"{prefix}{domain.capitalize()} particle lithiation hysteresis decay rate"
    return "one-state hysteresis" if decay in keys else "current sigmoid"


def _refuse_other_options(name: str, options: Any) -> None:
    pybamm = import_pybamm()
    plain = pybamm.BatteryModelOptions({k: options[k] for k in ("working electrode", "particle phases")})
    for key, value in options.items():
        if key not in READ_OPTIONS and value != plain[key]:
            raise Refusal(
                f"the model option {key!r} = {value!r}",
                where=name,
                rule="cells here have Fickian spheres and symmetric Butler-Volmer reactions, without ageing",
                remedy=f"leave it at PyBaMM's default ({plain[key]!r})",
            )
    if options["thermal"] not in ("isothermal", "lumped"):
        raise Refusal(
            f"the thermal model {options['thermal']!r}",
            where=name,
            rule='"isothermal" or "lumped" heat balance',
        )
