"""Bulk specific gravity."""
