"""X-ray diffraction: the 002 band of carbon."""
