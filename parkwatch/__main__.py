"""``python -m parkwatch``: the command line."""

from parkwatch.cli import main

main()
