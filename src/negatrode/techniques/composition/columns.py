"""The columns of a table of analysis: elements by symbol or name, with the words that laboratories add."""

from __future__ import annotations

from negatrode.techniques.lab_table import LABEL, Wanted

# Metals and semimetals of alloy powders and of their impurities; the names in English and German
METALS = {
    "Li": "lithium",
    "B": "boron|bor",
    "Na": "sodium|natrium",
    "Mg": "magnesium",
    "Al": "alumini?um",
    "Si": "silicon|silicium|silizium",
    "K": "potassium|kalium",
    "Ca": "calcium",
    "Sc": "scandium",
    "Ti": "titanium|titan",
    "V": "vanadium",
    "Cr": "chromium|chrom",
    "Mn": "manganese|mangan",
    "Fe": "iron|eisen",
    "Co": "cobalt|kobalt",
    "Ni": "nickel",
    "Cu": "copper|kupfer",
    "Zn": "zinc|zink",
    "Ga": "gallium",
    "Ge": "germanium",
    "As": "arsenic|arsen",
    "Sr": "strontium",
    "Y": "yttrium",
    "Zr": "zirconium|zirkonium",
    "Nb": "niobium|niob",
    "Mo": "molybdenum|molybdän",
    "Ag": "silver|silber",
    "In": "indium",
    "Sn": "tin|zinn",
    "Sb": "antimony|antimon",
    "Te": "tellurium|tellur",
    "Ba": "barium",
    "La": "lanthanum|lanthan",
    "Ce": "cerium|cer",
    "Pr": "praseodymium|praseodym",
    "Nd": "neodymium|neodym",
    "Sm": "samarium",
    "Gd": "gadolinium",
    "Hf": "hafnium",
    "Ta": "tantalum|tantal",
    "W": "tungsten|wolfram",
    "Pb": "lead|blei",
    "Bi": "bismuth|bismut",
}

_OF = r"(?i: (?:content|gehalt|conc|concentration|total|mass|weight|wt|gew|ma|in|by|fraction|含有量|含有率))*"
# "Ti 334.940 (ICP-OES)": the wavelength in nm and the method
_BY = (
    r"(?: \d{3}(?: \d{1,4})?)?"
    r"(?i: (?:icp|oes|aes|ms|xrf|ic|ise|cic|ir|igf|leco|content|total|mass|weight|wt))*"
)


def _wanted(name: str, words: str) -> Wanted:
    return Wanted(name, rf"(?:(?i:total ))?(?:{name}|(?i:{words})){_OF}", "wt%", censored=True)


def _where_stated(name: str, words: str) -> Wanted:
    """A column that is an element only where its header states a mass fraction ("K", "P" may be anything)."""
    pattern = rf"(?:(?i:total |w ))?(?:{name}|(?i:{words}))(?:{_BY}|{_OF})"
    return Wanted(name, pattern, "wt%", censored=True, optional=True)


WANTED = (
    _wanted("C", "carbon|kohlenstoff|炭素"),
    _wanted("H", "hydrogen|wasserstoff|水素"),
    _wanted("N", "nitrogen|stickstoff|窒素"),
    _wanted("O", "oxygen|sauerstoff|酸素"),
    _wanted("S", "sulfur|sulphur|schwefel|硫黄"),
    _wanted("Ash", "ash|asche|灰分"),
    _where_stated("F", "fluorine|fluor|フッ素"),
    _where_stated("P", "phosphorus|phosphor|リン"),
    *(_where_stated(symbol, words) for symbol, words in METALS.items()),
    Wanted(
        "mass",
        r"(?i:(?:sample |specimen )?(?:mass|weight)|einwaage|(?:mass|weight) (?:of )?sample)",
        "g",
        optional=True,
    ),
    LABEL,
)
NEEDS: tuple[set[str], ...] = (
    {"C", "H"},
    {"N"},
    {"O"},
    {"F"},
    {"S"},
    {"P"},
    *({symbol} for symbol in METALS),
)
