"""Which frames, and which regions of them, deserve a look: wake-up, motion, packing."""
