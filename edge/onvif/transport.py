"""SOAP over HTTP for zeep, with limits on what a device may answer."""

import httpx
from lxml import etree
from zeep.transports import Transport

from edge.onvif.xml import MAX_BYTES, hostile, parse
from placewatch.errors import StreamError

ANSWER_S = 8.0
"""Seconds for each of connecting, sending and receiving; the whole talk has its own limit."""


class BoundedTransport(Transport):
    """Sends requests of a service of the ONVIF library; follows no redirect, reads no more than it should.

    Cameras have certificates that they made themselves, so HTTPS is not verified; what proves the password
    is a digest in either way of signing in.

    Args:
        client: Made by `http_client`; closed with this.
        where: The device, for errors.
    """

    def __init__(self, client: httpx.AsyncClient, where: str) -> None:
        super().__init__(cache=None)  # type: ignore[no-untyped-call]
        self._client = client
        self._where = where

    async def post_xml(
        self, address: str, envelope: etree._Element, headers: dict[str, str]
    ) -> httpx.Response:
        """Send a request.

        Raises:
            StreamError: The device cannot be reached, or answers as none should.
        """
        request = {"content": etree.tostring(envelope, encoding="utf-8"), "headers": headers}
        try:
            async with self._client.stream("POST", address, **request) as answer:
                return await self._read(answer)
        except httpx.TimeoutException as error:
            raise StreamError(
                f"no answer within {ANSWER_S:.0f} s", where=self._where, remedy="check its network"
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise StreamError(
                f"cannot be asked: {type(error).__name__}", where=self._where, remedy="check address and port"
            ) from error

    async def aclose(self) -> None:
        """Hang up."""
        await self._client.aclose()

    async def _read(self, answer: httpx.Response) -> httpx.Response:
        if answer.is_redirect:
            raise hostile(self._where, "sends us elsewhere")
        content = bytearray()
        async for part in answer.aiter_bytes():
            content += part
            if len(content) > MAX_BYTES:
                raise hostile(self._where, f"answers with more than {MAX_BYTES >> 20} MiB")
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise refused(self._where)
        parse(bytes(content), where=self._where)
        # The type is ours: an answer in several parts would be taken apart by zeep without a bound.
        return httpx.Response(
            answer.status_code, headers={"Content-Type": "text/xml"}, content=bytes(content)
        )


def refused(where: str) -> StreamError:
    """The device does not believe the user."""
    return StreamError(
        "refuses the user name or password",
        where=where,
        remedy="give an ONVIF user of the camera: --user NAME with --password-file FILE",
    )


def http_client(user: str | None, password: str | None) -> httpx.AsyncClient:
    """What requests are sent with; answers a challenge by digest, never with the password itself."""
    return httpx.AsyncClient(
        auth=httpx.DigestAuth(user, password or "") if user else None,
        timeout=ANSWER_S,
        verify=False,  # noqa: S501 - cameras sign for themselves
        follow_redirects=False,
        trust_env=False,
    )
