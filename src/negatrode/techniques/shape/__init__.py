"""Particle shape: sphericity of particles in micrographs and of traced outlines."""
