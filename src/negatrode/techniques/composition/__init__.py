"""Elemental analysis (CHN)."""
