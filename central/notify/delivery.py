"""One attempt to tell somebody: what is sent, and what became of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from central.notify.channels import AnySettings, Language
from central.notify.outbox import Content, Text
from central.notify.reach import Reach


class DeliveryError(Exception):
    """It was not delivered.

    Attributes:
        reason: Why, for people; holds no secret.
        final: Another attempt would end in the same way.
    """

    def __init__(self, reason: str, *, final: bool = False) -> None:
        """Fail for ``reason``."""
        super().__init__(reason)
        self.reason = reason
        self.final = final


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is sent.

    Attributes:
        content: What is told.
        body: The same as JSON.
        language: Of the channel's people.
        now: When it is sent.
        timeout_s: Longest wait.
        reach: Where channels may lead.
    """

    content: Content
    body: bytes
    language: Language
    now: datetime
    timeout_s: float
    reach: Reach

    @property
    def text(self) -> Text:
        """In the channel's language."""
        return self.content.zh if self.language is Language.ZH else self.content.en


Sender = Callable[[AnySettings, Parcel], None]
"""Delivers a parcel or raises `DeliveryError`."""

Senders = Mapping[type, Sender]
"""A sender for each kind of settings."""
