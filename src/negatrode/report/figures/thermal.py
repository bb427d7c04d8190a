"""The thermogram with its baseline, its peaks, and the mass where it was recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from negatrode.core.estimate import Estimate
from negatrode.report.figures.canvas import COLOURS, INK, SOFT, Drawing, Limits, legend, panels, svg
from negatrode.techniques.thermal.figure import ThermalFigure


def draw(figure: ThermalFigure, estimates: Mapping[str, Estimate], _limits: Limits) -> Iterator[Drawing]:
    """One panel: signal (exotherms up), baseline, every peak with the recipes that take it, mass."""
    canvas, (ax,) = panels(1, height=4.0)
    if figure.temperature.size:
        ax.plot(figure.temperature, figure.signal, color=COLOURS[0], lw=1.4, label="signal, exotherms up")
        if figure.baseline.size:
            ax.plot(figure.temperature, figure.baseline, color=SOFT, lw=1.2, ls="--", label="baseline")
    for peak in figure.peaks:
        names = ", ".join(peak.recipes)
        text = f"{peak.temperature:.1f} °C" + (f"\n{names}" if names else "")
        near = abs(figure.temperature - peak.temperature).argmin() if figure.temperature.size else 0
        level = float(figure.signal[near]) if figure.temperature.size else 0.0
        ax.axvline(peak.temperature, color=COLOURS[1] if names else "#c4ccd4", lw=1.2)
        ax.annotate(
            text, (peak.temperature, level), xytext=(6, 2), textcoords="offset points", fontsize=9, color=INK
        )
    ax.set(xlabel="temperature / °C", ylabel=f"signal / {figure.unit}" if figure.unit else "signal")
    ax.margins(y=0.14)
    if figure.mass.size:
        mass = ax.twinx()
        mass.plot(figure.mass_temperature, figure.mass, color=COLOURS[2], lw=1.1)
        mass.set_ylabel("mass", fontsize=9, color=COLOURS[2])
        mass.tick_params(colors=SOFT, labelsize=8)
        mass.spines["top"].set_visible(False)
    legend(ax, loc="center left")
    found = estimates.get("exothermic_peak_temperature")
    told = ""
    if found is not None and found.value is not None:
        told = (
            f" At 10 K/min: {found.value:.1f} ± {found.standard_uncertainty:.1f} °C by recipe {found.recipe}."
        )
    yield Drawing("Exothermic peak", svg(canvas, name="thermal"), f"{figure.path}.{told}")
