"""Thermal analysis: the exothermic peak of a powder that burns in air."""
