"""The second factor: codes by time (RFC 6238: SHA-1, 30 s, six digits, as every authenticator has it)."""

import hmac
from datetime import datetime

import pyotp

_STEP_S = 30
_DRIFT = 1  # a phone's clock may be one step off


def new_secret() -> str:
    """A secret to share with an authenticator, base 32."""
    return pyotp.random_base32()


def address(secret: str, name: str) -> str:
    """The ``otpauth://`` address that an authenticator reads as a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="Placewatch")


def step_of(secret: str, code: str, now: datetime, last: int | None) -> int | None:
    """The time step that ``code`` belongs to, or None when it does not fit.

    Args:
        secret: The shared secret.
        code: Six digits; spaces are passed over.
        now: What time it is.
        last: The last step whose code was used: that one and those before no longer count.
    """
    said = "".join(code.split())
    here = int(now.timestamp()) // _STEP_S
    totp = pyotp.TOTP(secret)
    for step in range(max(0, here - _DRIFT), here + _DRIFT + 1):
        if hmac.compare_digest(totp.at(step * _STEP_S).encode(), said.encode()):
            return step if last is None or step > last else None
    return None
