"""WS-Discovery: ask by multicast who is a camera, and read the answers (OASIS WS-Discovery 2005/04)."""

import socket
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from selectors import EVENT_READ, DefaultSelector
from urllib.parse import unquote, urlsplit

import psutil

from edge.onvif.xml import parse
from placewatch.errors import StreamError, UsageError

GROUP = "239.255.255.250"
PORT = 3702
MOST = 512
"""Devices of one search; a network with more is asked interface by interface."""

_DATAGRAM = 65536
_REPEATS = 3
"""A datagram may be lost; three are not, on a network that is worth a camera."""

_NS = {
    "d": "http://schemas.xmlsoap.org/ws/2005/04/discovery",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
}
_PROBE = """\
<?xml version="1.0" encoding="UTF-8"?>
<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:a="{a}" xmlns:d="{d}"
 xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><e:Header><a:MessageID>urn:uuid:{id}</a:MessageID>
<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To><a:Action>{d}/Probe</a:Action></e:Header>
<e:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>"""
_SCOPE = "onvif://www.onvif.org/"


@dataclass(frozen=True, slots=True)
class Found:
    """A device that answered.

    Attributes:
        endpoint: Its own unchanging name, such as ``urn:uuid:...``.
        address: IP address that it answered from.
        service: Address of its device service, on that very host.
        name: As its maker or owner named it; may be empty.
        hardware: Model; may be empty.
        location: Where its owner says that it hangs; may be empty.
    """

    endpoint: str
    address: str
    service: str
    name: str = ""
    hardware: str = ""
    location: str = ""


def interfaces(wanted: str | None = None) -> tuple[str, ...]:
    """IPv4 addresses of this machine to search from.

    Args:
        wanted: An interface's name, or one of its addresses; all but loopback unless given.

    Raises:
        UsageError: There is none of that name, or none that is up.
    """
    every = {
        name: [each.address for each in addresses if each.family is socket.AF_INET]
        for name, addresses in psutil.net_if_addrs().items()
    }
    if wanted is None:
        up = {name for name, state in psutil.net_if_stats().items() if state.isup}
        chosen = [
            a for name, own in every.items() if name in up for a in own if not IPv4Address(a).is_loopback
        ]
    else:
        chosen = every.get(wanted) or [a for own in every.values() for a in own if a == wanted]
    if not chosen:
        known = ", ".join(sorted(name for name, own in every.items() if own))
        raise UsageError(
            f"no interface {wanted} with an IPv4 address" if wanted else "no network interface is up",
            where="--interface",
            remedy=f"one of {known}",
        )
    return tuple(chosen)


def search(
    addresses: Sequence[str],
    timeout_s: float,
    message_id: Callable[[], object],
    *,
    port: int = PORT,
    found: Callable[[Found], None] = lambda _: None,
) -> tuple[list[Found], list[StreamError]]:
    """Ask on every interface, and gather answers until the time is over.

    Args:
        addresses: Our own addresses, one for each interface.
        timeout_s: Seconds to wait for answers.
        message_id: A fresh UUID at each call.
        port: UDP port that devices listen on.
        found: Told each device when it is first heard.

    Returns:
        Devices in the order of their addresses, and what answered nonsense.

    Raises:
        UsageError: This machine may not send there.
    """
    text = _PROBE.format(**_NS, id=message_id())
    devices: dict[str, Found] = {}
    problems: dict[str, StreamError] = {}
    with DefaultSelector() as selector:
        try:
            for address in addresses:
                selector.register(_asked(address, text.encode(), port), EVENT_READ)
            end = time.monotonic() + timeout_s
            while (left := end - time.monotonic()) > 0 and len(devices) < MOST:
                for key, _ in selector.select(left):
                    content, (sender, _port) = key.fileobj.recvfrom(_DATAGRAM)  # type: ignore[union-attr]
                    try:
                        fresh = [each for each in answers(content, sender) if each.endpoint not in devices]
                    except StreamError as error:
                        problems.setdefault(sender, error)
                        continue
                    for each in fresh[: MOST - len(devices)]:
                        devices[each.endpoint] = each
                        found(each)
        finally:
            for key in list(selector.get_map().values()):
                key.fileobj.close()  # type: ignore[union-attr]
    return sorted(devices.values(), key=lambda each: (IPv4Address(each.address), each.endpoint)), list(
        problems.values()
    )


def _asked(address: str, probe: bytes, port: int) -> socket.socket:
    asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
        asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        asking.bind((address, 0))
        asking.setblocking(False)
        for _ in range(_REPEATS):
            asking.sendto(probe, (GROUP, port))
    except OSError as error:
        asking.close()
        raise UsageError(
            f"cannot search from {address}: {error.strerror or error}",
            where="--interface",
            remedy="name the interface that the cameras are on",
        ) from error
    return asking


def answers(content: bytes, sender: str) -> list[Found]:
    """Devices that a datagram tells of.

    Args:
        content: The datagram.
        sender: IP address that it came from. A service on another host is not believed: whoever follows it
            takes a password there.

    Raises:
        StreamError: It is no sound answer, or points elsewhere.
    """
    root = parse(content, where=sender)
    devices = []
    for match in root.iterfind(".//d:ProbeMatch", _NS):
        endpoint = _text(match.find("a:EndpointReference/a:Address", _NS))
        named = _text(match.find("d:XAddrs", _NS)).split()
        own = [each for each in named if _is_at(each, sender)]
        if not own:
            elsewhere = ", ".join(named)[:120] or "nothing"
            raise StreamError(
                f"says that its service is at {elsewhere}, which is another host",
                where=sender,
                remedy="not followed; if it is right, name it: --device ADDRESS",
            )
        scopes = [each for each in _text(match.find("d:Scopes", _NS)).split() if each.startswith(_SCOPE)]
        said = {kind: _scope(scopes, kind) for kind in ("name", "hardware", "location")}
        devices.append(Found(endpoint or own[0], sender, own[0], **said))
    return devices


def _text(element: object) -> str:
    return (getattr(element, "text", None) or "").strip()[:4096]


def _is_at(address: str, host: str) -> bool:
    try:
        parts = urlsplit(address)
        port = parts.port or 80
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.hostname == host and port > 0


def _scope(scopes: Iterable[str], kind: str) -> str:
    """The last part of the first scope of a kind, as words: printable, short."""
    for scope in scopes:
        if scope.startswith(f"{_SCOPE}{kind}/"):
            word = unquote(scope.rpartition("/")[2]).replace("_", " ")
            return "".join(letter for letter in word if letter.isprintable())[:64]
    return ""
