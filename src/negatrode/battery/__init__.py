"""From a powder to the battery made of it: coating, cell, tests on it, bands over what is not known."""
