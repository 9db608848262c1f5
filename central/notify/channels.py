"""Channels: the ways to tell somebody, and what each has to know."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Union
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    TypeAdapter,
    model_validator,
)

from central.names import Id


class ChannelKind(StrEnum):
    """How a channel speaks."""

    WEBHOOK = "webhook"
    EMAIL = "email"
    MQTT = "mqtt"
    WECOM = "wecom"
    DINGTALK = "dingtalk"


class Language(StrEnum):
    """In which language a channel's people read."""

    ZH = "zh"
    EN = "en"


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or any(ord(letter) <= 0x20 or ord(letter) > 0x7E for letter in text):
        msg = "write an address such as https://example.city/hook"
        raise ValueError(msg)
    if urlsplit(text).username is not None:
        msg = "an address with a password in it would be shown; use secret"
        raise ValueError(msg)
    return text


def _secret_url(secret: SecretStr) -> SecretStr:
    _url(secret.get_secret_value())
    return secret


Url = Annotated[str, Field(max_length=1000), AfterValidator(_url)]
SecretUrl = Annotated[SecretStr, Field(max_length=1000), AfterValidator(_secret_url)]
Secret = Annotated[SecretStr, Field(min_length=1, max_length=500)]
Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Mailbox = Annotated[
    str,
    Field(max_length=254, pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,188}$"),
]
Line = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class _Settings(BaseModel):
    """What a channel of one kind has to know. Fields of type SecretStr are kept encrypted and never shown."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class WebhookSettings(_Settings):
    """JSON by HTTP POST, signed as Standard Webhooks (HMAC-SHA256 over id, time and body)."""

    kind: Literal[ChannelKind.WEBHOOK]
    """``webhook``."""
    url: Url
    """Where to post."""
    secret: Secret
    """Key of the signature; the receiver has the same."""


class EmailSettings(_Settings):
    """E-mail by SMTP."""

    kind: Literal[ChannelKind.EMAIL]
    """``email``."""
    host: Host
    """The mail server."""
    port: Port = 587
    """Its port."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the line is protected; ``none`` sends no password."""
    username: Line | None = None
    """Account, where the server asks for one."""
    password: Secret | None = None
    """Its password."""
    sender: Mailbox
    """From whom."""
    recipients: Annotated[tuple[Mailbox, ...], Field(min_length=1, max_length=50)]
    """To whom."""

    @model_validator(mode="after")
    def _password_in_the_clear(self) -> "EmailSettings":
        if self.password is not None and self.security == "none":
            msg = "a password would travel in the clear; use starttls or tls"
            raise ValueError(msg)
        return self


class MqttSettings(_Settings):
    """JSON on a topic, QoS 1."""

    kind: Literal[ChannelKind.MQTT]
    """``mqtt``."""
    host: Host
    """The broker."""
    port: Port = 1883
    """Its port."""
    tls: bool = False
    """Whether the broker speaks TLS, with a certificate of a public authority."""
    username: Line | None = None
    """Account, where the broker asks for one."""
    password: Secret | None = None
    """Its password."""
    topic: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^#+\x00-\x1f\x7f]+$")]
    """Where to publish; no wildcards."""


class WecomSettings(_Settings):
    """A robot of a WeCom (企业微信) group."""

    kind: Literal[ChannelKind.WECOM]
    """``wecom``."""
    url: SecretUrl
    """The robot's address, which holds its key."""


class DingtalkSettings(_Settings):
    """A robot of a DingTalk (钉钉) group."""

    kind: Literal[ChannelKind.DINGTALK]
    """``dingtalk``."""
    url: SecretUrl
    """The robot's address, which holds its token."""
    secret: Secret | None = None
    """Key of the signature, where the robot asks for one (加签)."""


AnySettings = Annotated[
    Union[WebhookSettings, EmailSettings, MqttSettings, WecomSettings, DingtalkSettings],  # noqa: UP007
    Field(discriminator="kind"),
]
"""The settings of any kind of channel."""

_adapter: TypeAdapter[AnySettings] = TypeAdapter(AnySettings)


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as it is kept.

    Attributes:
        name: Rules name it.
        enabled: Whether it sends; what comes while it does not waits.
        language: Of its people.
        settings: What it has to know, secrets included.
        revision: Grows with each change.
        changed_by: Who changed it last.
        changed: When.
    """

    name: Id
    enabled: bool
    language: Language
    settings: AnySettings
    revision: int
    changed_by: str
    changed: datetime


def parse(given: Mapping[str, Any]) -> AnySettings:
    """Settings from plain values.

    Raises:
        ValidationError: They do not fit.
    """
    return _adapter.validate_python(given)


def plain(settings: AnySettings) -> tuple[dict[str, Any], dict[str, str]]:
    """Settings as what may be shown, and the secrets apart."""
    shown: dict[str, Any] = {}
    secrets: dict[str, str] = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            secrets[name] = value.get_secret_value()
        elif value is not None:
            shown[name] = list(value) if isinstance(value, tuple) else value
    return shown, secrets


def target(settings: AnySettings) -> str:
    """Where a channel leads, as it may be shown: never the path or query, which may be a secret."""
    if isinstance(settings, EmailSettings):
        return f"smtp://{settings.host}:{settings.port}"
    if isinstance(settings, MqttSettings):
        return f"mqtt{'s' if settings.tls else ''}://{settings.host}:{settings.port}/{settings.topic}"
    url = settings.url if isinstance(settings.url, str) else settings.url.get_secret_value()
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}"
