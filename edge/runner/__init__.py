"""The only place of the edge with threads: cameras, inference, alerts, health."""
