"""Placewatch: watches places, not people."""

__version__ = "0.1.0"
