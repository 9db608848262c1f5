"""What a program's key may do."""

from enum import StrEnum


class TokenScope(StrEnum):
    """How far a token reaches within its roles."""

    READ = "read"
    """It looks."""
    WRITE = "write"
    """It acts too."""
