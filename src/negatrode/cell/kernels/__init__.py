"""Compiled code on bare SI floats. Nothing here imports anything of negatrode outside this folder."""
