"""``python -m placewatch``: the same as the ``placewatch`` command."""

from placewatch.cli.main import run

run()
