"""Carbonisation in inert gas: volatiles, hydrogen, nitrogen, structure, over any furnace programme."""
