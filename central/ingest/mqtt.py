"""The broker's side: a persistent session, acknowledged by hand after the commit."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from threading import Timer

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from central.config import Broker
from central.ingest.batch import Committed
from central.ingest.inbound import Inbound
from central.ingest.lanes import InOrder, Lanes
from central.ingest.packets import Delivery
from central.ingest.quick_paho import QuickClient
from messages import MAX_PAYLOAD, Receipt, Rejection, encode
from messages.topics import ALL_ALERTS, ALL_CLIPS, ALL_HEALTH, ALL_SNAPSHOTS, ALL_STATES
from placewatch.clock import Clock, utc
from placewatch.logs import get_logger
from placewatch.tls import client_context

_SESSION_S = 7 * 24 * 3600
"""The broker keeps the session of a group's member so long; without a group, as its own rules say."""
_IDS_PER_RECEIPT = 500
_KEPT_OF_OVERSIZE = 4096
_RETRY_S = (1, 15)
_NEEDED = (ALL_ALERTS, ALL_STATES, ALL_HEALTH)
"""Without these the centre is blind; without clips and pictures on demand it does its work."""
_RESUBSCRIBE_S = 15.0
"""A broker whose list of accounts is mended says nothing of it."""


class MqttClient:
    """Feeds the lanes, acknowledges what was committed, sends receipts. paho's thread does the work."""

    def __init__(self, broker: Broker, lanes: Lanes, clock: Clock) -> None:
        """Prepare a client of ``broker`` that feeds ``lanes``; `start` connects it."""
        self._broker = broker
        self._lanes = lanes
        self._order = InOrder(lambda ready: self._client.answer(ready, ()))
        self._clock = clock
        self._where = f"{broker.host}:{broker.port}"
        self._log = get_logger(part="mqtt", broker=self._where)
        self._connection = 0
        self._told = ""
        self.connected = False
        self.connected_since: datetime | None = None
        self.snapshot: Callable[[str, bytes], None] | None = None
        shared = bool(broker.share)
        self._client = QuickClient(
            CallbackAPIVersion.VERSION2,
            client_id=broker.client_id,
            clean_session=None if shared else False,
            protocol=MQTTProtocolVersion.MQTTv5 if shared else MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        self._client.max_inflight_messages_set(1000)
        self._client.reconnect_delay_set(*_RETRY_S)
        if broker.username is not None:
            self._client.username_pw_set(broker.username, broker.password)
        if broker.tls is not None:
            self._client.tls_set_context(client_context(broker.tls))
        self._client.on_connect = self._on_connect
        self._client.on_connect_fail = self._on_connect_fail
        self._client.on_subscribe = self._on_subscribe
        self._client.on_disconnect = self._on_disconnect
        self._client.on_deliveries = self._take

    def start(self) -> None:
        """Connect, and go on trying for as long as it takes."""
        broker = self._broker
        if broker.share:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = _SESSION_S
            self._client.connect_async(
                broker.host, broker.port, broker.keepalive_s, clean_start=False, properties=properties
            )
        else:
            self._client.connect_async(broker.host, broker.port, broker.keepalive_s)
        self._client.loop_start()

    def stop(self) -> None:
        """Send what is left to send, and leave; the broker keeps the session."""
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def connection(self) -> int:
        """Number of the connection that there is; 0 while there is none."""
        return self._connection if self.connected else 0

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Send a command, QoS 1; whether the broker is there. What is not retained is worth nothing later."""
        if not self.connected:
            return False
        sent = self._client.publish(topic, payload, qos=1, retain=retain)
        return sent.rc == MQTTErrorCode.MQTT_ERR_SUCCESS

    def committed(self, messages: Sequence[Inbound], done: Committed) -> None:
        """Acknowledge to the broker and give the boxes their receipts; after the commit, by any lane."""
        connection = self._connection
        self._order.done(
            connection, (one.mid for one in messages if one.qos and one.connection == connection)
        )
        self._client.answer(
            (),
            (
                (box.receipt, encode(receipt))
                for box in {**done.ids, **done.rejected}
                for receipt in receipts(list(done.ids.get(box, ())), done.rejected.get(box, []))
            ),
        )

    def _on_connect(
        self,
        client: paho.Client,
        _userdata: object,
        _flags: paho.ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._tell(f"refused: {reason}", "check broker.username and broker.password")
            return
        self._connection += 1
        client.subscribe(subscriptions(self._broker.share))

    def _on_subscribe(
        self,
        _client: paho.Client,
        _userdata: object,
        _mid: int,
        reasons: Sequence[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        """Only now what boxes say comes in: before, a broker was reached that may give nothing."""
        topics = (topic for topic, _ in subscriptions(self._broker.share))
        refused = [topic for topic, reason in zip(topics, reasons, strict=False) if reason.is_failure]
        if refused:
            self._tell(
                f"refuses to be read: {', '.join(refused)}",
                "allow its account to read these topics (docs/operation.md, the broker)",
            )
        else:
            self._told = ""
        if any(topic.endswith(_NEEDED) for topic in refused):
            again = Timer(_RESUBSCRIBE_S, self._subscribe_again, (self._connection,))
            again.daemon = True
            again.start()
            return
        self.connected = True
        self.connected_since = self._now()
        self._log.info("connected")

    def _subscribe_again(self, connection: int) -> None:
        if connection == self._connection and not self.connected:
            self._client.subscribe(subscriptions(self._broker.share))

    def _on_connect_fail(self, _client: paho.Client, _userdata: object) -> None:
        self._tell("cannot be reached", "check that the broker runs, broker.host and broker.port")

    def _on_disconnect(
        self,
        _client: paho.Client,
        _userdata: object,
        _flags: paho.DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self.connected = False
        self.connected_since = None
        if reason.is_failure:
            self._tell(f"connection lost: {reason}", "reconnecting")

    def _tell(self, what: str, remedy: str) -> None:
        """Once for each cause, not at each try."""
        if what != self._told:
            self._told = what
            self._log.error(f"broker {what}", remedy=remedy)

    def _take(self, deliveries: Sequence[Delivery]) -> None:
        now, connection = self._now(), self._connection
        inbound = [_inbound(delivery, now, connection) for delivery in deliveries]
        taken = [message for message in inbound if not self._is_snapshot(message)]
        self._order.delivered(connection, (message.mid for message in taken if message.qos))
        self._lanes.put(taken)

    def _is_snapshot(self, message: Inbound) -> bool:
        """A picture that somebody waits for; it goes past the queue."""
        if self.snapshot is None or "/snapshot/" not in message.topic:
            return False
        if message.size <= MAX_PAYLOAD:
            self.snapshot(message.topic, message.payload)
        return True

    def _now(self) -> datetime:
        return utc(self._clock.now())


def subscriptions(share: str) -> list[tuple[str, int]]:
    """Topics and QoS; within a group each alert goes to one of its members, a box's state to all.

    States are retained, and a broker gives retained messages to plain subscriptions only (MQTT 5, 3.8.4).
    """
    group = f"$share/{share}/" if share else ""
    return [
        (group + ALL_ALERTS, 1),
        (group + ALL_CLIPS, 1),
        (ALL_STATES, 1),
        (ALL_SNAPSHOTS, 0),
        (group + ALL_HEALTH, 0),
    ]


def receipts(ids: list[str], rejected: list[Rejection]) -> Iterator[Receipt]:
    """What a box is told, in messages of bearable size."""
    step = _IDS_PER_RECEIPT
    for start in range(0, max(len(ids), len(rejected)), step):
        yield Receipt(ids=ids[start : start + step], rejected=rejected[start : start + step])


def _inbound(delivery: Delivery, received: datetime, connection: int) -> Inbound:
    topic, payload, mid, qos = delivery
    size = len(payload)
    return Inbound(
        _topic(topic),
        payload if size <= MAX_PAYLOAD else payload[:_KEPT_OF_OVERSIZE],
        size,
        received,
        mid,
        qos,
        connection,
    )


def _topic(topic: bytes) -> str:
    try:
        return topic.decode()
    except UnicodeDecodeError:  # a broker that lets this through must not stop the city
        return "(not UTF-8)"
