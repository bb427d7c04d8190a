"""The fired powder: packing, coating and combustion."""
