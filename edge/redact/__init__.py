"""The only door by which a picture leaves."""
