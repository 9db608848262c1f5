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
    408: "Request Time-out",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
    501: "Not Implemented",
    503: "Service Unavailable",
    505: "RTSP Version Not Supported",
}


class BadRequestError(Exception):
    """What came is no RTSP request; the connection ends."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        method: Such as ``DESCRIBE``.
        url: As the client wrote it, without a query.
        path: The URL's path, decoded, without slashes at its ends.
        version: Such as ``RTSP/1.0``.
        headers: Names in lower case.
    """

    method: str
    url: str
    path: str
    version: str
    headers: Mapping[str, str]

    @property
    def cseq(self) -> str:
        """The request's number, to be repeated in the answer."""
        number = self.headers.get("cseq", "")
        return number if whole(number) is not None else "0"

    @property
    def session(self) -> str:
        """The session that the client means; empty when it names none."""
        return self.headers.get("session", "").partition(";")[0].strip()

    @property
    def stream(self) -> str:
        """The stream that is meant."""
        return self.path.partition("/trackID=")[0]

    @property
    def track(self) -> str:
        """The track that is meant; empty for the whole stream."""
        return self.path.partition("/trackID=")[2]


def whole(text: str, most: int = 2**32 - 1) -> int | None:
    """A number in plain ASCII digits that is not over ``most``, or None."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        return None
    number = int(text)
    return number if number <= most else None


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """The next request; interleaved RTCP of the client is skipped; None when the client hung up.

    Raises:
        BadRequestError: Garbage, or more than the limits allow.
    """
    try:
        while (first := await reader.readexactly(1)) in b"$\r\n":
            if first == b"$":
                head = await reader.readexactly(3)
                await reader.readexactly(int.from_bytes(head[1:]))
        text = (first + await reader.readuntil(b"\r\n\r\n")).decode("utf-8", "replace")
        request = parse_request(text)
        length = whole(request.headers.get("content-length", "0"), MAX_BODY_BYTES)
        if length is None:
            raise BadRequestError
        await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    except asyncio.LimitOverrunError as error:
        raise BadRequestError from error
    return request


def parse_request(text: str) -> Request:
    """A request's head.

    Raises:
        BadRequestError: It is none.
    """
    line, *rest = text.split("\r\n")
    parts = line.split(" ")
    if len(parts) != 3 or not parts[2].startswith("RTSP/"):
        raise BadRequestError
    method, url, version = parts
    try:
        path = unquote(urlsplit(url).path).strip("/")
    except ValueError as error:
        raise BadRequestError from error
    headers = {}
    for header in rest:
        name, colon, value = header.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return Request(method, url.partition("?")[0], path, version, headers)


def answer(status: int, cseq: str, *headers: tuple[str, str], body: str = "") -> bytes:
    """One answer as bytes."""
    lines = [f"RTSP/1.0 {status} {REASONS[status]}", f"CSeq: {cseq}", "Server: placewatch-replay"]
    lines += [f"{name}: {value}" for name, value in headers]
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
            pair = _pair(values.get("interleaved", "0-1"), 0, 255)
            if pair:
                return Transport(channel=pair[0])
        elif protocol.upper() in {"RTP/AVP", "RTP/AVP/UDP"} and "multicast" not in values:
            pair = _pair(values.get("client_port", ""), 1, 65535)
            if pair:
                return Transport(ports=pair)
    return None


def _pair(text: str, least: int, most: int) -> tuple[int, int] | None:
    """``5000-5001`` or ``5000``, which means the same."""
    first, dash, second = text.partition("-")
    low = whole(first, most)
    if low is None or low < least:
        return None
    high = whole(second, most) if dash else low + 1
    return None if high is None or not low < high <= most else (low, high)
