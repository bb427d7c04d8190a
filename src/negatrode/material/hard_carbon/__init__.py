"""Spherical hard carbon: from a sample's properties to what a cell needs to know of it."""
