"""Electrode, cell, protocol, solver: from materials to a curve."""
