"""Conversion of the shipped models from public packages; one file per model."""
