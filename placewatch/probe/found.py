"""Cameras that were found: asked all at once, and written into a box's configuration."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from edge.drawing.boxfile import BoxFile
from edge.onvif.device import Device, SignIn, ask
from edge.onvif.discovery import Found
from edge.onvif.profiles import Profile, advice, choose
from placewatch.errors import StreamError, UsageError

AT_ONCE = 8
"""Cameras that are asked at the same time."""

_USER, _PASSWORD = "CAMERA_USER", "CAMERA_PASSWORD"


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera and what came of asking it.

    Attributes:
        address: Host.
        service: Address of its device service.
        name: As it answered the search; may be empty.
        device: What it says of itself; None when it did not.
        problem: Why not, or why none of its streams serves.
    """

    address: str
    service: str
    name: str
    device: Device | None
    problem: str = ""

    @property
    def chosen(self) -> Profile | None:
        """The stream to analyse."""
        return None if self.device is None else choose(self.device.profiles)

    @property
    def advice(self) -> tuple[str, ...]:
        """What to change at the camera."""
        chosen = self.chosen
        said = () if chosen is None else advice(chosen)
        off = self.device.clock_off_s if self.device else None
        if off is not None and abs(off) > 5:
            said += (f"set NTP: its clock is {abs(off):.0f} s {'ahead' if off > 0 else 'behind'}",)
        return said


def ask_all(found: Sequence[Found], services: Sequence[str], who: tuple[str, str] | None) -> list[Camera]:
    """Ask cameras for their streams, several at once.

    Args:
        found: Those that answered a search.
        services: Addresses of further device services.
        who: ONVIF user and password.

    Raises:
        UsageError: One of ``services`` is no address.
    """
    known = {each.service for each in found}
    more = [_named(address) for address in services if address not in known]
    sign_in = None if who is None else SignIn(*who)

    async def run() -> list[Camera]:
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(each: Found) -> Camera:
            async with turn:
                return await _ask(each, sign_in)

        return await asyncio.gather(*map(one, [*found, *more]))

    return asyncio.run(run())


async def _ask(found: Found, sign_in: SignIn | None) -> Camera:
    try:
        device = await ask(found.service, sign_in, lambda: datetime.now(UTC))
    except StreamError as error:
        return Camera(found.address, found.service, found.name, None, f"{error.message} ({error.remedy})")
    made = Camera(found.address, found.service, found.name, device)
    if made.chosen is None:
        reasons = [each.trouble for each in device.profiles if each.trouble]
        problem = reasons[0] if reasons else "none of its streams is H.264 or H.265"
        return Camera(found.address, found.service, found.name, device, problem)
    return made


def _named(address: str) -> Found:
    try:
        parts = urlsplit(address)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 80) > 0
    except ValueError:
        sound = False
    if not sound or parts.username is not None:
        raise UsageError(
            "not the address of a device service",
            where="--device",
            remedy="write http://ADDRESS/onvif/device_service, without user and password",
        )
    return Found(address, parts.hostname or "", address)


def write(
    cameras: Sequence[Camera], file: Path, place: str, place_class: str | None, *, user: str | None
) -> dict[str, str]:
    """Add what can be used to a box's configuration, without any password.

    Args:
        cameras: What was found.
        file: The configuration; must be there.
        place: The place that they watch.
        place_class: Its class, if it is new.
        user: Whether they ask for a user at all.

    Returns:
        Device service to the id that its camera has now; those that were there already are left out.

    Raises:
        UsageError: There is no such file, or it names no such place.
        ConfigError: It would not pass the check.
    """
    box = BoxFile(file)
    if not box.exists:
        raise UsageError(
            "there is no such configuration", where=str(file), remedy="install the box first, or begin the"
            " file with: placewatch edge new-camera",
        )  # fmt: skip
    hosts = {_plain(url) for url in box.urls()}
    written: dict[str, str] = {}
    numbers = (f"{place}-{number}" for number in range(1, 10_000))
    for camera in cameras:
        chosen = camera.chosen
        if chosen is None or _plain(chosen.url) in hosts:
            continue
        name = next(each for each in numbers if each not in box.cameras())
        box.add_camera(name, with_variables(chosen.url) if user else chosen.url, place, place_class)
        written[camera.service] = name
    if written:
        box.save(env={**os.environ, _USER: "x", _PASSWORD: "x"})
    return written


def with_variables(url: str) -> str:
    """An address with the variables of user and password in it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"${{{_USER}}}:${{{_PASSWORD}}}@{parts.netloc}"))


def _plain(url: str) -> str:
    """An address without whom it is opened as."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
