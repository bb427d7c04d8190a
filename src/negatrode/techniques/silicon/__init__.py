"""Silicon compound on the surface."""
