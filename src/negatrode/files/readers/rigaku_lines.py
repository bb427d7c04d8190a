"""What Rigaku's text and container formats state alike: the tube's lines, the scanned axis, the speed."""

from __future__ import annotations

import re

from negatrode.core.provenance import Stated
from negatrode.files.readers.diffraction_scan import line_settings
from negatrode.files.text import number


def is_two_theta(axis: str) -> bool:
    """Whether 2 theta moves when this axis is scanned.

    >>> [is_two_theta(a) for a in ("TwoThetaTheta", "2-Theta/Theta", "TwoThetaOmega", "Omega", "ThetaS")]
    [True, True, True, False, False]
    """
    plain = re.sub(r"[^a-z0-9]", "", axis.lower())
    return "twotheta" in plain or "2theta" in plain


def selects_first_line(units: str) -> bool:
    """Whether these optical units hold a germanium or silicon crystal ("Ge(220)x2")."""
    return bool(re.search(r"\b(?:Ge|Si)\s*\(?\d{3}", units))


def tube_settings(
    first: float | None,
    second: float | None,
    beta: float | None,
    *,
    kind: str,
    incident: str,
    receiving: str,
    anode: str,
    where: str,
) -> dict[str, Stated]:
    """The lines of the tube; K-alpha1 alone where the file says so ("Ka1") or a crystal selects it.

    Without a stated ratio the two lines count 2 : 1, their statistical weight.
    """
    plain = kind.strip().lower()
    if plain.startswith(("kb", "k_b", "kβ")) and beta:
        found = line_settings(beta, None, 0.0, only_first=True, where=f"{where}, {kind}", anode=anode)
        del found["wavelength_ka1"]
    elif first:
        alone = plain in ("ka1", "kalpha1", "kα1") or selects_first_line(incident)
        note = f"{where}, {kind}" if kind else where
        found = line_settings(first, second, 0.5, only_first=alone, where=note, anode=anode)
    else:
        return {}
    words = receiving.strip().lower()
    if words and re.search(r"graphite|bent|flat|crystal|\bc\b|mono", words) and "none" not in words:
        found["monochromator"] = Stated("yes", "", where)
    return found


def speed_time(speed: str, unit: str, step: str, mode: str, where: str) -> dict[str, Stated]:
    """Counting time of a point: step / speed of a continuous scan, or the time stated for a step scan."""
    rate, width = number(speed), number(step)
    plain = unit.lower().replace(" ", "")
    if rate is None or rate <= 0.0:
        return {}
    if plain in ("deg/min", "°/min") and width is not None and width > 0.0 and mode.upper() != "STEP":
        return {"counting_time": Stated(60.0 * width / rate, "s", f"{where} step / speed")}
    if plain in ("sec", "s", "sec.") and mode.upper() == "STEP":
        return {"counting_time": Stated(rate, "s", f"{where} speed")}
    return {}
