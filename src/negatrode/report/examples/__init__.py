"""The example folders that ``negatrode demo`` writes, one material a module."""
