"""What DESCRIBE answers (RFC 4566; format parameters of RFC 6184 §8.2 and RFC 7798 §7.2)."""

import base64
from ipaddress import IPv4Address, IPv6Address

from placewatch.footage import sound
from placewatch.footage.clip import Clip
from placewatch.footage.nal import PARAMETER_TYPES, nal_type
from placewatch.footage.rtp import PAYLOAD_TYPE

TRACK = "trackID=0"


def describe(clip: Clip, host: str, *, audio: bool = False) -> str:
    """The session description of one clip.

    Args:
        clip: The clip.
        host: The server's address.
        audio: Whether there is sound, too.
    """
    encoding = "H264" if clip.codec == "h264" else "H265"
    family, anywhere = ("IP6", IPv6Address(0)) if ":" in host else ("IP4", IPv4Address(0))
    return "\r\n".join(
        (
            "v=0",
            f"o=- 0 0 IN {family} {host}",
            f"s={' '.join(clip.name.split())}",
            f"c=IN {family} {anywhere}",
            "t=0 0",
            "a=control:*",
            "a=range:npt=now-",
            f"m=video 0 RTP/AVP {PAYLOAD_TYPE}",
            f"a=rtpmap:{PAYLOAD_TYPE} {encoding}/90000",
            f"a=fmtp:{PAYLOAD_TYPE} {_format(clip)}",
            f"a=framerate:{clip.timeline.fps:.3f}",
            f"a=control:{TRACK}",
            *(sound.described() if audio else ()),
            "",
        )
    )


def _format(clip: Clip) -> str:
    sets = {
        kind: ",".join(
            base64.b64encode(nal).decode() for nal in clip.parameters if nal_type(clip.codec, nal) == kind
        )
        for kind in PARAMETER_TYPES[clip.codec]
    }
    if clip.codec == "hevc":
        names = ("sprop-vps", "sprop-sps", "sprop-pps")
        return ";".join(f"{name}={value}" for name, value in zip(names, sets.values(), strict=True) if value)
    profile = clip.parameters[0][1:4].hex() if clip.parameters else "42e01f"
    every = ",".join(value for value in sets.values() if value)
    return f"packetization-mode=1;profile-level-id={profile};sprop-parameter-sets={every}"
