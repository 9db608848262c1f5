"""An FFmpeg of a box's own, without GPL parts, and PyAV's wheel built against it."""
