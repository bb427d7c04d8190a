"""Contents of both phases from maps under every segmentation, and the outcomes of the properties."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from negatrode.core.errors import NegatrodeError, Refusal
from negatrode.core.estimate import Finding, Outcome
from negatrode.core.settings import Key, Settings
from negatrode.techniques.phases import particle
from negatrode.techniques.phases.calibration import calibration
from negatrode.techniques.phases.composition import Blank, PhaseContents, blanks, phase_contents
from negatrode.techniques.phases.factors import FactorTable
from negatrode.techniques.phases.interference import (
    MINOR,
    detection_of,
    require_separable,
    undecidable,
    with_overlaps,
)
from negatrode.techniques.phases.model import ElementMaps, Segmentation
from negatrode.techniques.phases.quantification import Calibration

Segmentations = Mapping[str, Segmentation | NegatrodeError]
Contents = dict[str, PhaseContents | NegatrodeError]
Found = dict[str, Outcome | NegatrodeError]

KEYS = (
    Key(
        "background",
        "",
        "whether the background was taken off the counts, where the files hold none",
        choices=("subtracted", "included"),
    ),
)


@dataclass(frozen=True)
class MapContents:
    """Contents by recipe and phase; ``problem`` says why there are none at all (no k-factors ...)."""

    maps: ElementMaps
    calibration: Calibration | None
    contents: Mapping[str, Contents]
    blank: Mapping[str, Blank]
    problem: NegatrodeError | None = None

    def present(self, recipe: str, phases: str = "AB") -> tuple[str, ...]:
        """Elements significantly above zero in the phases, those that the detector cannot tell left out."""
        detection = detection_of(self.maps)
        found: list[str] = []
        for phase in phases:
            contents = self.contents.get(recipe, {}).get(phase)
            if isinstance(contents, PhaseContents):
                here = significant_elements(contents)
                found += [e for e in here if not undecidable(e, here, detection)]
        return tuple(dict.fromkeys(found))


def significant_elements(contents: PhaseContents) -> tuple[str, ...]:
    """The elements whose content lies above the decision limit."""
    return tuple(e for e in contents.elements if contents.significant(e))


def map_contents(
    maps: ElementMaps, segmentations: Segmentations, tables: Sequence[FactorTable], settings: Settings
) -> MapContents:
    """Contents under every segmentation that gave one; what is missing is kept as the error it is."""
    blank = blanks(settings)
    try:
        factors = calibration(maps, tables, settings)
    except NegatrodeError as error:
        return MapContents(maps, None, {}, blank, error)
    detection = detection_of(maps)
    found: dict[str, Contents] = {}
    for recipe, segmentation in segmentations.items():
        if not isinstance(segmentation, Segmentation):
            found[recipe] = dict.fromkeys("AB", segmentation)
            continue
        found[recipe] = {}
        for phase in "AB":
            try:
                contents = phase_contents(maps, segmentation, phase, factors, blank)
                better = with_overlaps(factors, significant_elements(contents), detection)
                if better.matrix_errors != factors.matrix_errors:
                    contents = phase_contents(maps, segmentation, phase, better, blank)
                found[recipe][phase] = contents
            except NegatrodeError as error:
                found[recipe][phase] = error
    return MapContents(maps, factors, found, blank)


def content_outcomes(
    found: MapContents, segmentations: Segmentations, element: str, phase: str, settings: Settings
) -> Found:
    """The content of an element in a phase, by recipe."""
    outcomes: Found = {}
    for recipe in segmentations:
        try:
            outcomes[recipe] = _content(found, recipe, element, phase, settings)
        except NegatrodeError as error:
            outcomes[recipe] = error
    return outcomes


def _content(found: MapContents, recipe: str, element: str, phase: str, settings: Settings) -> Outcome:
    contents, notes = require_content(found, recipe, element, phase, settings)
    outcome = contents.outcome(element)
    return replace(outcome, findings=(*outcome.findings, *notes, *_total_notes(contents, found)))


def require_content(
    found: MapContents, recipe: str, element: str, phase: str, settings: Settings
) -> tuple[PhaseContents, tuple[Finding, ...]]:
    """The contents of a phase where the element's can be had, and findings on overlaps and background."""
    require_mapped(found.maps, element)
    if found.problem is not None:
        raise found.problem
    contents = found.contents[recipe][phase]
    if isinstance(contents, NegatrodeError):
        raise contents
    notes = require_separable(element, significant_elements(contents), detection_of(found.maps), settings)
    return contents, (*notes, *require_net(found, element, settings))


def _total_notes(contents: PhaseContents, found: MapContents) -> tuple[Finding, ...]:
    if found.calibration is None:
        return ()
    notes = found.calibration.findings
    if not found.calibration.normalised and not 95.0 <= contents.total <= 102.0:
        text = f"contents of phase {contents.phase} add up to {contents.total:.1f} wt%, outside 95-102 wt%"
        notes = (*notes, Finding("total", text, warning=True))
    return notes


def require_mapped(maps: ElementMaps, element: str) -> None:
    """Refuse an element that was not mapped."""
    if element not in maps.elements:
        raise Refusal(
            f"{element} is not mapped",
            where=maps.path,
            rule=f"mapped are {', '.join(maps.elements) or 'no elements'}; what is not analysed is not zero",
            remedy=f"Map {element}, or give point analyses that hold it",
        )


def is_net(maps: ElementMaps, settings: Settings) -> bool:
    """Whether the intensities are known to be free of background."""
    known = maps.quantity != "counts" or maps.background is not None
    return known or settings.optional_word("background") == "subtracted"


def require_net(found: MapContents, element: str, settings: Settings) -> tuple[Finding, ...]:
    """Refuse minor elements of counts that still hold their background, unless a blank takes it off."""
    maps = found.maps
    if maps.quantity != "counts" or maps.background is not None or element not in MINOR:
        return ()
    state = settings.word(
        "background",
        why=f"the files hold no background of {element}: counts with it would pass for {element}",
    )
    if state == "included" and element not in found.blank:
        raise Refusal(
            f"the counts of {element} hold their background",
            where=maps.path,
            rule="a minor element's counts are mostly background",
            remedy=f"Give maps of the background or net maps, or a blank as phases.blank_{element.lower()}",
        )
    text = "counting statistics of the background that was taken off are judged by the scatter of the pixels"
    return (Finding("background", text),)


def particle_outcomes(
    balance: Callable[[str], Outcome], mean: Callable[[str], Outcome], elements: Sequence[str]
) -> Found:
    """Content of the whole particle (sum over ``elements``), by recipes "phase-balance" and "map-mean"."""
    outcomes: Found = {}
    for recipe, made in (("phase-balance", balance), ("map-mean", mean)):
        parts: dict[str, Outcome] = {}
        problem: NegatrodeError | None = None
        for element in elements:
            try:
                parts[element] = made(element)
            except NegatrodeError as error:
                problem = problem or error
        if parts:
            outcomes[recipe] = _with_missing(parts, elements)
        elif problem is not None:
            outcomes[recipe] = problem
    return outcomes


def _with_missing(parts: Mapping[str, Outcome], elements: Sequence[str]) -> Outcome:
    if len(elements) == 1:
        return parts[elements[0]]
    total = particle.summed(parts)
    missing = [e for e in elements if e not in parts]
    if not missing:
        return total
    text = f"sum over {', '.join(parts)}; {', '.join(missing)} not analysed"
    return replace(total, findings=(*total.findings, Finding("elements-summed", text, warning=True)))


def balanced(
    contents: Mapping[str, PhaseContents | NegatrodeError],
    segmentation: Segmentation | NegatrodeError,
    element: str,
    settings: Settings,
    key: str,
) -> Outcome:
    """The balance of one element over both phases; ``contents`` are those of maps or of points."""
    if isinstance(segmentation, NegatrodeError):
        raise segmentation
    both: dict[str, PhaseContents] = {}
    for phase in "AB":
        here = contents[phase]
        if isinstance(here, NegatrodeError):
            raise here
        if here.index(element) < 0:
            raise Refusal(
                f"{element} was not analysed in phase {phase}",
                rule=f"analysed are {', '.join(here.elements)}; what is not analysed is not zero",
                remedy=f"Analyse {element} in both phases",
            )
        both[phase] = here
    return particle.balance(element, both, segmentation, settings, key)


def mean_content(
    found: MapContents,
    segmentation: Segmentation | NegatrodeError,
    recipe: str,
    element: str,
    settings: Settings,
) -> Outcome:
    """The mean content of one element over the material of a segmentation."""
    if isinstance(segmentation, NegatrodeError):
        raise segmentation
    require_mapped(found.maps, element)
    if found.problem is not None or found.calibration is None:
        raise found.problem or Refusal("no calibration")
    detection = detection_of(found.maps)
    present = tuple(
        dict.fromkeys(
            e
            for c in found.contents[recipe].values()
            if isinstance(c, PhaseContents)
            for e in significant_elements(c)
        )
    )
    notes = require_separable(element, present, detection, settings)
    notes += require_net(found, element, settings)
    thin = settings.optional_word("specimen") == "thin"
    factors = with_overlaps(found.calibration, present, detection)
    means = particle.map_means(found.maps, segmentation, factors, found.blank, thin)
    outcome = means[element]
    return replace(outcome, findings=(*outcome.findings, *notes, *factors.findings))
