"""Compiled loops of the process models; they import nothing of the package."""
