"""How the powder is made: from monomers and furnaces to a predicted powder."""
