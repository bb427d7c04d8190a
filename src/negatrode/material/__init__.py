"""What a particle, an electrolyte and a lithium electrode are made of: tables and scalars, no code."""
