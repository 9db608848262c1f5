"""Secrets that are handed out once and kept as hashes."""

import secrets
from hashlib import sha256

TOKEN_PREFIX = "pwt_"  # noqa: S105 - marks a key of ours, so that scanners of leaked keys know it
_WORDS = "abcdefghjkmnpqrstuvwxyz23456789"  # what people do not mix up on paper


def new_secret() -> str:
    """256 random bits, for a cookie or a token."""
    return secrets.token_urlsafe(32)


def spoken_secret() -> str:
    """About 79 random bits that somebody can type: four groups of four."""
    groups = ("".join(secrets.choice(_WORDS) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def digest(secret: str) -> str:
    """What is kept of a random secret; a slow hash is for passwords, which people choose."""
    return sha256(secret.encode()).hexdigest()
