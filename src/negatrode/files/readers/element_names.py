"""Names of element maps: chemical symbols (IUPAC), X-ray lines as instruments print them, signals."""

from __future__ import annotations

import re

from negatrode.core.catalogue import near_matches
from negatrode.core.errors import InputError

_TABLE = """
    H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr
    Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb
    Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf
    Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og
"""
SYMBOLS = tuple(_TABLE.split())
# Signals of electron microscopes that are mapped along with the elements
SIGNALS = (
    "BSE", "BSD", "BEI", "COMPO", "TOPO", "SE", "SEI", "SED", "ETD", "InLens", "FSE", "FSD",
    "HAADF", "ADF", "ABF", "BF", "DF", "CL", "labels",
)  # fmt: skip
BACKGROUND = ":background"

_GREEK = str.maketrans({"α": "a", "β": "b", "γ": "g", "ζ": "z", "ℓ": "l", "η": "n"})
_LINE = re.compile(r"([KLMN])[\s_-]*(alpha|beta|gamma|series|a|b|g|l|n|z)?[\s_-]*(\d?)\Z")
_NAMED = re.compile(r"([A-Z][a-z]?)(?:[\s_-]+|(?=[KLMN]))([KLMN].*)\Z")


def x_ray_line(text: str) -> str | None:
    """The line in Siegbahn's notation without its number ("Ka", "Lb", "Ll"), "K" for a series; None if none.

    >>> [x_ray_line(t) for t in ("Kα1", "K_alpha", "La1", "K series", "Ll", "blue")]
    ['Ka', 'Ka', 'La', 'K', 'Ll', None]
    """
    found = _LINE.match(text.strip().translate(_GREEK).replace(",2", ""))
    if not found:
        return None
    sub = (found[2] or "").replace("series", "")
    return found[1] + sub[:1]


def element_and_line(text: str) -> tuple[str, str] | None:
    """Symbol and line of "Ti", "Ti Ka", "Ti Kα1", "Ti_K"; None where the text names no element.

    >>> [element_and_line(t) for t in ("Ti Kα1", "O", "KLM", "Sample C")]
    [('Ti', 'Ka'), ('O', ''), None, None]
    """
    plain = text.strip()
    if plain in SYMBOLS:
        return plain, ""
    found = _NAMED.match(plain)
    if not found or found[1] not in SYMBOLS:
        return None
    line = x_ray_line(found[2])
    return None if line is None else (found[1], line)


def signal_name(text: str) -> str | None:
    """The signal of that name, whatever its capitals; None where it is not known."""
    return next((s for s in SIGNALS if s.lower() == text.strip().lower()), None)


def require_element(text: str, *, where: str) -> tuple[str, str]:
    """Symbol and line; InputError with near matches where the text names no element."""
    found = element_and_line(text)
    if found is None:
        raise InputError(
            f"'{text[:40]}' is no chemical symbol",
            where=where,
            rule='elements are written as in "Ti" or "Ti Ka"',
            remedy=_near(text),
        )
    return found


def _near(text: str) -> str:
    plain = text.strip()
    titled = plain[:1].upper() + plain[1:].lower()
    if titled in SYMBOLS:
        return f"Did you mean {titled}?"
    return near_matches(titled, [*SYMBOLS, *SIGNALS]) or near_matches(titled[:2], list(SYMBOLS))
