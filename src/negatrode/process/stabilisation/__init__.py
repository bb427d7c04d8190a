"""Oxidation of the beads in air: extents, diffusion in the bead, heat in the bed."""
