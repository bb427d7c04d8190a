"""Alloy particles, a lithium-active phase A within a phase B: from composition to capacity and potential."""
