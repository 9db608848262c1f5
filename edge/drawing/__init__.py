"""Setting up cameras: a redacted still, a configuration, and zones drawn on the still."""
