"""Other programs' forms of a cell and of a curve: BPX, PyBaMM, Battery Data Format."""
