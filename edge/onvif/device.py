"""Asks one device what it is and which streams it has, through the library onvif-zeep-async."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from edge.onvif.profiles import Profile, profile_of
from edge.onvif.transport import BoundedTransport, http_client, refused
from edge.onvif.xml import hostile
from placewatch.errors import StreamError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from onvif.client import ONVIFService

TALK_S = 30.0
"""Seconds that the whole talk with one device may take."""

MOST_PROFILES = 64
"""Profiles that are asked for their stream's address."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """An ONVIF user of a camera.

    Attributes:
        user: Name.
        password: Secret; never shown.
    """

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Device:
    """What a camera says about itself.

    Attributes:
        service: Address of its device service.
        maker: Manufacturer.
        model: Model.
        firmware: Version of its software.
        clock_off_s: Seconds by which its clock is ahead of this machine's; None when it does not say.
        profiles: Its streams, in its own order.
    """

    service: str
    maker: str
    model: str
    firmware: str
    clock_off_s: float | None
    profiles: tuple[Profile, ...]


async def ask(service: str, sign_in: SignIn | None, now: Callable[[], datetime]) -> Device:
    """Ask a device.

    Args:
        service: Address of its device service; nothing is asked of another host.
        sign_in: User and password; None asks as nobody.
        now: This machine's time.

    Raises:
        StreamError: It cannot be reached, refuses, or answers nonsense.
    """
    where = urlsplit(service).netloc.rpartition("@")[2]
    try:
        async with asyncio.timeout(TALK_S):
            return await _Talk(service, sign_in, where, now).ask()
    except TimeoutError as error:
        raise StreamError(
            f"did not finish within {TALK_S:.0f} s", where=where, remedy="check its network"
        ) from error


class _Talk:
    """One conversation."""

    def __init__(self, service: str, sign_in: SignIn | None, where: str, now: Callable[[], datetime]) -> None:
        self._service = service
        self._sign_in = sign_in
        self._where = where
        self._now = now
        self._ahead: Any = None  # a timedelta once it is known; the library's own word for none is None

    async def ask(self) -> Device:
        async with self._open("devicemgmt", self._service) as device:
            clock = await self._clock(device)
        self._ahead = None if clock is None else clock
        # Opened anew: what proves the password carries the device's own time.
        async with self._open("devicemgmt", self._service) as device:
            media = self._here(
                _media_address(await self._call(device, "GetCapabilities", {"Category": "Media"}))
            )
            about = await self._call(device, "GetDeviceInformation")
        async with self._open("media", media) as service:
            found = await self._call(service, "GetProfiles") or []
            profiles = [await self._profile(service, each) for each in list(found)[:MOST_PROFILES]]
        return Device(
            self._service,
            _word(about, "Manufacturer"),
            _word(about, "Model"),
            _word(about, "FirmwareVersion"),
            None if clock is None else clock.total_seconds(),
            tuple(profile for profile in profiles if profile is not None),
        )

    @asynccontextmanager
    async def _open(self, name: str, address: str) -> "AsyncIterator[ONVIFService]":
        onvif = _library()
        entry = onvif.definition.SERVICES[name]
        wsdl = Path(onvif.__file__).parent / "wsdl" / entry["wsdl"]
        user = self._sign_in.user if self._sign_in else None
        password = self._sign_in.password if self._sign_in else None
        service = onvif.client.ONVIFService(
            address,
            user,
            password,
            str(wsdl),
            no_cache=True,  # its cache is a file in the home folder, which a service has not
            dt_diff=self._ahead,
            binding_name=f"{{{entry['ns']}}}{entry['binding']}",
        )
        service.transport = BoundedTransport(http_client(user, password), self._where)
        try:
            await service.setup()
            yield service
        finally:
            await service.close()

    async def _call(
        self, service: "ONVIFService", operation: str, *arguments: object, nobody: bool = False
    ) -> Any:  # noqa: ANN401 - whatever the device answers
        nobody = nobody or self._sign_in is None
        try:
            return await getattr(service, f"authless_{operation}" if nobody else operation)(*arguments)
        except StreamError:
            raise
        except Exception as error:  # zeep raises whatever an answer of the wrong shape leads to
            raise self._told(error) from error

    def _told(self, error: Exception) -> StreamError:
        """A fault in words; its own text is a stranger's and may repeat what we sent, so it is not shown."""
        codes = f"{getattr(error, 'subcodes', '')} {getattr(error, 'code', '')} {error}".lower()
        if any(word in codes for word in ("notauthorized", "not authorized", "failedauth", "unauthorized")):
            return refused(self._where)
        return hostile(self._where, f"does not answer as ONVIF has it ({type(error).__name__})")

    async def _clock(self, device: "ONVIFService") -> Any:  # noqa: ANN401
        """How far its clock is ahead; asked as nobody, which the standard allows for this alone."""
        try:
            said = await self._call(device, "GetSystemDateAndTime", nobody=True)
            date, time = said.UTCDateTime.Date, said.UTCDateTime.Time
            moment = datetime(
                int(date.Year), int(date.Month), int(date.Day), int(time.Hour), int(time.Minute),
                min(int(time.Second), 59), tzinfo=UTC,
            )  # fmt: skip
        except (AttributeError, TypeError, ValueError, OverflowError):
            return None
        return moment - self._now()

    async def _profile(self, service: "ONVIFService", raw: object) -> Profile | None:
        token = getattr(raw, "token", None)
        if not isinstance(token, str) or not token:
            return None
        setup = {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}}
        answer = await self._call(service, "GetStreamUri", {"StreamSetup": setup, "ProfileToken": token})
        return profile_of(raw, token, getattr(answer, "Uri", None), urlsplit(self._service).hostname or "")

    def _here(self, address: object) -> str:
        """A service's address, on the host that was asked; a camera behind a router may name an inner one."""
        host = urlsplit(self._service).hostname or ""
        own = f"[{host}]" if ":" in host else host
        try:
            parts = urlsplit(str(address))
            port = f":{parts.port}" if parts.port else ""
        except ValueError as error:
            raise hostile(self._where, "names no media service") from error
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise hostile(self._where, "names no media service")
        return urlunsplit((parts.scheme, own + port, parts.path, parts.query, ""))


def _media_address(capabilities: object) -> object:
    return getattr(getattr(capabilities, "Media", None), "XAddr", None)


def _word(answer: object, name: str) -> str:
    word = getattr(answer, name, None)
    return "".join(letter for letter in word if letter.isprintable())[:64] if isinstance(word, str) else ""


def _library() -> Any:  # noqa: ANN401 - it has no types that fit
    """The library; takes a second to load, and would set up logging for the whole process if nobody had."""
    if not logging.getLogger().handlers:
        logging.getLogger().addHandler(logging.NullHandler())
    import onvif.client  # noqa: PLC0415
    import onvif.definition  # noqa: PLC0415

    return onvif
