"""Monomers, initiators, and the conversion of drops to beads."""
