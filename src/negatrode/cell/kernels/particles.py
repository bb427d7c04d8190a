"""Diffusion in the particles: Galerkin modes, and finite volumes where the diffusivity varies.

Modes: with ``z = (r/R)^2`` the stoichiometry is a polynomial in ``z`` on Gauss-Jacobi-Radau nodes; mass and
stiffness are integrated exactly, and diagonalised. Amplitudes are scaled so that the surface stoichiometry
is their sum and amplitude 0 is the mean,

    d q_m/dt = -(D / R^2) lambda_m q_m - beta_m j / (F c_max R)

so that an implicit stage costs one multiplication a mode, and lithium is kept to rounding.

Finite volumes: vertices ``rho_0 = 0 ... rho_N = 1`` (fractions of the radius, graded towards the surface),
control volumes between the midpoints. Their table is the integral of the diffusivity (Kirchhoff's
transform, ``P(x) = int_0^x D``): the flux between two vertices is the difference of its values over their
distance, with the exact mean of D between them. However steeply D falls, the matrix of a linearised stage
keeps its signs (columns of positive diagonal, negative neighbours), and no profile overshoots.
"""

from __future__ import annotations

from numba import njit

from negatrode.cell.kernels.lookup import _options, look

# LAYERED: volumes of a core that swells and of a shell around it. AMOUNT: what a side reaction deposited,
# one mode that does not decay.
MODAL, VOLUMES, LAYERED, AMOUNT = range(4)


@njit(**_options)
def modal_base(q_psi, dt, decay, beta, inverse, sites, per_flux, base, gain, at):
    """Surface line of one population: ``x = base - gain j``; ``inverse`` = 1 / (1 + dt decay)."""
    modes = len(decay)
    slope = 0.0
    for m in range(modes):
        inverse[m] = 1.0 / (1.0 + dt * decay[m])
        slope += dt * beta[m] * inverse[m]
    for n in range(sites):
        total = 0.0
        for m in range(modes):
            total += q_psi[n * modes + m] * inverse[m]
        base[at + n] = total
        gain[at + n] = slope * per_flux


@njit(**_options)
def modal_update(q, q_psi, dt, beta, inverse, sites, per_flux, j, at):
    """Amplitudes after the stage."""
    modes = len(beta)
    for n in range(sites):
        push = dt * per_flux * j[at + n]
        for m in range(modes):
            q[n * modes + m] = (q_psi[n * modes + m] - push * beta[m]) * inverse[m]


@njit(**_options)
def volumes_line(
    data, meta, table, q, q_psi, dt, face, core, shell, volume, per_radius2, per_flux, kept, ground, slope,
    upper,
):
    """Linearise one particle about ``q``: the profile after the stage is ``ground - j slope``.

    ``face[i]`` is the area of the face above vertex ``i`` over the distance of the vertices (in rho), and
    ``volume`` the control volumes (in rho^2 d rho); ``table`` is that of the integral of the diffusivity,
    ``kept`` work space for it. From vertex ``core`` on the faces lie in a shell of the constant permeability
    ``shell``. Elimination runs from the centre to the surface.
    """
    n = len(volume)
    beyond = shell * per_radius2
    for i in range(n):
        value, by_x = look(data, meta, table, q[i])
        kept[2 * i] = value * per_radius2
        kept[2 * i + 1] = by_x * per_radius2
    low_gap = 0.0  # coupling of row i to i - 1, carried over from the face below
    low_own = 0.0
    low_rest = 0.0
    upper[0] = 0.0
    for i in range(n):
        diagonal = volume[i]
        right = volume[i] * q_psi[i]
        below = 0.0
        if i > 0:
            diagonal += dt * low_own
            below = -dt * low_gap
            right -= dt * low_rest
        above = 0.0
        if i < n - 1:
            area = face[i]
            # Flow upwards through the face, linearised in both neighbours.
            if i < core:
                flow = area * (kept[2 * i] - kept[2 * i + 2])
                own = area * kept[2 * i + 1]  # d flow / d q_i
                other = -area * kept[2 * i + 3]  # d flow / d q_(i + 1)
            else:
                flow = area * beyond * (q[i] - q[i + 1])
                own = area * beyond
                other = -own
            rest = flow - own * q[i] - other * q[i + 1]
            diagonal += dt * own
            above = dt * other
            right -= dt * rest
            low_gap, low_own, low_rest = own, -other, -rest
        push = 0.0
        if i == n - 1:
            push = dt * per_flux
        if i > 0:
            factor = 1.0 / (diagonal - below * upper[i - 1])
            ground[i] = (right - below * ground[i - 1]) * factor
            slope[i] = (push - below * slope[i - 1]) * factor
        else:
            factor = 1.0 / diagonal
            ground[i] = right * factor
            slope[i] = push * factor
        upper[i] = above * factor
    for i in range(n - 2, -1, -1):
        ground[i] -= upper[i] * ground[i + 1]
        slope[i] -= upper[i] * slope[i + 1]


@njit(**_options)
def volumes_flow(data, meta, table, q, face, core, shell, volume, per_radius2, per_flux, flux, rate):
    """Rate of change of one particle's profile; ``table`` as for :func:`volumes_line`."""
    n = len(volume)
    for i in range(n):
        rate[i] = 0.0
    for i in range(n - 1):
        if i < core:
            low, _ = look(data, meta, table, q[i])
            high, _ = look(data, meta, table, q[i + 1])
            flow = face[i] * per_radius2 * (low - high)
        else:
            flow = face[i] * per_radius2 * shell * (q[i] - q[i + 1])
        rate[i] -= flow / volume[i]
        rate[i + 1] += flow / volume[i + 1]
    rate[n - 1] -= per_flux * flux / volume[n - 1]


@njit(**_options)
def moved_faces(q, vertex, volume, core, expansion, face):
    """Faces of a particle whose core has swollen to ``1 + expansion q`` of its volume, point by point.

    In the coordinate of the empty host lithium moves through a face as ``c_max D (r / rho)^4 / J^2`` times
    that coordinate's gradient, with ``J`` the local ratio of volumes and ``r`` where the face is now: the
    flux relative to the host is ``-(c_max / J) D dx/dr`` and ``r^2 dr = J rho^2 d rho`` (moving radial
    coordinate; J. Christensen, J. Newman, J. Solid State Electrochem. 10 (2006) 293). The shell keeps its
    volume and moves outwards with the core.
    """
    n = len(volume)
    now = 0.0  # r^3 / 3 at the face
    for i in range(n - 1):
        middle = 0.5 * (vertex[i] + vertex[i + 1])
        before = middle * middle * middle / 3.0
        local = 1.0
        if i < core:
            now += volume[i] * (1.0 + expansion * q[i])
            local = 1.0 + 0.5 * expansion * (q[i] + q[i + 1])
        else:
            if i == core:
                edge = vertex[core] * vertex[core] * vertex[core] / 3.0
                below = 0.5 * (vertex[core - 1] + vertex[core])
                now += (edge - below * below * below / 3.0) * (1.0 + expansion * q[core]) - edge
            # `now` is what the core has gained.
            local = 1.0
        whole = now if i < core else now + before
        face[i] = middle * middle / (vertex[i + 1] - vertex[i]) * (whole / before) ** (4.0 / 3.0) / local**2
