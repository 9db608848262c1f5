"""A new configuration tried before it is taken: its cameras opened, its broker spoken to, within bounds."""

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, wait

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from edge.config import Broker, Camera
from edge.ingest.source import open_source
from edge.outbox.refusals import refused, unreachable
from messages.topics import BoxTopics
from placewatch.errors import BrokerError, StreamError
from placewatch.tls import client_context

CAMERA_S = 8.0
"""Each step of opening a camera may take so long."""

ALL_S = 60.0
"""All cameras together; they are opened several at a time."""

BROKER_S = 5.0

_AT_ONCE = 8


def try_cameras(cameras: Iterable[Camera], *, all_s: float = ALL_S) -> None:
    """Open each camera and wait for its first packet.

    Raises:
        StreamError: Not all of them can be read; names each with its reason.
    """
    asked = list(cameras)
    pool = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="trial")
    try:
        found = {pool.submit(_trouble, camera): camera for camera in asked}
        done, late = wait(found, all_s)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    troubles = [each.result() for each in done if each.result()]
    troubles += [f"camera {found[each].id}: no answer within {all_s:.0f} s" for each in late]
    if troubles:
        raise StreamError("; ".join(sorted(troubles)))


def _trouble(camera: Camera) -> str:
    try:
        with open_source(
            camera.url, transport=camera.transport, where=camera.id, open_s=CAMERA_S, read_s=CAMERA_S
        ) as source:
            if next(iter(source.packets()), None) is None:
                return f"camera {camera.id}: sends nothing"
    except StreamError as error:
        return f"camera {camera.id}: {error.message} ({error.remedy})"
    return ""


def try_broker(broker: Broker, box: BoxTopics) -> None:
    """Connect as this box, beside the connection that it has.

    Raises:
        BrokerError: It cannot be reached or refuses.
    """
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2, client_id=f"pw-{box.site}-{box.box}-trial", clean_session=True
    )
    client.connect_timeout = BROKER_S
    if broker.username is not None:
        client.username_pw_set(broker.username, broker.password)
    if broker.tls is not None:
        client.tls_set_context(client_context(broker.tls))
    answers: list[object] = []
    answered = threading.Event()

    def connected(_client: mqtt.Client, _data: object, _flags: object, reason: object, _more: object) -> None:
        answers.append(reason)
        answered.set()

    client.on_connect = connected
    try:
        client.connect(broker.host, broker.port, 10)
    except OSError as error:
        raise unreachable(error, broker.host, broker.port) from error
    client.loop_start()
    try:
        answered.wait(BROKER_S)
    finally:
        client.disconnect()
        client.loop_stop()
        client.on_connect = None
    if not answers:
        raise BrokerError(
            "no answer in the MQTT protocol",
            where=f"{broker.host}:{broker.port}",
            remedy="check that an MQTT broker listens there",
        )
    if getattr(answers[0], "is_failure", False):
        raise refused(answers[0], broker.host, broker.port)  # type: ignore[arg-type]
