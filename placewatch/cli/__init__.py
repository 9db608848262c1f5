"""The ``placewatch`` command; one file per group of verbs."""
