"""Camera to packets to frames: the source, its reconnects and the latest-frame slot."""
