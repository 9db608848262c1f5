"""Benchmark footage: how `scripts.make_footage` makes its sets."""
