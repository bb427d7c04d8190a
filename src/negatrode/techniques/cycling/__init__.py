"""Half cells: capacities, efficiency, retention, differential capacity, diffusivity from cycler files."""
