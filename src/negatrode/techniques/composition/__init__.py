"""Elemental analysis: H/C, N, O, F + S + P."""
