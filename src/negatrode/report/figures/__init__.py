"""Pictures of each technique: arrays of an evaluation to SVG or PNG markup."""
