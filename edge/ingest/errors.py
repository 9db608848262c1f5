"""What went wrong with a camera, in one line that names the way out."""

import errno
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import av.error

from placewatch.errors import StreamError
from placewatch.logs import hide_credentials


class StreamStalledError(StreamError):
    """A stream that is open and shows nothing new."""


@dataclass(frozen=True, slots=True)
class _Words:
    """How one kind of failure is told; ``{host}``, ``{path}`` and ``{limit}`` are filled in."""

    message: str
    remedy: str


_NETWORK: list[tuple[tuple[type[BaseException], ...], _Words]] = [
    (
        (socket.gaierror,),
        _Words("host name {host} is not known", "correct the host in the camera's url, or the box's DNS"),
    ),
    (
        (av.error.HTTPUnauthorizedError,),
        _Words("{host} refuses the user name or password", "correct them in the camera's url"),
    ),
    (
        (av.error.HTTPForbiddenError,),
        _Words("{host} forbids this stream to the user", "give the user the right to watch, at the camera"),
    ),
    (
        (av.error.HTTPNotFoundError,),
        _Words("{host} has no stream {path}", "correct the path of the url; the camera's manual names it"),
    ),
    (
        (av.error.HTTPOtherClientError, av.error.HTTPBadRequestError, av.error.HTTPTooManyRequestsError),
        _Words(
            "{host} refuses the request", "try the other transport (tcp or udp), or free one of its sessions"
        ),
    ),
    (
        (av.error.HTTPServerError,),
        _Words("{host} reports a fault of its own", "restart the camera, or free one of its sessions"),
    ),
    (
        (ConnectionRefusedError,),
        _Words("{host} refuses the connection", "check that the camera is on and the port is its RTSP port"),
    ),
    (
        (ConnectionResetError, ConnectionAbortedError, BrokenPipeError, EOFError),
        _Words("{host} closed the connection", "check the camera's power and network"),
    ),
    (
        (TimeoutError, av.error.ExitError),
        _Words("{host} did not answer within {limit:.0f} s", "check the camera's power, address and network"),
    ),
    (
        (av.error.InvalidDataError,),
        _Words(
            "{host} answers, but not with an RTSP video stream", "check port and path of the camera's url"
        ),
    ),
    (
        (av.error.ProtocolNotFoundError,),
        _Words("this build cannot speak {scheme}://", "use rtsp:// over tcp"),
    ),
]

_FILE: list[tuple[tuple[type[BaseException], ...], _Words]] = [
    ((FileNotFoundError,), _Words("there is no such file", "correct the path")),
    ((IsADirectoryError,), _Words("it is a folder, not a clip", "name one clip in it")),
    ((PermissionError,), _Words("it may not be read", "give this user the right to read it")),
    (
        (av.error.InvalidDataError, EOFError, av.error.DemuxerNotFoundError),
        _Words("it is not a video, or it is damaged", "check that it plays in a media player"),
    ),
]

_ERRNO: dict[int, type[BaseException]] = {
    errno.ETIMEDOUT: TimeoutError,
    errno.ECONNREFUSED: ConnectionRefusedError,
    errno.ECONNRESET: ConnectionResetError,
}

_UNREACHABLE = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN})


def is_network(url: str) -> bool:
    """Whether ``url`` is read over a network (else it is a file)."""
    return urlsplit(url).scheme in {"rtsp", "rtsps"}


def safe_url(url: str) -> str:
    """``url`` without its credentials, query and fragment (they may hold a token), for people to read."""
    if not is_network(url):
        return url
    scheme, _, rest = url.partition("://")
    # The last @ of the whole address: a password with a bare / or # in it must not show either.
    parts = urlsplit(f"{scheme}://{rest.rpartition('@')[2]}")
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))


def malformed(url: str, *, where: str = "") -> StreamError | None:
    """Why a camera's address cannot be meant as it is written, or None."""
    if not is_network(url):
        return None
    parts = urlsplit(url)
    try:
        sound = bool(parts.hostname) and (parts.port or 554) > 0
    except ValueError:
        sound = False
    if sound and "@" not in f"{parts.path}{parts.query}{parts.fragment}":
        return None
    remedy = (
        "write rtsp://user:${PASSWORD}@host:554/path, with %40 for @, %23 for #, %2F for / in the password"
    )
    return _error(url, where, "the address is not well formed", remedy)


def stalled(
    url: str, seconds: float, *, cause: str = "the camera sends nothing", where: str = ""
) -> StreamStalledError:
    """The stream is open, and for ``seconds`` no new picture came."""
    place = safe_url(url)
    return StreamStalledError(
        f"no picture for {seconds:.0f} s: {cause}",
        where=f"camera {where}, {place}" if where else place,
        remedy="it is reopened; check the camera and its network if this repeats",
    )


def ended(url: str, *, where: str = "") -> StreamError:
    """The other side finished a stream that should not end."""
    return _error(
        url, where, f"{_host(url)} ended the stream", "it is reopened; check the camera if this repeats"
    )


def no_video(url: str, *, where: str = "") -> StreamError:
    """The source opens, but no stream in it is video."""
    return _error(url, where, "it has no video track", "name a camera or clip with a picture")


def no_picture(url: str, *, where: str = "") -> StreamError:
    """The source has a video track, but no picture in it can be decoded."""
    return _error(url, where, "none of its pictures can be decoded", "check that it plays in a media player")


def no_decoder(url: str, *, where: str = "") -> StreamError:
    """The source has video of a codec that this build cannot decode."""
    return _error(
        url,
        where,
        "there is no decoder here for its video codec",
        "set the camera to H.264 or H.265" if is_network(url) else "convert the clip to H.264",
    )


def explain(error: BaseException, url: str, *, where: str = "", limit: float = 0.0) -> StreamError:
    """An error of PyAV, of a socket or of the system as one clear line.

    Args:
        error: What was raised.
        url: The camera's address or the clip's path; its credentials are left out.
        where: Camera id, or nothing.
        limit: Seconds that the attempt was given.
    """
    if isinstance(error, StreamError):
        return error
    number = getattr(error, "errno", None)
    parts = urlsplit(url)
    if number in _UNREACHABLE:
        return _error(
            url, where, f"{_host(url)} cannot be reached", "check the address and the network's route"
        )
    if isinstance(error, av.error.HTTPUnauthorizedError) and not parts.username:
        return _error(url, where, f"{_host(url)} asks for a user name and password", _WITH_CREDENTIALS)
    for kinds, words in _NETWORK if is_network(url) else _FILE:
        if isinstance(error, kinds) or _ERRNO.get(number or 0) in kinds:
            filled = {"host": _host(url), "path": parts.path or "/", "limit": limit, "scheme": parts.scheme}
            return _error(url, where, words.message.format(**filled), words.remedy)
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return _error(url, where, f"cannot be read: {hide_credentials(text)}", "check the address and the source")


_WITH_CREDENTIALS = "write rtsp://user:${PASSWORD}@host/path and set PASSWORD in the environment"


def _host(url: str) -> str:
    parts = urlsplit(safe_url(url))
    host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname
    return f"{host}:{parts.port or 554}"


def _error(url: str, where: str, message: str, remedy: str) -> StreamError:
    place = safe_url(url)
    return StreamError(message, where=f"camera {where}, {place}" if where else place, remedy=remedy)
