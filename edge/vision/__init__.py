"""What a picture itself tells, without a detector: structure, sharpness, shift, life, things that stay."""
