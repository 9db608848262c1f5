"""What a simulated ONVIF camera says: the few SOAP messages with which a client finds its streams."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from lxml import etree

from placewatch.footage.auth import Credentials
from placewatch.footage.clip import Clip

SUB = "-sub"
"""A clip ``gate-sub`` is the second stream of the camera ``gate``."""

FRESH_S = 300.0
"""A proof of the password that is older than this is not taken (WS-UsernameToken)."""

NS = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "d": "http://schemas.xmlsoap.org/ws/2005/04/discovery",
    "dn": "http://www.onvif.org/ver10/network/wsdl",
    "tds": "http://www.onvif.org/ver10/device/wsdl",
    "trt": "http://www.onvif.org/ver10/media/wsdl",
    "tt": "http://www.onvif.org/ver10/schema",
    "ter": "http://www.onvif.org/ver10/error",
    "wsse": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd",
    "wsu": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd",
}
_NAMES = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items())
_CODEC = {"h264": "H264", "hevc": "H265"}


@dataclass(frozen=True, slots=True)
class SimulatedCamera:
    """A camera of one or more clips.

    Attributes:
        name: Its name.
        streams: Its clips; the first is the main stream.
    """

    name: str
    streams: tuple[Clip, ...]

    @property
    def endpoint(self) -> str:
        """Its unchanging name."""
        return f"urn:uuid:{uuid5(NAMESPACE_URL, f'placewatch-footage/{self.name}')}"


def cameras_of(clips: Sequence[Clip]) -> tuple[SimulatedCamera, ...]:
    """Cameras from clips: ``NAME`` and ``NAME-sub`` are two streams of one."""
    names = {clip.name for clip in clips}
    by_camera: dict[str, list[Clip]] = {}
    for clip in sorted(clips, key=lambda each: each.name):
        main = clip.name.removesuffix(SUB)
        by_camera.setdefault(main if main in names else clip.name, []).append(clip)
    return tuple(SimulatedCamera(name, tuple(streams)) for name, streams in by_camera.items())


def envelope(body: str, header: str = "") -> bytes:
    """A SOAP message."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope {_NAMES}><s:Header>{header}</s:Header>'
        f"<s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def fault(code: str, text: str) -> bytes:
    """A SOAP fault of the sender's."""
    return envelope(
        f"<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:{code}</s:Value></s:Subcode>"
        f'</s:Code><s:Reason><s:Text xml:lang="en">{escape(text)}</s:Text></s:Reason></s:Fault>'
    )


def probe_matches(cameras: Mapping[str, SimulatedCamera], relates_to: str) -> bytes:
    """The answer to a WS-Discovery probe.

    Args:
        cameras: Address of the device service to camera.
        relates_to: Id of the probe.
    """
    matches = "".join(
        f"<d:ProbeMatch><a:EndpointReference><a:Address>{camera.endpoint}</a:Address></a:EndpointReference>"
        "<d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>onvif://www.onvif.org/Profile/Streaming "
        f"onvif://www.onvif.org/name/{escape(camera.name)} onvif://www.onvif.org/hardware/replay</d:Scopes>"
        f"<d:XAddrs>{escape(address)}</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch>"
        for address, camera in cameras.items()
    )
    header = (
        f"<a:RelatesTo>{escape(relates_to)}</a:RelatesTo><a:Action>{NS['d']}/ProbeMatches</a:Action>"
        "<a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To>"
    )
    return envelope(f"<d:ProbeMatches>{matches}</d:ProbeMatches>", header)


def date_and_time(now: datetime) -> str:
    """The camera's clock."""
    return (
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType>"
        "<tt:DaylightSavings>false</tt:DaylightSavings><tt:UTCDateTime>"
        f"<tt:Time><tt:Hour>{now.hour}</tt:Hour><tt:Minute>{now.minute}</tt:Minute>"
        f"<tt:Second>{now.second}</tt:Second></tt:Time><tt:Date><tt:Year>{now.year}</tt:Year>"
        f"<tt:Month>{now.month}</tt:Month><tt:Day>{now.day}</tt:Day></tt:Date>"
        "</tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    )


def device_information(camera: SimulatedCamera) -> str:
    """What it is."""
    return (
        "<tds:GetDeviceInformationResponse><tds:Manufacturer>Placewatch</tds:Manufacturer>"
        f"<tds:Model>Replay {escape(camera.name)}</tds:Model><tds:FirmwareVersion>1</tds:FirmwareVersion>"
        "<tds:SerialNumber>0</tds:SerialNumber><tds:HardwareId>replay</tds:HardwareId>"
        "</tds:GetDeviceInformationResponse>"
    )


def capabilities(media: str) -> str:
    """Where its media service is."""
    return (
        f"<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Media><tt:XAddr>{escape(media)}</tt:XAddr>"
        "<tt:StreamingCapabilities><tt:RTPMulticast>false</tt:RTPMulticast><tt:RTP_TCP>true</tt:RTP_TCP>"
        "<tt:RTP_RTSP_TCP>true</tt:RTP_RTSP_TCP></tt:StreamingCapabilities></tt:Media></tds:Capabilities>"
        "</tds:GetCapabilitiesResponse>"
    )


def profiles(camera: SimulatedCamera) -> str:
    """Its streams."""
    return f"<trt:GetProfilesResponse>{''.join(map(_profile, camera.streams))}</trt:GetProfilesResponse>"


def _profile(clip: Clip) -> str:
    keyframes = int(np.count_nonzero(clip.timeline.key))
    gop = max(1, round(len(clip.timeline) / keyframes))
    return (
        f'<trt:Profiles token={quoteattr(clip.name)} fixed="true"><tt:Name>{escape(clip.name)}</tt:Name>'
        '<tt:VideoEncoderConfiguration token="v"><tt:Name>v</tt:Name><tt:UseCount>1</tt:UseCount>'
        f"<tt:Encoding>{_CODEC[clip.codec]}</tt:Encoding><tt:Resolution><tt:Width>{clip.width}</tt:Width>"
        f"<tt:Height>{clip.height}</tt:Height></tt:Resolution><tt:Quality>5</tt:Quality><tt:RateControl>"
        f"<tt:FrameRateLimit>{round(clip.timeline.fps)}</tt:FrameRateLimit><tt:EncodingInterval>1"
        "</tt:EncodingInterval><tt:BitrateLimit>2048</tt:BitrateLimit></tt:RateControl>"
        f"<tt:H264><tt:GovLength>{gop}</tt:GovLength><tt:H264Profile>Main</tt:H264Profile></tt:H264>"
        "<tt:Multicast><tt:Address><tt:Type>IPv4</tt:Type><tt:IPv4Address>0.0.0.0</tt:IPv4Address>"
        "</tt:Address><tt:Port>0</tt:Port><tt:TTL>0</tt:TTL><tt:AutoStart>false</tt:AutoStart>"
        "</tt:Multicast><tt:SessionTimeout>PT60S</tt:SessionTimeout></tt:VideoEncoderConfiguration>"
        "</trt:Profiles>"
    )


def stream_uri(url: str) -> str:
    """Where a stream is."""
    return (
        f"<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>{escape(url)}</tt:Uri>"
        "<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect><tt:InvalidAfterReboot>false"
        "</tt:InvalidAfterReboot><tt:Timeout>PT60S</tt:Timeout></trt:MediaUri></trt:GetStreamUriResponse>"
    )


def signed_in(request: etree._Element, credentials: Credentials, now: datetime) -> bool:
    """Whether a request proves the password by digest (WS-UsernameToken profile 1.0)."""
    token = request.find(".//wsse:UsernameToken", NS)
    if token is None:
        return False
    given = {
        name: token.findtext(f"{prefix}:{name}", "", NS)
        for prefix, name in (
            ("wsse", "Username"), ("wsse", "Password"), ("wsse", "Nonce"), ("wsu", "Created"),
        )
    }  # fmt: skip
    try:
        created = datetime.fromisoformat(given["Created"])
        nonce = base64.b64decode(given["Nonce"], validate=True)
    except ValueError:
        return False
    if created.tzinfo is None:
        created = created.replace(tzinfo=UTC)
    if abs((now - created).total_seconds()) > FRESH_S or given["Username"] != credentials.user:
        return False
    proof = hashlib.sha1(
        nonce + given["Created"].encode() + credentials.password.encode(), usedforsecurity=False
    )
    return hmac.compare_digest(base64.b64encode(proof.digest()).decode(), given["Password"])
