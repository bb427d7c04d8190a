"""Phases A and B from element maps, grey-level pictures and point analyses."""
