"""Drops of monomer in water: break-up, coalescence, stabilisation by particles."""
