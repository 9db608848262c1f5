"""Whether a camera suits: figures to findings, each with what to do."""

from collections.abc import Iterator

from placewatch.doctor.finding import Finding, Status, fail, ok, warn
from placewatch.probe.measure import Measured

GOP_S = 2.5
"""`edge.config.Gate.max_quiet_gap_s`: with rarer keyframes a camera never rests."""

CLOCK_S = 3.0
"""A capture time that lies farther from ours than any delay of a network is a clock that is wrong."""

_CODECS = {"h264", "hevc"}
_LEAST_LINES, _GOOD_LINES, _MOST_LINES = 240, 352, 1100
_LEAST_FPS = 4.0
_ENOUGH_FPS = 15.5
_JITTER_S = 0.5
_LOSS, _MUCH_LOSS = 0.001, 0.02


def judge(seen: Measured, transport: str = "tcp") -> list[Finding]:
    """Every finding, in the order in which an installer looks.

    Args:
        seen: What was measured.
        transport: How RTP travelled.
    """
    return [
        *_codec(seen), *_size(seen), *_rate(seen), *_keyframes(seen), *_clock(seen),
        *_network(seen, transport), *_load(seen),
    ]  # fmt: skip


def suits(findings: list[Finding]) -> tuple[Status, str]:
    """The verdict in one line."""
    worst = [each for each in findings if each.status is Status.FAIL]
    limits = [each for each in findings if each.status is Status.WARN]
    if worst:
        return Status.FAIL, f"does not suit: {worst[0].text}"
    if limits:
        return Status.WARN, f"suits, with {len(limits)} limit{'s' if len(limits) > 1 else ''}"
    return Status.OK, "suits"


def _codec(seen: Measured) -> Iterator[Finding]:
    if seen.codec in _CODECS:
        yield ok("codec", "H.264" if seen.codec == "h264" else "H.265")
    else:
        yield warn(
            "codec", f"{seen.codec}: every picture is whole, so the camera never rests", "set it to H.264"
        )


def _size(seen: Measured) -> Iterator[Finding]:
    size = f"{seen.width}x{seen.height}"
    if seen.height < _LEAST_LINES:
        yield fail("size", f"{size}: people are too small to be found", "use 640x360 or more")
    elif seen.height < _GOOD_LINES:
        yield warn("size", f"{size}: far people are missed", "use 640x360 or more")
    elif seen.height > _MOST_LINES:
        yield warn("size", f"{size} costs several times the decoding of 720p", "use the camera's substream")
    else:
        yield ok("size", size)


def _rate(seen: Measured) -> Iterator[Finding]:
    said = f"{seen.fps:.3g} pictures a second, {seen.kbit_s:.0f} kbit/s"
    if seen.fps < 1:
        yield fail("rate", said, "set the camera to 10 pictures a second")
    elif seen.fps < _LEAST_FPS:
        yield warn("rate", f"{said}: fewer than looks", "set the camera to 10 pictures a second")
    elif seen.fps > _ENOUGH_FPS:
        yield ok("rate", f"{said}; 10 to 15 are enough")
    else:
        yield ok("rate", said)


def _keyframes(seen: Measured) -> Iterator[Finding]:
    remedy = f"set the keyframe interval (GOP, I-frame interval) to {max(1, round(seen.fps * 2))} pictures"
    if seen.keyframe_s is None:
        yield warn("keyframes", f"only one in {seen.seconds:.0f} s: the camera never rests", remedy)
        return
    said = f"every {seen.keyframe_pictures:.4g} pictures, at most {seen.keyframe_s:.3g} s apart"
    if seen.keyframe_s > GOP_S:
        yield warn("keyframes", f"{said}: too rare, the camera never rests", remedy)
    else:
        yield ok("keyframes", said)


def _clock(seen: Measured) -> Iterator[Finding]:
    if not seen.timestamps:
        yield warn(
            "timestamps", "missing, or do not rise: times of arrival are used", "update the camera's software"
        )
    if seen.behind_s is None:
        yield ok("clock", "the camera tells none (no RTCP sender report); the box's own is used")
    elif abs(seen.behind_s) > CLOCK_S:
        way = "behind" if seen.behind_s > 0 else "ahead"
        yield warn(
            "clock",
            f"the camera's is {abs(seen.behind_s):.0f} s {way} of this machine's",
            "set NTP at the camera, and look at this machine's: timedatectl",
        )
    else:
        yield ok(
            "clock",
            f"agrees with this machine's; a picture is here {seen.behind_s * 1000:.0f} ms after it was taken",
        )


def _network(seen: Measured, transport: str) -> Iterator[Finding]:
    shown = f"first picture after {seen.open_s:.1f} s"
    trip = "" if seen.round_trip_s is None else f", round trip {seen.round_trip_s * 1000:.1f} ms"
    jitter = "" if seen.jitter_s is None else f", jitter {seen.jitter_s * 1000:.0f} ms"
    if seen.jitter_s is not None and seen.jitter_s > _JITTER_S:
        yield warn(
            "latency", shown + trip + jitter, "the way to the camera is congested: check cable and switch"
        )
    else:
        yield ok("latency", shown + trip + jitter)
    # A picture is at least one packet of at most about 1400 bytes.
    sent = seen.lost + max(seen.pictures, seen.kbit_s * 125 * seen.seconds / 1400)
    share = seen.lost / sent if sent else 0.0
    said = f"{seen.lost} packets lost ({share:.1%}), {seen.damaged} damaged pictures"
    if share > _MUCH_LOSS or seen.damaged > seen.pictures * 0.1:
        way = "use --transport tcp" if transport == "udp" else "check cable, switch and camera"
        yield fail("loss", said, way)
    elif share > _LOSS or seen.damaged:
        yield warn("loss", said, "use --transport tcp" if transport == "udp" else "check cable and switch")
    else:
        yield ok("loss", said)


def _load(seen: Measured) -> Iterator[Finding]:
    share = seen.decode_ms * seen.fps / 1000
    yield ok("decoding", f"{seen.decode_ms:.1f} ms a picture here: {share:.0%} of a core while awake")
