"""Codes by time, against the published vectors of RFC 6238, appendix B (SHA-1, cut to six digits)."""

import base64
from datetime import UTC, datetime

import pytest

from central.people import totp

_SECRET = base64.b32encode(b"12345678901234567890").decode()


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_published_codes(seconds: int, code: str) -> None:
    assert totp.step_of(_SECRET, code, at(seconds), None) == seconds // 30


def test_one_step_off_is_let_pass_two_are_not() -> None:
    assert totp.step_of(_SECRET, "287082", at(59 + 30), None) == 1
    assert totp.step_of(_SECRET, "287082", at(59 - 30), None) == 1
    assert totp.step_of(_SECRET, "287082", at(59 + 61), None) is None


def test_a_code_counts_once() -> None:
    assert totp.step_of(_SECRET, "287 082", at(59), 0) == 1
    assert totp.step_of(_SECRET, "287082", at(59), 1) is None


@pytest.mark.parametrize("code", ["", "287083", "２８７０８２", "x" * 16])
def test_other_codes_do_not_fit(code: str) -> None:
    assert totp.step_of(_SECRET, code, at(59), None) is None
