"""The whole chain on one machine, as separate processes."""
