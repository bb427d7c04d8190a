"""Phases in a stack of voxels: volume fraction and enclosure in three dimensions."""
