"""Tests that call inner kernels from Python need their wrappers: asked for before any kernel is imported."""

import os

os.environ["NEGATRODE_OPEN_KERNELS"] = "1"
