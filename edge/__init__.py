"""The edge worker: packets in, redacted alerts out. One process per box."""
