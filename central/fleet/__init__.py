"""What the centre wants of its boxes: configurations and updates, kept by version, signed, published."""
