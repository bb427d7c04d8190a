"""How alloy particles are made: what they take up, where it goes, which phases form."""
