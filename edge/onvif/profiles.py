"""A camera's streams, and which of them is the one to analyse."""

from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

GOP_S = 2.5
"""Longest time between keyframes at which a resting camera costs keyframes alone (`edge.config.Gate`)."""

_CODECS = {"H264": "h264", "H265": "h265", "JPEG": "mjpeg", "MPEG4": "mpeg4"}


@dataclass(frozen=True, slots=True)
class Profile:
    """One stream, as the camera describes it.

    Attributes:
        token: Its name in the camera.
        name: Its name for people.
        codec: ``h264``, ``h265``, ``mjpeg``, ``mpeg4``, or empty.
        width: Pixels; 0 when it does not say.
        height: Pixels; 0 when it does not say.
        fps: Most pictures a second; 0 when it does not say.
        gop: Pictures from keyframe to keyframe; 0 when it does not say.
        url: Its RTSP address, without credentials; empty when it has none.
        trouble: Why it cannot be used, or empty.
    """

    token: str
    name: str
    codec: str
    width: int
    height: int
    fps: float
    gop: int
    url: str
    trouble: str = ""

    @property
    def told(self) -> str:
        """In words."""
        size = f"{self.width}x{self.height}" if self.width else "size unknown"
        rate = f", {self.fps:g} fps" if self.fps else ""
        keyframes = f", a keyframe every {self.gop / self.fps:.3g} s" if self.gop and self.fps else ""
        return f"{self.codec or 'codec unknown'} {size}{rate}{keyframes}"


def profile_of(raw: object, token: str, uri: object, host: str) -> Profile:
    """A profile from what the camera answered; what makes no sense counts as not said.

    Args:
        raw: The library's object.
        token: Its token.
        uri: The stream's address.
        host: The host that was asked.
    """
    encoder = getattr(raw, "VideoEncoderConfiguration", None)
    size, rate = getattr(encoder, "Resolution", None), getattr(encoder, "RateControl", None)
    codec = getattr(encoder, "Encoding", None)
    h264 = getattr(encoder, "H264", None) or getattr(encoder, "MPEG4", None)
    url, trouble = stream_address(uri, host)
    name = getattr(raw, "Name", None)
    return Profile(
        token=_printable(token),
        name=_printable(name if isinstance(name, str) else "") or _printable(token),
        codec=_CODECS.get(codec, "") if isinstance(codec, str) else "",
        width=int(_number(getattr(size, "Width", 0), 16384)),
        height=int(_number(getattr(size, "Height", 0), 16384)),
        fps=_number(getattr(rate, "FrameRateLimit", 0), 240),
        gop=int(_number(getattr(h264, "GovLength", 0), 100_000)),
        url=url,
        trouble=trouble,
    )


def stream_address(uri: object, host: str) -> tuple[str, str]:
    """The address without credentials, and what is wrong with it.

    Args:
        uri: As the camera gave it.
        host: The host that was asked: the stream of another is not taken, for our password would go there.
    """
    if not isinstance(uri, str) or not uri.strip():
        return "", "it names no address for its stream"
    try:
        parts = urlsplit(uri.strip())
        port = f":{parts.port}" if parts.port else ""
        named = parts.hostname or ""
    except ValueError:
        return "", "its stream's address is not well formed"
    if parts.scheme not in {"rtsp", "rtsps"} or not named or not uri.strip().isprintable():
        return "", "its stream's address is not rtsp://"
    if named != host:
        return "", f"its stream is at another host, {named[:64]}"
    own = f"[{named}]" if ":" in named else named
    return urlunsplit((parts.scheme, own + port, parts.path, parts.query, "")), ""


def choose(profiles: tuple[Profile, ...]) -> Profile | None:
    """The stream to analyse: the smallest that still shows people well, else the next larger one.

    The detector looks at squares of 416 pixels, at up to five pictures a second; what is larger costs
    decoding and shows no more. H.264 decodes cheapest.
    """
    usable = [each for each in profiles if each.url and each.codec in {"h264", "h265", ""}]
    return min(usable, key=_cost, default=None)


def _cost(profile: Profile) -> tuple[object, ...]:
    lines = profile.height or 720
    slow = bool(profile.fps) and profile.fps < 5
    return (
        lines < 352,  # below this people at the far end of a place are too small
        slow,
        lines > 1100,
        abs(lines - 480) if lines >= 352 else -lines,
        profile.codec != "h264",
        profile.fps,
        profile.token,
    )


def advice(profile: Profile) -> tuple[str, ...]:
    """What to change at the camera for this stream to serve better; empty when nothing."""
    said = []
    if profile.height and profile.height < 352:
        said.append("raise its picture to 640x360 or 704x576")
    if profile.height > 1100:
        said.append(
            "set up a substream of 640x360 to 1280x720: decoding this one costs several times as much"
        )
    if profile.fps and profile.fps < 5:
        said.append("raise its rate to 10 pictures a second")
    if profile.fps > 15:
        said.append(f"10 to 15 pictures a second are enough; it sends {profile.fps:g}")
    if profile.gop and profile.fps and profile.gop / profile.fps > GOP_S:
        said.append(f"set its keyframe interval to {round(profile.fps * 2)} pictures (2 s)")
    return tuple(said)


def _number(value: object, most: float) -> float:
    """A number in [0, most]; 0 for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        return 0.0
    return float(value)


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())[:64]
