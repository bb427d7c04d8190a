"""Stress from lithium in particles, what cracks them, and how much a composite particle swells.

SI units throughout (Pa, m, mol m-3); tension is positive. Every function takes arrays of draws.

Errors: the elastic forms are of small strain (below some 10 % of volume), so that they hold for hard carbon
and not for an alloy beyond the first per cents of lithiation; there the caps by the yield stress are bounds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negatrode.core.errors import InputError
from negatrode.material.table import FARADAY

Array = NDArray[np.float64]

LITHIUM_VOLUME = 8.9e-6  # m3 mol-1: what a mole of lithium adds to an alloy, within 10 % for all A metals


def sphere_stress(
    radius: ArrayLike, concentration: ArrayLike, youngs: ArrayLike, poisson: ArrayLike, molar: ArrayLike
) -> tuple[Array, Array]:
    """Radial and tangential stress (Pa) of a free elastic sphere with a profile of lithium.

        sigma_r = 2 E Omega / (9 (1 - nu)) [cbar(R) - cbar(r)]
        sigma_t =   E Omega / (9 (1 - nu)) [2 cbar(R) + cbar(r) - 3 c(r)],   cbar(r) = 3/r^3 int_0^r c x^2 dx

    J. Christensen and J. Newman, J. Solid State Electrochem. 10 (2006) 293; Y.-T. Cheng and M. W. Verbrugge,
    J. Power Sources 190 (2009) 453. Exact for a profile that is straight between the nodes; for a smooth one
    the error falls with the square of the spacing.

    Parameters
    ----------
    radius:
        Nodes in m, ascending from 0 to the surface; shape (nodes,).
    concentration:
        At the nodes, mol m-3; shape (..., nodes).
    youngs, poisson, molar:
        Young's modulus (Pa), Poisson's ratio, partial molar volume of lithium (m3 mol-1); shape (...).

    Raises
    ------
    InputError
        Nodes that do not ascend from 0, a profile of another length, or constants out of range.
    """
    r, c = np.asarray(radius, dtype=np.float64), np.asarray(concentration, dtype=np.float64)
    if r.ndim != 1 or r.size < 2 or r[0] != 0 or not np.all(np.diff(r) > 0) or not np.isfinite(r[-1]):
        raise InputError("nodes that do not ascend from 0", rule="radii ascend from 0 to the surface")
    if c.ndim == 0 or c.shape[-1] != r.size or not np.all(np.isfinite(c)):
        raise InputError(
            f"a profile of shape {c.shape} on {r.size} nodes", rule="one finite concentration a node"
        )
    x = r / r[-1]
    a, b = x[:-1], x[1:]
    slope = np.diff(c) / (b - a)
    flat = c[..., :-1] - slope * a  # c = flat + slope x on each interval
    pieces = flat * (b**3 - a**3) / 3 + slope * (b**4 - a**4) / 4
    mean = np.concatenate([c[..., :1], 3 * np.cumsum(pieces, axis=-1) / b**3], axis=-1)
    unit = _elastic(youngs, poisson, molar)[..., None] / 9
    whole = mean[..., -1:]
    return np.asarray(2 * unit * (whole - mean)), np.asarray(unit * (2 * whole + mean - 3 * c))


def galvanostatic_stress(
    x: ArrayLike,
    current_density: ArrayLike,
    radius: ArrayLike,
    diffusivity: ArrayLike,
    youngs: ArrayLike,
    poisson: ArrayLike,
    molar: ArrayLike,
) -> tuple[Array, Array]:
    """Radial and tangential stress (Pa) at ``x = r/R`` under a constant current, once the profile is settled.

        sigma_r = -s (1 - x^2),   sigma_t = s (2 x^2 - 1),   s = E Omega i R / (15 (1 - nu) F D)

    from the pseudo-steady profile c = cbar + (i R / F D) (3/10 - x^2/2), |cbar - c(R)| = i R/(5 F D) (Cheng
    and Verbrugge 2009). Exact for constant D after the transient (0.2 R^2/D leaves 1 %).

    Parameters
    ----------
    x:
        Relative radii, 0 to 1; shape (points,) or a number.
    current_density:
        A per m2 of surface, positive where lithium leaves (tension at the surface), negative where it enters.
    radius, diffusivity, youngs, poisson, molar:
        m, m2 s-1, Pa, -, m3 mol-1. With the current they broadcast to (...); the stress is (..., points).

    Raises
    ------
    InputError
        A value out of range.
    """
    at = _positive("relative radius", x, zero=True)
    if np.any(at > 1):
        raise InputError(f"a relative radius of {at.max():g}", rule="0 <= r/R <= 1")
    i = np.asarray(current_density, dtype=np.float64)
    if not np.all(np.isfinite(i)):
        raise InputError("a current density that is not finite", rule="A m-2, of either sign")
    big, d = _positive("radius", radius), _positive("diffusivity", diffusivity)
    s = np.asarray(_elastic(youngs, poisson, molar) * i * big / (15 * FARADAY * d))
    s = s[..., None] if at.ndim else s
    return np.asarray(-s * (1 - at**2)), np.asarray(s * (2 * at**2 - 1))


def capped(stress: ArrayLike, yield_stress: ArrayLike) -> Array:
    """Stress cut at ``|sigma| <= sigma_Y``: elastic, perfectly plastic.

    A bound for the tangential stress of a free surface, where the radial one is zero and von Mises and Tresca
    agree; not for the inside, where yield limits the difference of the two stresses and not each of them
    (A. F. Bower, P. R. Guduru, V. A. Sethuraman, J. Mech. Phys. Solids 59 (2011) 804).
    """
    most = _positive("yield_stress", yield_stress)
    return np.asarray(np.clip(np.asarray(stress, dtype=np.float64), -most, most))


def misfit_pressure(
    volume_strain: ArrayLike,
    core_fraction: ArrayLike,
    core: tuple[ArrayLike, ArrayLike],
    shell: tuple[ArrayLike, ArrayLike],
    *,
    shell_yield: ArrayLike | None = None,
) -> Array:
    """Pressure (Pa) between a swelling core and the shell around it.

        p = eps* / [(1 - 2 nu_A)/E_A + ((1 + nu_B) + 2 f (1 - 2 nu_B)) / (2 E_B (1 - f))],  eps* = (dV/V)/3

    with f = (r_i/r_o)^3: the exact solution of Lame for a sphere pressed into a free hollow one. With a yield
    stress of the shell not above ``2 sigma_Y ln(r_o/r_i)``, at which the whole shell flows; the smaller of
    the two is an upper bound of the elastic-plastic pressure, and equal to it at either end.

    Parameters
    ----------
    volume_strain:
        Free swelling dV/V of the core, not negative.
    core_fraction:
        f, above 0 and below 1.
    core, shell:
        Young's modulus (Pa) and Poisson's ratio of each.
    shell_yield:
        sigma_Y of the shell in Pa; None for a shell that stays elastic.

    Raises
    ------
    InputError
        A value out of range.
    """
    strain = _positive("volume_strain", volume_strain, zero=True) / 3
    f = _between(core_fraction)
    (e_a, nu_a), (e_b, nu_b) = _moduli(*core), _moduli(*shell)
    give = (1 - 2 * nu_a) / e_a + ((1 + nu_b) + 2 * f * (1 - 2 * nu_b)) / (2 * e_b * (1 - f))
    pressure = strain / give
    if shell_yield is not None:
        pressure = np.minimum(pressure, -2 / 3 * _positive("shell_yield", shell_yield) * np.log(f))
    return np.asarray(pressure)


def hoop_stress(
    pressure: ArrayLike, core_fraction: ArrayLike, *, shell_yield: ArrayLike | None = None
) -> Array:
    """Largest hoop tension (Pa) in a shell: elastic, at the inner wall, ``p (1 + 2 f) / (2 (1 - f))`` (Lame).

    With a yield stress: from ``p = 2 sigma_Y (1 - f) / 3`` on the shell flows out to a radius c, where the
    hoop stress is largest, sigma_Y (1 + 2 y)/3 with y = (c/r_o)^3 and p = (2/3) sigma_Y [ln(y/f) + 1 - y]
    (R. Hill, The Mathematical Theory of Plasticity (1950) ch. V; exact); sigma_Y once all of it flows.
    """
    f = _between(core_fraction)
    p = _positive("pressure", pressure, zero=True)
    hoop = p * (1 + 2 * f) / (2 * (1 - f))
    if shell_yield is None:
        return np.asarray(hoop)
    from scipy.special import lambertw

    most = _positive("shell_yield", shell_yield)
    load, all_ = 1.5 * p / most, -np.log(f)  # y exp(-y) = f exp(load - 1), of which Lambert's W is the root
    end = load >= all_ * (1 - 1e-12)
    y = -lambertw(np.where(end, 0.0, -f * np.exp(np.minimum(load, all_) - 1))).real
    flowing = most * (1 + 2 * np.where(end, 1.0, np.clip(y, f, 1.0))) / 3
    return np.asarray(np.where(load <= 1 - f, hoop, flowing))


def cracking_lithiation(
    strength: ArrayLike,
    full_strain: ArrayLike,
    core_fraction: ArrayLike,
    core: tuple[ArrayLike, ArrayLike],
    shell: tuple[ArrayLike, ArrayLike],
    *,
    shell_yield: ArrayLike | None = None,
) -> Array:
    """Lithiation, as a fraction of the full one, at which a continuous shell cracks.

    Strength of the shell over its hoop tension at full lithiation: the swelling of the core is taken as
    proportional to its lithiation. Above 1: it does not crack. With a yield stress the flow before the crack
    is counted (Hill's u(r_i), as in `hoop_stress`; the core stays elastic), and a shell that yields below its
    strength never reaches it: infinite. ``full_strain``: dV/V of the core fully lithiated; the others as in
    `misfit_pressure`.

    Examples
    --------
    >>> at = cracking_lithiation([0.5e9, 2e9], 2.8, 0.5, (90e9, 0.22), (265e9, 0.22))  # Si in TiSi2
    >>> [f"{100 * x:.2g} %" for x in at]
    ['0.35 %', '1.4 %']
    """
    tough = _positive("strength", strength)
    full = _positive("full_strain", full_strain)
    at = tough / hoop_stress(misfit_pressure(full, core_fraction, core, shell), core_fraction)
    if shell_yield is None:
        return np.asarray(at)
    f, most = _between(core_fraction), _positive("shell_yield", shell_yield)
    (e_a, nu_a), (e_b, nu_b) = _moduli(*core), _moduli(*shell)
    y = np.clip((3 * tough / most - 1) / 2, f, 1.0)  # where the shell flows as it cracks
    spread = np.log(y / f) + 1 - y
    hole = most / e_b * ((1 - nu_b) * y / f - 2 / 3 * (1 - 2 * nu_b) * spread)
    flowing = 3 * (hole + 2 / 3 * most * spread * (1 - 2 * nu_a) / e_a) / full
    at = np.where(3 * tough <= most * (1 + 2 * f), at, flowing)
    return np.asarray(np.where(most < tough, np.inf, at))


def critical_size(toughness: ArrayLike, youngs: ArrayLike, yield_stress: ArrayLike, z: float = 2.0) -> Array:
    """Size (m) below which a plastic domain stores too little to crack, ``Gamma E / (Z sigma_Y^2)``.

    Griffith's balance with the stress at its plastic cap (M. Pharr, Z. Suo, J. J. Vlassak, Nano Lett. 13
    (2013) 5570). Usable for silicon within a factor of 2; of other metals neither toughness nor yield stress
    is known well (tin: reports differ by three decades).

    Parameters
    ----------
    toughness:
        Fracture energy Gamma, J m-2.
    youngs, yield_stress:
        Pa.
    z:
        Factor of the geometry.
    """
    gamma, e = _positive("toughness", toughness), _positive("youngs", youngs)
    return np.asarray(gamma * e / (_positive("z", z) * _positive("yield_stress", yield_stress) ** 2))


def fracture_index(domain_size: ArrayLike, critical: ArrayLike) -> Array:
    """Size of a domain over the critical one; it cracks above 1."""
    return np.asarray(_positive("domain_size", domain_size, zero=True) / _positive("critical", critical))


def composite_swelling(
    f_a: ArrayLike, lithium: ArrayLike, molar_volume: ArrayLike, porosity: ArrayLike = 0.0
) -> Array:
    """Relative swelling of a composite particle, ``dV/V = max(0, f_A 8.9e-6 n / V_A - porosity)``.

    ``f_a``: volume fraction of A; ``lithium``: mol per mol of A; ``molar_volume``: of A, m3 mol-1;
    ``porosity``: closed voids inside the particle by volume, which swelling fills first. A volume average
    (10 % for the volume of lithium); whether the voids do fill depends on the frame around them.

    Examples
    --------
    >>> float(composite_swelling(0.4, 3.75, 12.06e-6, 0.2).round(3))  # silicon
    0.907
    """
    f = _positive("f_a", f_a, zero=True)
    pores = _positive("porosity", porosity, zero=True)
    if np.any(f > 1) or np.any(pores > 1):
        raise InputError("a volume fraction or a porosity above 1", rule="0 <= fraction <= 1")
    added = LITHIUM_VOLUME * _positive("lithium", lithium, zero=True)
    return np.asarray(np.maximum(0.0, f * added / _positive("molar_volume", molar_volume) - pores))


def _elastic(youngs: ArrayLike, poisson: ArrayLike, molar: ArrayLike) -> Array:
    """E Omega / (1 - nu); Omega of either sign."""
    e, nu = _moduli(youngs, poisson)
    omega = np.asarray(molar, dtype=np.float64)
    if not np.all(np.isfinite(omega)):
        raise InputError("a partial molar volume that is not finite", rule="m3 mol-1")
    return np.asarray(e * omega / (1 - nu))


def _moduli(youngs: ArrayLike, poisson: ArrayLike) -> tuple[Array, Array]:
    nu = np.asarray(poisson, dtype=np.float64)
    if not np.all((nu > -1) & (nu < 0.5)):
        raise InputError("a Poisson's ratio out of range", rule="-1 < nu < 0.5")
    return _positive("youngs", youngs), nu


def _between(fraction: ArrayLike) -> Array:
    f = np.asarray(fraction, dtype=np.float64)
    if not np.all((f > 0) & (f < 1)):
        raise InputError("a core without a shell, or a shell without a core", rule="0 < core_fraction < 1")
    return f


def _positive(name: str, values: ArrayLike, *, zero: bool = False) -> Array:
    array = np.asarray(values, dtype=np.float64)
    if not np.all(np.isfinite(array)) or not np.all((array >= 0) if zero else (array > 0)):
        raise InputError(
            f"{name}: a value that is {'negative' if zero else 'not positive'} or not finite",
            rule=f"{name} {'>=' if zero else '>'} 0",
        )
    return array
