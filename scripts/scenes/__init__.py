"""Scenes composed from real frames, with exact truth."""
