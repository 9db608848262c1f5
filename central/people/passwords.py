"""Passwords: argon2id (RFC 9106), and what a new one must be like (after NIST SP 800-63B)."""

import threading
from collections.abc import Iterator
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY
from pydantic import Field

from central.names import Bilingual
from placewatch.config import Settings

_AT_ONCE = 2  # each takes 64 MiB and all cores: more at a time would let sign-ins starve the service
LONGEST = 128


class PasswordRules(Settings):
    """What a new password must be like."""

    length: int = Field(12, ge=8, le=64)
    """Fewest characters."""
    classes: int = Field(1, ge=1, le=4)
    """Of small letters, capitals, digits and others, how many must occur; security graded 3 asks for 3."""


class Passwords:
    """Hashes and verifies; safe to share between threads."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """Use ``hasher``; by default RFC 9106's second recommended option (64 MiB, 3 passes, 4 lanes)."""
        self._hasher = hasher or PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._turns = threading.Semaphore(_AT_ONCE)
        self._nobody = ""

    def hash(self, password: str) -> str:
        """What is kept of a password."""
        with self._turns:
            return self._hasher.hash(password)

    def fits(self, kept: str | None, password: str) -> bool:
        """Whether ``password`` is the one behind ``kept``; takes the same time when nothing is kept."""
        with self._turns:
            self._nobody = self._nobody or self._hasher.hash("nobody")
            try:
                self._hasher.verify(kept or self._nobody, password)
            except (VerificationError, InvalidHashError):
                return False
        return kept is not None

    def outdated(self, kept: str) -> bool:
        """Whether ``kept`` was made with other parameters and should be made anew."""
        return self._hasher.check_needs_rehash(kept)


def weaknesses(password: str, name: str, rules: PasswordRules) -> Iterator[Bilingual]:
    """What is wrong with a new password; nothing when it will do."""
    if len(password) < rules.length:
        yield Bilingual(zh=f"至少 {rules.length} 个字符", en=f"it needs at least {rules.length} characters")
    if len(password) > LONGEST:
        yield Bilingual(zh=f"最多 {LONGEST} 个字符", en=f"it may have at most {LONGEST} characters")
    if _classes(password) < rules.classes:
        yield Bilingual(
            zh=f"大写字母、小写字母、数字、其他字符中至少包含 {rules.classes} 类",
            en=f"of small letters, capitals, digits and others at least {rules.classes} must occur",
        )
    plain = password.casefold()
    if name.casefold() in plain or "placewatch" in plain:
        yield Bilingual(
            zh="不能包含用户名或产品名", en="it may hold neither the user's name nor the product's"
        )
    if _monotonous(plain):
        yield Bilingual(
            zh="过于简单：重复、连续或常见的组合", en="it is too easy: repeated, in sequence or very common"
        )


def _classes(password: str) -> int:
    tests = (str.islower, str.isupper, str.isdigit)
    kinds = {next((n for n, test in enumerate(tests) if test(one)), len(tests)) for one in password}
    return len(kinds)


_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "!@#$%^&*()",
)
_COMMON = (
    "password",
    "passw0rd",
    "p@ssword",
    "p@ssw0rd",
    "admin",
    "welcome",
    "iloveyou",
    "woaini",
    "letmein",
)


def _monotonous(plain: str) -> bool:
    """Whether little is left once runs of the keyboard, common words and repeats are taken out."""
    rest = plain
    for word in _COMMON:
        rest = rest.replace(word, "")
    if len(set(rest)) < 5:
        return True
    steps = list(pairwise(rest))
    easy = sum(
        one == other or any(one + other in run or other + one in run for run in _RUNS) for one, other in steps
    )
    return bool(steps) and easy > len(steps) * 0.7
