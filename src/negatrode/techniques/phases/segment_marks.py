"""Which phase is A: from the marks that the user names, or from the lithium-active element that is mapped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError, MissingInput
from negatrode.core.estimate import Finding
from negatrode.core.settings import Key, Settings

LITHIUM_ACTIVE = ("Sn", "Si", "Al", "Ga", "In", "Pb", "Sb", "Bi")
PERMEABLE = (
    *("Ti", "Zr", "Sc", "Y", "La", "Ce", "Pr", "Nd", "Pm", "Sm"),
    *("Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu"),
)

PHASE_A_KEY = Key("phase_a", "", "the element that marks phase A (lithium-active)", example="Si")
PHASE_B_KEY = Key("phase_b", "", "the element that marks phase B (lithium-permeable)", example="Ti")
GREY_KEY = Key(
    "phase_a_grey", "", "whether A is the brighter or the darker phase of a picture", ("bright", "dark")
)


@dataclass(frozen=True)
class Marks:
    """The elements that mark A and B; ``b`` is "" where neither the user nor the rule says."""

    a: str
    b: str
    findings: tuple[Finding, ...] = ()


def marks_of(elements: tuple[str, ...], settings: Settings) -> Marks:
    """The marks, declared or by rule.

    A: the one mapped element of LITHIUM_ACTIVE (claim 2 of the alloy patent). B: the one mapped element of
    PERMEABLE (titanium, zirconium, rare earths), if any. Raises MissingInput where several could mark A,
    InputError where a declared mark is not mapped.
    """
    findings: list[Finding] = []
    a = _declared("phase_a", elements, settings)
    if a is None:
        mapped = [e for e in elements if e in LITHIUM_ACTIVE]
        if len(mapped) != 1:
            found = ", ".join(mapped) if mapped else "none"
            why = f"lithium-active elements among the maps: {found}; the one that marks phase A must be known"
            a = settings.word("phase_a", why=why)
        else:
            a = mapped[0]
            text = f"phase A is the phase richest in {a}, the one lithium-active element that is mapped"
            findings.append(Finding("phase-a", text))
    b = _declared("phase_b", elements, settings)
    if b is None:
        mapped = [e for e in elements if e in PERMEABLE and e != a]
        b = mapped[0] if len(mapped) == 1 else ""
        if b:
            text = f"phase B is marked by {b}, the one mapped element of Ti, Zr and the rare earths"
            findings.append(Finding("phase-b", text))
    if a == b:
        raise InputError(f"{a} is named for both phases", where="phases.phase_a, phases.phase_b")
    return Marks(a, b, tuple(findings))


def _declared(name: str, elements: tuple[str, ...], settings: Settings) -> str | None:
    word = settings.optional_word(name)
    if word is not None and word not in elements:
        raise InputError(
            f"{settings.section}.{name} = '{word}'",
            where=settings.used[name].where,
            rule=f"the mapped elements are {', '.join(elements) or 'none'}",
        )
    return word


def roles(
    rates: NDArray[np.float64], elements: tuple[str, ...], marks: Marks, settings: Settings
) -> list[int]:
    """PHASE_A, PHASE_B or OTHER for each phase, from its share of the marks.

    Two phases: A is the one whose share of mark A over the rest of the other mark is larger. Three or more:
    B is the phase richest in mark B; MissingInput where no mark B is known.
    """
    from negatrode.techniques.phases.model import OTHER, PHASE_A, PHASE_B

    shares = rates / np.maximum(rates.sum(axis=1, keepdims=True), 1e-300)
    in_a = shares[:, elements.index(marks.a)]
    in_b = shares[:, elements.index(marks.b)] if marks.b else None
    if len(rates) == 2:
        score = in_a if in_b is None else in_a / np.maximum(in_a + in_b, 1e-300)
        first = int(np.argmax(score)) if len(elements) > 1 else int(np.argmax(rates[:, 0]))
        return [PHASE_A if k == first else PHASE_B for k in range(2)]
    if in_b is None:
        why = f"{len(rates)} phases are found; the element that marks phase B must be known"
        raise MissingInput(
            f"{settings.section}.phase_b is not known",
            key=f"{settings.section}.phase_b",
            rule=why,
            remedy='Give it as phase_b = "Ti" under [phases] in SAMPLE.toml, or --set "phase_b=Ti"',
        )
    second = int(np.argmax(in_b))
    rest = [k for k in range(len(rates)) if k != second]
    first = max(rest, key=lambda k: float(in_a[k]))
    named = {first: PHASE_A, second: PHASE_B}
    return [named.get(k, OTHER) for k in range(len(rates))]
