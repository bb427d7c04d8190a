"""``python -m negatrode``."""

from negatrode.cli.main import main

main()
