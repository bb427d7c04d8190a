"""How far phase A is surrounded by phase B on an image or a stack of labels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError, Refusal
from negatrode.core.estimate import Component, Finding
from negatrode.techniques.enclosure.boundary import Boundary, boundary_of
from negatrode.techniques.enclosure.domains import Domains, domains_of_a, particles, without_specks
from negatrode.techniques.enclosure.junctions import junction_measure
from negatrode.techniques.enclosure.uncertainty import ratio, scatter_uncertainty
from negatrode.techniques.phases.model import OTHER, OUTSIDE, PHASE_A, PHASE_B

Labels = NDArray[np.int8]
Floats = NDArray[np.float32]

MINIMUM_SHELL = 2.0  # px; assumed where the caller knows no resolution: an edge blurred over one pixel
FEW = 5
_LARGEST_SPECK = 3.0  # px; wider parts are no noise of single pixels, however thick a shell must be
CONTACT_SHIFT = 0.5  # px; half-width of a common shift of all contact lines by the segmentation (assumed)


@dataclass(frozen=True, eq=False)
class Enclosure:
    """How far A is surrounded by B.

    Attributes
    ----------
    fraction:
        Boundary of A in contact with B over the whole boundary of A, over all whole domains.
    components:
        Its uncertainty by source.
    domains, whole, cut:
        Number of domains of A, of those that lie wholly in the frame, and of those that the frame cuts.
    enclosed:
        Share of the whole domains of which no resolvable part of the boundary touches anything but B.
    touching_outside:
        Number of whole domains that touch OUTSIDE or OTHER (or hide behind an unresolved film of B).
    boundary_ab, boundary_other:
        Centres of the sides of whole domains covered and not covered by B, in pixels, order of the array's
        axes; shape (n, 2) or (n, 3), float32. For drawing.
    contacts, lengths:
        Contact with B and boundary of each whole domain, px (px^2 in 3-D).
    findings:
        What was left out, and what a section can and cannot show.
    """

    fraction: float
    components: tuple[Component, ...]
    domains: int
    whole: int
    cut: int
    enclosed: float
    touching_outside: int
    boundary_ab: Floats
    boundary_other: Floats
    contacts: NDArray[np.float64]
    lengths: NDArray[np.float64]
    findings: tuple[Finding, ...]


def enclosure(
    labels: NDArray[np.integer],
    *,
    seed: int,
    key: str,
    minimum_shell: float = MINIMUM_SHELL,
    contact_shift: float = CONTACT_SHIFT,
) -> Enclosure:
    """Fraction of the boundary of A that touches B, with its uncertainty.

    Definition: F = length (2-D) or area (3-D) of the boundary in contact with B, summed over the whole
    domains of A, over the sum of their boundaries. Domains that the frame cuts are left out: what covers the
    missing part is not seen.

    Parameters
    ----------
    labels:
        OUTSIDE, PHASE_A, PHASE_B or OTHER by pixel or voxel (of equal sides); two or three dimensions.
    seed:
        Of the bootstrap.
    key:
        Prefix of the keys of the components (the start of the file's hash).
    minimum_shell:
        Thickness in pixels below which a film of B between A and something else is not counted as cover:
        pixels mixed of A and resin look like such a film. Parts smaller than this (at most 3 px) in every
        direction are taken for errors of the segmentation.
    contact_shift:
        Half-width in pixels of a uniform error by which the segmentation may shift all contact lines (where
        A, B and something else meet) in one sense.

    Raises
    ------
    InputError
        Labels that are no labels, or a ``minimum_shell`` outside 0 to 20 px.
    Refusal
        No A at all; or the frame cuts all domains of A, or those that hold most of it: undecided.
    """
    checked = _checked(labels, minimum_shell)
    clean, specks = without_specks(checked, smallest_part(minimum_shell, checked.ndim))
    return enclosure_of_clean(
        clean, specks=specks, seed=seed, key=key, minimum_shell=minimum_shell, contact_shift=contact_shift
    )


def enclosure_of_clean(
    clean: Labels, *, specks: int, seed: int, key: str, minimum_shell: float, contact_shift: float
) -> Enclosure:
    """The same for labels that hold no specks any more; ``specks``: how many were taken out of them."""
    parts = domains_of_a(clean)
    _refuse_cut(parts)
    everywhere = boundary_of(clean, parts.numbers, minimum_shell=minimum_shell)
    sides = everywhere.chosen(~parts.cut[everywhere.domains - 1])
    whole = np.flatnonzero(~parts.cut) + 1
    lengths = _sums(sides, np.ones_like(sides.cover), parts)[whole]
    contacts = np.clip(_sums(sides, sides.cover, parts)[whole], 0.0, lengths)
    fraction = ratio(contacts, lengths)
    exposed = lengths - contacts >= max(minimum_shell, 1.0) ** (clean.ndim - 1)
    components = (
        _scatter(contacts, lengths, seed, key),
        *_resolution(sides, minimum_shell, contact_shift, key),
    )
    findings = _findings(clean, parts, specks, minimum_shell, sides, int(exposed.sum()))
    covered = sides.cover >= 0.5
    return Enclosure(
        fraction=fraction,
        components=components,
        domains=parts.count,
        whole=len(whole),
        cut=int(parts.cut.sum()),
        enclosed=float(1.0 - exposed.mean()),
        touching_outside=int(exposed.sum()),
        boundary_ab=sides.centres[covered],
        boundary_other=sides.centres[~covered],
        contacts=contacts,
        lengths=lengths,
        findings=findings,
    )


def _checked(labels: NDArray[np.integer], minimum_shell: float) -> Labels:
    if labels.ndim not in (2, 3) or min(labels.shape) < 3:
        raise InputError(
            f"labels of shape {labels.shape}",
            rule="an image or a stack of at least 3 pixels a side is needed",
        )
    strange = np.setdiff1d(np.unique(labels), (OUTSIDE, PHASE_A, PHASE_B, OTHER))
    if strange.size:
        raise InputError(
            f"label {strange[0]}", rule="labels are 0 (outside), 1 (A), 2 (B) and 3 (another phase)"
        )
    if not 0.0 <= minimum_shell <= 20.0:
        raise InputError(f"minimum_shell {minimum_shell:g} px", rule="it must lie between 0 and 20 px")
    if not np.any(labels == PHASE_A):
        raise Refusal(
            "no pixel is phase A",
            rule="enclosure is a property of the boundary of A",
            remedy="Check which phase is named A and that the segmentation finds it",
        )
    return labels.astype(np.int8, copy=False)


def smallest_part(minimum_shell: float, dimensions: int) -> int:
    """Pixels of the smallest part that is not an error of the segmentation."""
    return max(math.ceil(min(minimum_shell, _LARGEST_SPECK) ** dimensions), 1)


def _refuse_cut(parts: Domains) -> None:
    """Refuse where the frame and not the sample would decide: no whole domain, or most of A in cut ones."""
    cut = int(parts.cut.sum())
    share = float(parts.sizes[parts.cut].sum() / parts.sizes.sum())
    if cut < parts.count and share <= 0.5:
        return
    raise Refusal(
        f"the frame cuts {cut} of {parts.count} domains of A, which hold {100.0 * share:.0f} % of it",
        rule="undecided because the frame cuts the phases: what covers the missing part of a cut domain is "
        "not seen, and whole domains must hold at least half of A",
        remedy="Map a larger field of view, so that whole domains (better whole particles) lie within it",
    )


def _sums(sides: Boundary, shares: Floats, parts: Domains) -> NDArray[np.float64]:
    weights = sides.sizes.astype(float) * shares
    return np.asarray(np.bincount(sides.domains, weights=weights, minlength=parts.count + 1), float)


def _scatter(contacts: NDArray[np.float64], lengths: NDArray[np.float64], seed: int, key: str) -> Component:
    n = len(lengths)
    u = scatter_uncertainty(contacts, lengths, np.random.default_rng([seed, n]))
    return Component(f"scatter of {n} domains of A", u, f"{key}:domains", max(n - 1.0, 1.0))


def _resolution(
    sides: Boundary, minimum_shell: float, contact_shift: float, key: str
) -> tuple[Component, ...]:
    """Contact lines known to a pixel, and films of B near the minimum thickness."""
    total = float(sides.sizes.sum())
    lines = junction_measure(sides.centres, sides.cover >= 0.5)
    shares = sides.sizes @ sides.covers / total
    found = (
        # each point of a contact line lies anywhere in its pixel: uniform, half-width 1 px
        Component("contact lines known to a pixel", math.sqrt(lines / 3.0) / total, f"{key}:contact-lines"),
        Component(
            "where the segmentation puts the contact lines",
            contact_shift / math.sqrt(3.0) * lines / total,
            f"{key}:contact-shift",
        ),
        Component(
            f"films of B about {minimum_shell:g} px thick",
            float(abs(shares[0] - shares[2])) / (2.0 * math.sqrt(3.0)),
            f"{key}:minimum-shell",
        ),
    )
    return tuple(c for c in found if c.u > 0.0)


def _findings(
    labels: Labels, parts: Domains, specks: int, minimum_shell: float, sides: Boundary, exposed: int
) -> tuple[Finding, ...]:
    cut = int(parts.cut.sum())
    whole = parts.count - cut
    text = (
        f"{whole} whole domains of A, {cut} cut by the frame and left out; {exposed} of the whole ones touch "
    )
    found = [Finding("domains", text + "something else than B")]
    if labels.ndim == 2:
        text = (
            "a section of three-dimensional bodies: its share of length estimates the share of area only if "
            "sections are random, and a domain that looks enclosed can be open above or below the section"
        )
        found.append(Finding("section", text))
    if whole < FEW:
        text = f"{whole} whole domains: fewer than {FEW} say little about the others, the interval is wide"
        found.append(Finding("few-domains", text, warning=True))
    found += _particle_findings(labels)
    thin = sides.on_b & (sides.cover <= 0.0)
    share = float(sides.sizes[thin].sum() / sides.sizes.sum())
    if share > 0.005:
        text = (
            f"{100.0 * share:.1f} % of A's boundary lies behind films of B below {minimum_shell:g} px: "
            "not counted as cover, because pixels mixed of A and resin look the same"
        )
        found.append(Finding("thin-films", text, warning=share > 0.02))
    if specks:
        smallest = smallest_part(minimum_shell, labels.ndim)
        text = f"{specks} parts below {smallest} pixels taken as errors of the segmentation"
        found.append(Finding("specks", text))
    return tuple(found)


def _particle_findings(labels: Labels) -> list[Finding]:
    count, cut = particles(labels)
    if cut == 0:
        return []
    if not np.any(labels == OUTSIDE):
        text = "no outside of the material is in the frame: domains at the surface of a particle are not seen"
        return [Finding("surface-not-seen", text, warning=True)]
    text = f"the frame cuts {cut} of {count} particles; their whole domains of A are counted"
    return [Finding("cut-particles", text)]
