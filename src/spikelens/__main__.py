"""``python -m spikelens`` is the command line."""

from spikelens.cli import main

main()
