"""What DESCRIBE answers (RFC 4566; format parameters of RFC 6184 §8.2 and RFC 7798 §7.2)."""

import base64

from placewatch.footage.clip import Clip
from placewatch.footage.rtp import PAYLOAD_TYPE

TRACK = "trackID=0"


def describe(clip: Clip, host: str) -> str:
    """The session description of one clip."""
    encoding = "H264" if clip.codec == "h264" else "H265"
    return "\r\n".join(
        (
            "v=0",
            f"o=- 0 0 IN IP4 {host}",
            f"s={clip.name}",
            "c=IN IP4 0.0.0.0",
            "t=0 0",
            "a=control:*",
            "a=range:npt=now-",
            f"m=video 0 RTP/AVP {PAYLOAD_TYPE}",
            f"a=rtpmap:{PAYLOAD_TYPE} {encoding}/90000",
            f"a=fmtp:{PAYLOAD_TYPE} {_format(clip)}",
            f"a=framerate:{clip.fps:.3f}",
            f"a=control:{TRACK}",
            "",
        )
    )


def _format(clip: Clip) -> str:
    sets = [base64.b64encode(nal).decode() for nal in clip.parameters]
    if clip.codec == "h264":
        profile = clip.parameters[0][1:4].hex() if clip.parameters else "42e01f"
        return f"packetization-mode=1;profile-level-id={profile};sprop-parameter-sets={','.join(sets)}"
    names = ("sprop-vps", "sprop-sps", "sprop-pps")
    return ";".join(f"{name}={value}" for name, value in zip(names, sets, strict=False))
