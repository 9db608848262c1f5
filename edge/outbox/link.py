"""One connection to the broker: paho's callbacks become events in a queue, so that one thread decides all.

A client lives as long as its connection. What was on its way when the connection broke is known to the spool,
so nothing of paho's own queue is carried over.
"""

import queue
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.config import Broker
from edge.outbox.refusals import refused, unreachable
from messages import BoxState, encode
from messages.topics import BoxTopics
from placewatch.errors import BrokerError
from placewatch.tls import client_context

CONNECT_S = 5.0
"""Longest wait for the TCP connection, and again for the broker's answer."""

GOODBYE_S = 2.0
"""Longest wait for the broker to take the last message."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker's answer to CONNECT."""

    reason: ReasonCode


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The broker's answer to SUBSCRIBE: for the receipts, and for central's commands and orders."""

    allowed: bool
    commands: bool = True


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """PUBACK of packet ``mid``."""

    mid: int


@dataclass(frozen=True, slots=True)
class Received:
    """A message on the receipt topic."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Commanded:
    """A message on the command topic."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Ordered:
    """A message on the topic of configurations or of updates."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection is gone."""

    reason: str


@dataclass(frozen=True, slots=True)
class Woken:
    """Somebody has work: an alert was spooled, or the publisher is to stop or to move."""


Event = Connected | Subscribed | Acknowledged | Received | Commanded | Ordered | Lost | Woken
Events = queue.SimpleQueue[Event]


class Link:
    """An open connection; made by `connect`.

    Args:
        client: A client that `connect` made.
        topics: The box's topics.
        state: What the box says of itself while it is online.
        down: Set when the connection is gone.

    Attributes:
        commands: Whether the broker lets the box read central's commands and orders.
    """

    def __init__(
        self, client: mqtt.Client, topics: BoxTopics, state: BoxState, down: threading.Event
    ) -> None:
        self.commands = True
        self._client = client
        self._down = down
        self._topics = topics
        self._state = state

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> int | None:
        """Hand a message to the network thread.

        Returns:
            The packet's id, or None when the connection is gone.
        """
        info = self._client.publish(topic, payload, qos=qos, retain=retain)
        return info.mid if info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS else None

    def goodbye(self) -> None:
        """Say that the box goes offline, and wait a moment for the broker to take it."""
        offline = BoxState(online=False, session=self._state.session, version=self._state.version)
        info = self._client.publish(self._topics.state, encode(offline), qos=1, retain=True)
        with suppress(RuntimeError, ValueError):  # the connection is gone: the last will says the same
            info.wait_for_publish(GOODBYE_S)

    def close(self) -> None:
        """End the connection and its thread, whatever state the broker is in."""
        self._client.disconnect()
        self._down.wait(GOODBYE_S)
        raw = self._client.socket()
        if isinstance(raw, socket.socket):  # the broker hangs: the thread must not wait for it
            with suppress(OSError):
                raw.shutdown(socket.SHUT_RDWR)
        self._client.loop_stop()


def connect(broker: Broker, topics: BoxTopics, state: BoxState, events: Events) -> Link:
    """Connect, subscribe to the receipts and say that the box is online.

    Args:
        broker: Where to.
        topics: The box's topics.
        state: What the box says of itself while it is online; the last will says the contrary.
        events: Where the connection's events go from now on; emptied of those of an older one first.

    Raises:
        BrokerError: The broker cannot be reached or refuses.
    """
    client = _client(broker, topics, state)
    _drop_all(events)
    down = _hook(client, topics, events)
    try:
        client.connect(broker.host, broker.port, broker.keepalive_s)
    except OSError as error:
        raise unreachable(error, broker.host, broker.port) from error
    client.loop_start()
    link = Link(client, topics, state, down)
    try:
        link.commands = _greet(client, broker, topics, events)
        link.publish(topics.state, encode(state), retain=True)
    except BaseException:
        link.close()
        raise
    return link


def _client(broker: Broker, topics: BoxTopics, state: BoxState) -> mqtt.Client:
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=f"pw-{topics.site}-{topics.box}",
        clean_session=True,
        protocol=mqtt.MQTTv311,
        reconnect_on_failure=False,
    )
    client.connect_timeout = CONNECT_S
    client.max_inflight_messages = 0  # edge.outbox.window counts them
    if broker.username is not None:
        client.username_pw_set(broker.username, broker.password)
    if broker.tls is not None:
        # Read at each connection, so that a renewed certificate is used from the next one on.
        client.tls_set_context(client_context(broker.tls))
    offline = BoxState(online=False, session=state.session, version=state.version)
    client.will_set(topics.state, encode(offline), qos=1, retain=True)
    return client


def _hook(client: mqtt.Client, topics: BoxTopics, events: Events) -> threading.Event:
    down = threading.Event()

    def connected(
        _client: mqtt.Client,
        _data: object,
        _flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        _more: Properties | None,
    ) -> None:
        events.put(Connected(reason))

    def lost(
        _client: mqtt.Client,
        _data: object,
        _flags: mqtt.DisconnectFlags,
        reason: ReasonCode,
        _more: Properties | None,
    ) -> None:
        down.set()
        events.put(Lost(reason.getName()))

    def subscribed(
        _client: mqtt.Client, _data: object, _mid: int, reasons: list[ReasonCode], _more: Properties | None
    ) -> None:
        receipts, *commands = [not reason.is_failure for reason in reasons]
        events.put(Subscribed(receipts, all(commands)))

    def acknowledged(
        _client: mqtt.Client, _data: object, mid: int, _reason: ReasonCode, _more: Properties | None
    ) -> None:
        events.put(Acknowledged(mid))

    kinds: dict[str, Callable[[bytes], Event]] = {
        topics.command: Commanded,
        topics.config: Ordered,
        topics.update: Ordered,
    }

    def received(_client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        payload = bytes(message.payload)
        events.put(kinds.get(message.topic, Received)(payload))

    client.on_connect = connected
    client.on_disconnect = lost
    client.on_subscribe = subscribed
    client.on_publish = acknowledged
    client.on_message = received
    return down


def _greet(client: mqtt.Client, broker: Broker, topics: BoxTopics, events: Events) -> bool:
    """Wait for the broker's answers; whether it lets the box read commands."""
    where = f"{broker.host}:{broker.port}"
    answer = _await(events, lambda event: isinstance(event, Connected), where)
    if isinstance(answer, Connected) and answer.reason.is_failure:
        raise refused(answer.reason, broker.host, broker.port)
    client.subscribe([(topics.receipt, 1), *((topic, 1) for topic in topics.from_central)])
    answer = _await(events, lambda event: isinstance(event, Subscribed), where)
    if isinstance(answer, Subscribed) and not answer.allowed:
        raise BrokerError(
            f"the broker forbids this box to read {topics.receipt}",
            where=where,
            remedy="allow it in the broker's rules: without receipts nothing is ever settled",
        )
    return isinstance(answer, Subscribed) and answer.commands


def _await(events: Events, wanted: Callable[[Event], bool], where: str) -> Event:
    while True:
        try:
            event = events.get(timeout=CONNECT_S)
        except queue.Empty:
            raise BrokerError(
                "no answer in the MQTT protocol",
                where=where,
                remedy="check that an MQTT broker listens there",
            ) from None
        if isinstance(event, Lost):
            raise BrokerError(
                f"the broker closed the connection: {event.reason}",
                where=where,
                remedy="look at the broker's log; check broker.username, broker.password and broker.port",
            )
        if wanted(event):
            return event


def _drop_all(events: Events) -> None:
    with suppress(queue.Empty):
        while True:
            events.get_nowait()
