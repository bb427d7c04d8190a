"""What the maker of a hard carbon should know of a route: where it spoils the powder or the prediction."""

from __future__ import annotations

import numpy as np

from negatrode.process.carbonisation.structure import FITTED
from negatrode.process.hard_carbon import HardCarbonRun, OxidationResult, has_core
from negatrode.process.made import Note, taken_note

# Monomers whose gel effect is that of styrene, or nearly
_STYRENIC = (
    "styrene", "divinylbenzene", "ethylvinylbenzene", "vinyltoluene", "alpha-methylstyrene", "acrylonitrile",
)  # fmt: skip


def notes_on(run: HardCarbonRun) -> tuple[Note, ...]:
    """Notes on the whole route; warnings where something goes wrong in it."""
    notes = [*taken_note(run.route.taken), *run.sized.notes, *_suspension(run), *_furnace(run)]
    if run.oxidation is not None:
        notes += _oxidation(run.oxidation)
    fused = float(np.median(run.fused))
    if fused > 0.05:
        words = (
            f"{100 * fused:.0f} % of the contacts between beads fuse: the oxidation is not deep enough. "
            "Such beads soften, fuse and foam; yield and sphericity fall, the carbon turns softer, and the "
            "size after breaking up the lumps is the mill's affair."
        )
        notes.append(Note("fusing", words, warning=True))
    return tuple(notes)


def _suspension(run: HardCarbonRun) -> list[Note]:
    notes = []
    s = run.route.suspension
    soluble = [m for m, w in run.mix.parts if m.water > 1.0 and w > 0.05]
    if soluble and s.sizing != "given":
        names = ", ".join(f"{m.name} ({m.water:g} g per 100 g)" for m in soluble)
        words = (
            f"{names} dissolves in the water: at a monomer fraction of {s.fraction:g} the beads hold less of "
            "it than was fed. The model takes the feed; analyse the nitrogen of the beads."
        )
        notes.append(Note("water", words))
    if run.mix.share_of(*_STYRENIC) < 0.5:
        words = "The gel effect is that of styrene; for these monomers the conversion in time is weak."
        notes.append(Note("gel effect", words, warning=True))
    left = float(np.median(run.polymerised.residual))
    if left > 0.1:
        words = (
            f"{100 * left:.0f} % of the monomer is left: polymerise longer, hotter or with more initiator. "
            "Beads this soft stick together."
        )
        notes.append(Note("conversion", words, warning=True))
    return notes


def _furnace(run: HardCarbonRun) -> list[Note]:
    notes = []
    if run.route.reference is not None:
        words = (
            f"{', '.join(run.route.reference.values)}: levels by the reference powder of "
            f"{run.route.reference.celsius:.0f} degC, slopes by temperature as within papers."
        )
        notes.append(Note("reference", words))
    fire = run.route.carbonisation
    final = float(np.median(run.carbon.end("growth")))
    low, high = FITTED
    if not low + 100.0 <= final <= high:
        words = (
            f"An equivalent temperature of {final:.0f} degC lies outside the data of d002, Lc and area "
            f"({low + 100:.0f} to {high:.0f} degC): their predictions are extrapolated."
        )
        notes.append(Note("range", words, warning=True))
    fastest = float((np.abs(np.diff(fire.celsius)) / np.diff(fire.seconds)).max() * 60.0)
    if fastest > 10.0:
        words = (
            f"Heating or cooling at {fastest:.0f} K/min: fast heating may open pores; no robust effect was "
            "found in the literature, and the area does not know it."
        )
        notes.append(Note("heating rate", words))
    if fire.celsius.max() > 1450.0 and float(np.median(run.silica)) > 0.1:
        words = (
            "Above some 1450 degC carbon reduces silica (to SiC and SiO): the silica of the suspension may "
            "not be found again as SiO2."
        )
        notes.append(Note("silica", words, warning=True))
    return notes


def _oxidation(found: OxidationResult) -> list[Note]:
    notes = []
    ran = float(found.ran_away.mean())
    if ran > 0.02:
        words = (
            f"The bed runs away in {100 * ran:.0f} % of the draws: its heat goes out too slowly. What is "
            "told of the powder holds for beds that do not. Make the bed thinner, heat slower, or move it "
            "(fluidised, rotating)."
        )
        notes.append(Note("runaway", words, warning=True))
    if found.profile is not None and has_core(found):
        skin, core = (100.0 * float(found.profile.profile[-1, k]) for k in (-1, 0))
        words = (
            "Oxygen does not reach the middle of the beads as fast as it is used: at the end the skin has "
            f"taken up {skin:.0f} % and the core {core:.0f} % of what it can."
        )
        notes.append(Note("diffusion", words, warning=core < 0.5 * skin))
    burnt = float(np.median(found.burnt))
    if burnt > 0.05:
        words = f"{100 * burnt:.0f} % of the beads burns off in the oxidation."
        notes.append(Note("burn-off", words, warning=True))
    return notes
