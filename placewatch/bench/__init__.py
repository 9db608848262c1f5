"""Figures of this machine: what decoding and detection cost here."""
