"""RTSP 1.0 messages (RFC 2326): parsing requests, writing answers."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

MAX_HEADER_BYTES = 16 * 1024
MAX_BODY_BYTES = 64 * 1024

REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
    501: "Not Implemented",
    505: "RTSP Version Not Supported",
}


class BadRequestError(Exception):
    """What came is no RTSP request; the connection ends."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        method: Such as ``DESCRIBE``.
        url: As the client wrote it.
        version: Such as ``RTSP/1.0``.
        headers: Names in lower case.
    """

    method: str
    url: str
    version: str
    headers: Mapping[str, str]

    @property
    def name(self) -> str:
        """The stream that is meant: the path's first part."""
        return unquote(urlsplit(self.url).path).strip("/").partition("/trackID=")[0]


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """The next request; interleaved RTCP of the client is skipped; None when the client hung up.

    Raises:
        BadRequestError: Garbage, or a header over the limit.
    """
    try:
        while (first := await reader.readexactly(1)) == b"$":
            head = await reader.readexactly(3)
            await reader.readexactly(int.from_bytes(head[1:]))
        text = (first + await reader.readuntil(b"\r\n\r\n")).decode("utf-8", "replace")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    except asyncio.LimitOverrunError as error:
        raise BadRequestError from error
    request = _parse(text)
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MAX_BODY_BYTES:
        raise BadRequestError
    try:
        await reader.readexactly(int(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    return request


def _parse(text: str) -> Request:
    line, *rest = text.lstrip("\r\n").split("\r\n")
    parts = line.split(" ")
    if len(parts) != 3 or not parts[2].startswith("RTSP/"):
        raise BadRequestError
    headers = {}
    for header in rest:
        name, colon, value = header.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return Request(parts[0], parts[1], parts[2], headers)


def answer(status: int, cseq: str, headers: Mapping[str, str] | None = None, body: str = "") -> bytes:
    """One answer as bytes."""
    lines = [f"RTSP/1.0 {status} {REASONS[status]}", f"CSeq: {cseq}", "Server: placewatch-replay"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines += ["Content-Type: application/sdp", f"Content-Length: {len(body.encode())}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


@dataclass(frozen=True, slots=True)
class Transport:
    """What SETUP asks for.

    Attributes:
        channel: First interleaved channel (TCP), else None.
        ports: The client's RTP and RTCP ports (UDP), else None.
    """

    channel: int | None = None
    ports: tuple[int, int] | None = None


def parse_transport(header: str) -> Transport | None:
    """The first transport that is served here, or None (RFC 2326 §12.39)."""
    for option in header.split(","):
        protocol, *fields = (part.strip() for part in option.split(";"))
        values = dict(field.partition("=")[::2] for field in fields)
        if protocol.upper() == "RTP/AVP/TCP":
            pair = _pair(values.get("interleaved", "0-1"), 255)
            if pair:
                return Transport(channel=pair[0])
        elif protocol.upper() in {"RTP/AVP", "RTP/AVP/UDP"} and "multicast" not in values:
            pair = _pair(values.get("client_port", ""), 65535)
            if pair:
                return Transport(ports=pair)
    return None


def _pair(text: str, most: int) -> tuple[int, int] | None:
    first, _, second = text.partition("-")
    if not first.isdigit() or (second and not second.isdigit()):
        return None
    low, high = int(first), int(second or int(first) + 1)
    return (low, high) if max(low, high) <= most else None
