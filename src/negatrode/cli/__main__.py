"""``python -m negatrode.cli``."""

from negatrode.cli.main import main

main()
