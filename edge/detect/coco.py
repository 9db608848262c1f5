"""COCO-80 class names and the groups that rules speak of."""

COCO: tuple[str, ...] = (
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light",
    "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow",
    "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee",
    "skis", "snowboard", "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard",
    "tennis racket", "bottle", "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple",
    "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch",
    "potted plant", "bed", "dining table", "toilet", "tv", "laptop", "mouse", "remote", "keyboard",
    "cell phone", "microwave", "oven", "toaster", "sink", "refrigerator", "book", "clock", "vase", "scissors",
    "teddy bear", "hair drier", "toothbrush",
)  # fmt: skip

PERSON = frozenset({COCO.index("person")})
CYCLES = frozenset({COCO.index("bicycle"), COCO.index("motorcycle")})
MOTOR_VEHICLES = frozenset(COCO.index(name) for name in ("car", "motorcycle", "bus", "truck"))
VEHICLES = MOTOR_VEHICLES | CYCLES
VEHICLES_OF_ONE_SHAPE = tuple(COCO.index(name) for name in ("car", "bus", "train", "truck"))
"""Classes that detectors give one and the same vehicle at once: a van is a car and a truck."""
