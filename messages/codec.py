"""Bytes to messages and back, strictly."""

from typing import TypeVar

import msgspec

MAX_INLINE_PICTURE = 128 * 1024
"""Most JPEG bytes that an alert carries inline."""

MAX_PAYLOAD = 256 * 1024
"""Most bytes of one MQTT payload; anything larger is refused unread."""

T = TypeVar("T", bound=msgspec.Struct)

_encoder = msgspec.json.Encoder(order="deterministic")


class MessageError(ValueError):
    """A payload that is not the message it should be; the text says which field and why."""


def encode(message: msgspec.Struct) -> bytes:
    """A message as JSON (UTF-8, keys in declared order, times in RFC 3339)."""
    return _encoder.encode(message)


def decode(payload: bytes, kind: type[T]) -> T:
    """JSON as a message of type ``kind``.

    Raises:
        MessageError: Too large, not JSON, or not of the schema; names the field.
    """
    if len(payload) > MAX_PAYLOAD:
        msg = f"payload of {len(payload)} bytes is over the limit of {MAX_PAYLOAD}"
        raise MessageError(msg)
    try:
        return msgspec.json.decode(payload, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError(str(error) or type(error).__name__) from error
