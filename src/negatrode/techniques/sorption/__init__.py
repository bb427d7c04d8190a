"""Gas sorption: the specific surface area of a powder from a nitrogen isotherm at 77 K."""
