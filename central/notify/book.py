"""How this centre tells people outside: what the API and the courier share."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

import msgspec

from central.config import Notify
from central.notify.channels import AnySettings, Channel, Language
from central.notify.delivery import Parcel, Senders
from central.notify.outbox import Content, Text
from central.notify.reach import Reach
from central.notify.senders import SENDERS
from central.notify.vault import Vault

TEST_WORDS = {
    Language.ZH: Text(subject="【测试】场所守望通知通道", body="这是一条测试通知，无需处理。"),
    Language.EN: Text(
        subject="[test] Placewatch notification", body="This is a test; nothing is to be done."
    ),
}
"""What a test says."""


@dataclass(frozen=True, slots=True)
class ChannelBook:
    """Secrets, reach and senders.

    Attributes:
        config: Time limits.
        vault: Secrets.
        reach: Where channels may lead.
        senders: Who speaks for which kind.
    """

    config: Notify
    vault: Vault
    reach: Reach
    senders: Senders = field(default_factory=lambda: SENDERS)

    @classmethod
    def of(cls, config: Notify) -> Self:
        """As configured."""
        allow = tuple(host.lower() for host in config.allow)
        return cls(config, Vault(config.secrets_key), Reach(allow))

    def send(self, channel: Channel, payload: bytes, now: datetime) -> None:
        """Deliver a content.

        Raises:
            DeliveryError: It was not.
        """
        self._send(channel.settings, channel.language, payload, now)

    def test(self, channel: Channel, now: datetime) -> None:
        """Deliver a test.

        Raises:
            DeliveryError: It was not.
        """
        content = Content(
            id=f"test-{channel.name}-{int(now.timestamp() * 1000)}",
            event=0,
            number="-",
            verb="test",
            colour="blue",
            kind="test",
            state="test",
            place="-",
            org="-",
            at=now,
            zh=TEST_WORDS[Language.ZH],
            en=TEST_WORDS[Language.EN],
        )
        self._send(channel.settings, channel.language, msgspec.json.encode(content), now)

    def _send(self, settings: AnySettings, language: Language, payload: bytes, now: datetime) -> None:
        content = msgspec.json.decode(payload, type=Content)
        parcel = Parcel(content, payload, language, now, self.config.timeout_s, self.reach)
        self.senders[type(settings)](settings, parcel)
