"""Line overlaps that decide whether a content can be had at all with the detector at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from negatrode.core.errors import Refusal
from negatrode.core.estimate import Component, Finding
from negatrode.core.settings import Settings
from negatrode.techniques.phases.lines import Overlap, overlaps
from negatrode.techniques.phases.model import ElementMaps
from negatrode.techniques.phases.quantification import Calibration, RelativeError

# assumed: closer than this share of the width no fit separates a strong line from the one below it
INSEPARABLE = 0.2
# assumed: what an unresolved weak line or the deconvolution of a near one leaves in the content, relative
U_OVERLAP = 0.20
_STRONG = ("Ka", "Ka1", "Ka2", "La", "La1", "La2", "Ll")
MINOR = ("O", "N", "F", "S", "P")


@dataclass(frozen=True)
class Detection:
    """How a phase was analysed: detector ("eds", "wds", "" where nobody says), its key, lines by element."""

    detector: str
    key: str
    lines: dict[str, str]


def detection_of(maps: ElementMaps) -> Detection:
    """How the maps were taken."""
    lines = maps.lines or ("",) * len(maps.elements)
    return Detection(maps.detector, "detector", dict(zip(maps.elements, lines, strict=True)))


def require_separable(
    element: str, present: Sequence[str], detection: Detection, settings: Settings
) -> tuple[Finding, ...]:
    """Findings on overlaps of an element's line with lines of the elements present.

    Raises MissingInput where the detector decides and is not known, Refusal where it cannot separate
    the line from a strong one (nitrogen beside titanium by EDS).
    """
    others = [e for e in present if e != element]
    line = detection.lines.get(element, "")
    near = overlaps(element, others, line=line, detector="eds")
    if not near:
        return ()
    detector = detection.detector or settings.word(
        detection.key, why=f"{near[0].text}: whether the detector separates them decides {element}"
    )
    if detector == "wds":
        close = overlaps(element, others, line=line, detector="wds")
        notes = [f"{close[0].text}: the result depends on how the peak was stripped"] if close else []
        return tuple(Finding("overlap", text, warning=True) for text in notes)
    blocking = next((o for o in near if _inseparable(o)), None)
    if blocking is not None:
        raise Refusal(
            f"{element} by EDS beside {blocking.other.element}",
            rule=f"undecidable: {blocking.text}",
            remedy="Measure it by WDS (EPMA), or the whole particle by inert-gas fusion",
        )
    text = f"{near[0].text}; {100 * U_OVERLAP:g} % of {element} assumed for it"
    return (Finding("overlap", text, warning=True),)


def _inseparable(found: Overlap) -> bool:
    return found.other.name in _STRONG and found.gap < INSEPARABLE * found.width


def undecidable(element: str, present: Sequence[str], detection: Detection) -> bool:
    """Whether the detector, or an unknown detector if it were EDS, cannot tell the element from another."""
    if detection.detector == "wds":
        return False
    others = [e for e in present if e != element]
    near = overlaps(element, others, line=detection.lines.get(element, ""), detector="eds")
    return any(_inseparable(o) for o in near)


def with_overlaps(calibration: Calibration, present: Sequence[str], detection: Detection) -> Calibration:
    """The calibration with an error, another in each phase, for O, N, F, S and P near other lines by EDS."""
    if detection.detector != "eds":
        return calibration
    errors = []
    for element in calibration.elements:
        others = [e for e in present if e != element]
        near = overlaps(element, others, line=detection.lines.get(element, "")) if element in MINOR else ()
        if near and not any(_inseparable(o) for o in near):
            words = f"{near[0].other.label} under {near[0].line.label}, {100 * U_OVERLAP:g} % assumed"
            errors.append(RelativeError(element, words, U_OVERLAP, f"overlap-{element}"))
    return replace(calibration, matrix_errors=(*calibration.matrix_errors, *errors))


def overlap_component(
    element: str, value: float, present: Sequence[str], detection: Detection, key: str
) -> Component | None:
    """The same for a point analysis: a component of ``value`` in wt%, or None."""
    others = [e for e in present if e != element]
    near = overlaps(element, others) if detection.detector == "eds" and element in MINOR else ()
    if not near:
        return None
    words = f"{near[0].other.label} under {near[0].line.label}, {100 * U_OVERLAP:g} % assumed"
    return Component(words, U_OVERLAP * abs(value), key)
