"""Benchmarks of the cell engine against converged and against time-matched solutions of PyBaMM."""
