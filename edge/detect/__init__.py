"""ONNX detectors: one small file per model family, one value type `Detections`."""
