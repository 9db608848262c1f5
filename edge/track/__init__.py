"""Boxes over time, inside one camera only; ids never leave the process."""
