"""Particle size: median, weight-average and length-average sizes from size distributions."""
