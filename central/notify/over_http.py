"""Webhooks and the robots of WeCom and DingTalk: JSON by HTTP POST."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import msgspec

from central.notify.channels import AnySettings, DingtalkSettings, WebhookSettings, WecomSettings
from central.notify.delivery import DeliveryError, Parcel
from central.notify.reach import OutOfReachError

_ANSWER_BYTES = 64 * 1024
_TRY_AGAIN = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.CONFLICT,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)
_BUSY_ROBOT = frozenset({-1, 45009, 45033, 130101, 130102})
"""Their own codes for "too often" and "system busy": another attempt may do."""


def signature(secret: str, identity: str, timestamp: int, body: bytes) -> str:
    """Signature of a webhook by the Standard Webhooks specification, version 1: HMAC-SHA256, base 64."""
    signed = f"{identity}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(secret.encode(), signed, hashlib.sha256)).decode()


def webhook(settings: AnySettings, parcel: Parcel) -> None:
    """Post the content, signed; any 2xx is a receipt."""
    assert isinstance(settings, WebhookSettings)  # noqa: S101 - by the table of senders
    timestamp = int(parcel.now.timestamp())
    identity = parcel.content.id
    headers = {
        "webhook-id": identity,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(settings.secret.get_secret_value(), identity, timestamp, parcel.body),
        "Idempotency-Key": identity,
    }
    _post(settings.url, parcel, parcel.body, headers)


def wecom(settings: AnySettings, parcel: Parcel) -> None:
    """A markdown message of a WeCom group robot; code 0 is a receipt."""
    assert isinstance(settings, WecomSettings)  # noqa: S101 - by the table of senders
    text = f"**{_unmarked(parcel.text.subject)}**\n{_unmarked(parcel.text.body)}"
    said = {"msgtype": "markdown", "markdown": {"content": _cut(text, 4096)}}
    _robot(settings.url.get_secret_value(), parcel, said)


def dingtalk(settings: AnySettings, parcel: Parcel) -> None:
    """A markdown message of a DingTalk group robot, signed where it has a key; code 0 is a receipt."""
    assert isinstance(settings, DingtalkSettings)  # noqa: S101 - by the table of senders
    url = settings.url.get_secret_value()
    if settings.secret is not None:
        key, moment = settings.secret.get_secret_value(), round(parcel.now.timestamp() * 1000)
        digest = hmac.digest(key.encode(), f"{moment}\n{key}".encode(), hashlib.sha256)
        joint = "&" if urlsplit(url).query else "?"
        url += f"{joint}timestamp={moment}&sign={quote(base64.b64encode(digest).decode(), safe='')}"
    text = f"#### {_unmarked(parcel.text.subject)}\n\n{_unmarked(parcel.text.body)}"
    title = parcel.text.subject[:100]
    _robot(url, parcel, {"msgtype": "markdown", "markdown": {"title": title, "text": _cut(text, 18_000)}})


def _unmarked(text: str) -> str:
    """Texts of people are no markup: nobody gets a link or a mention that way."""
    return text.translate({ord(sign): f"\\{sign}" for sign in "\\`*_[]()#<>@!"})


def _cut(text: str, size: int) -> str:
    """At most ``size`` bytes of UTF-8."""
    return text.encode()[:size].decode(errors="ignore")


def _robot(url: str, parcel: Parcel, said: Mapping[str, Any]) -> None:
    answer = _post(url, parcel, msgspec.json.encode(said), {})
    try:
        found = msgspec.json.decode(answer, type=dict[str, Any])
        code, what = int(found.get("errcode", -2)), str(found.get("errmsg", ""))[:200]
    except (msgspec.DecodeError, ValueError, TypeError):
        raise DeliveryError("the robot's answer is not the JSON that it should be") from None
    if code != 0:
        raise DeliveryError(f"the robot says {code}: {what}", final=code not in _BUSY_ROBOT)


def _post(url: str, parcel: Parcel, body: bytes, headers: Mapping[str, str]) -> bytes:
    """Post to the very address that was checked; redirects and proxies are not followed."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        address = parcel.reach.address(host, port)
    except OutOfReachError as error:
        raise DeliveryError(str(error)) from error
    there = httpx.URL(url).copy_with(host=address)
    sent = {"Host": parts.netloc, "Content-Type": "application/json", "User-Agent": "placewatch", **headers}
    try:
        with (
            httpx.Client(timeout=parcel.timeout_s, trust_env=False, follow_redirects=False) as client,
            client.stream(
                "POST", there, content=body, headers=sent, extensions={"sni_hostname": host}
            ) as answer,
        ):
            status, held = answer.status_code, _read(answer)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise DeliveryError(_without(url, f"{type(error).__name__}: {error}")) from None
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        again = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _TRY_AGAIN
        raise DeliveryError(f"answered {status}", final=not again)
    return held


def _read(answer: httpx.Response) -> bytes:
    """As much of the answer as anybody needs."""
    held = b""
    for chunk in answer.iter_bytes():
        held += chunk
        if len(held) > _ANSWER_BYTES:
            break
    return held[:_ANSWER_BYTES]


def _without(url: str, text: str) -> str:
    """An error's words without the address, which may hold a key."""
    return text.replace(url, "(address)")[:300]
