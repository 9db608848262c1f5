"""MQTT: the content as JSON on a topic, QoS 1, acknowledged by the broker."""

import threading
from uuid import uuid4

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from central.notify.channels import AnySettings, MqttSettings
from central.notify.delivery import DeliveryError, Parcel
from central.notify.reach import OutOfReachError


def mqtt(settings: AnySettings, parcel: Parcel) -> None:
    """Publish over a connection of its own; the broker's acknowledgement is a receipt."""
    assert isinstance(settings, MqttSettings)  # noqa: S101 - by the table of senders
    line = _Line(settings)
    try:
        address = parcel.reach.address(settings.host, settings.port)
        # With TLS the name is needed for the certificate, which then stands for the address.
        line.client.connect(settings.host if settings.tls else address, settings.port)
        line.client.loop_start()
        line.send(settings.topic, parcel.body, parcel.timeout_s)
    except OutOfReachError as error:
        raise DeliveryError(str(error)) from error
    except (OSError, ValueError, RuntimeError) as error:
        raise DeliveryError(f"{type(error).__name__}: {str(error)[:200]}") from None
    finally:
        line.client.disconnect()
        line.client.loop_stop()


class _Line:
    """One short connection to a broker."""

    def __init__(self, settings: MqttSettings) -> None:
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"placewatch-{uuid4().hex[:12]}")
        self.client.on_connect = self._connected
        self._answered = threading.Event()
        self._reason: ReasonCode | None = None
        if settings.username is not None:
            password = settings.password.get_secret_value() if settings.password else None
            self.client.username_pw_set(settings.username, password)
        if settings.tls:
            self.client.tls_set()

    def _connected(
        self, _client: paho.Client, _data: object, _flags: object, reason: ReasonCode, _properties: object
    ) -> None:
        self._reason = reason
        self._answered.set()

    def send(self, topic: str, payload: bytes, timeout_s: float) -> None:
        """Publish and wait for the acknowledgement."""
        if not self._answered.wait(timeout_s) or self._reason is None:
            raise DeliveryError("the broker does not answer")
        if self._reason.is_failure:
            raise DeliveryError(f"the broker refuses: {self._reason}")
        sent = self.client.publish(topic, payload, qos=1)
        if sent.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise DeliveryError(f"not published: {paho.error_string(sent.rc)}")
        sent.wait_for_publish(timeout_s)
        if not sent.is_published():
            raise DeliveryError("the broker does not acknowledge")
