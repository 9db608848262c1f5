"""Why a broker cannot be used, in words, with the way out."""

import socket
import ssl

from paho.mqtt.reasoncodes import ReasonCode

from placewatch.errors import BrokerError

_REFUSALS: dict[str, tuple[str, str]] = {
    "Bad user name or password": (
        "refuses the user name or password",
        "mend broker.username and broker.password",
    ),
    "Not authorized": (
        "does not let this user in",
        "mend broker.username, broker.password or the broker's rules",
    ),
    "Client identifier not valid": ("refuses the client id", "allow the client id pw-SITE-BOX at the broker"),
    "Unsupported protocol version": ("does not speak MQTT 3.1.1", "use a broker that does"),
    "Server unavailable": ("says that it is unavailable", "look at the broker; this box tries again"),
    "Server busy": ("says that it is busy", "look at the broker; this box tries again"),
}


def unreachable(error: OSError, host: str, port: int) -> BrokerError:
    """Words for a connection that could not be made."""
    where = f"{host}:{port}"
    if isinstance(error, socket.gaierror):
        return BrokerError(
            "the broker's host name cannot be resolved", where=where, remedy="check broker.host and the DNS"
        )
    if isinstance(error, ConnectionRefusedError):
        return BrokerError(
            "nothing listens there",
            where=where,
            remedy="start the broker, or check broker.host and broker.port",
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        return BrokerError(
            f"the broker's certificate is not believed: {error.verify_message}",
            where=where,
            remedy="broker.host must be a name in that certificate, broker.tls.ca its root",
        )
    if isinstance(error, ssl.SSLError):
        return BrokerError(
            f"no TLS connection: {error.reason or error}",
            where=where,
            remedy="check that broker.port is the broker's TLS port, and that this box is still enrolled",
        )
    if isinstance(error, TimeoutError):
        return BrokerError(
            "the broker does not answer",
            where=where,
            remedy="check the network, the firewall and broker.host",
        )
    return BrokerError(
        f"the broker cannot be reached: {error.strerror or error}",
        where=where,
        remedy="check the network, broker.host and broker.port",
    )


def refused(reason: ReasonCode, host: str, port: int) -> BrokerError:
    """Words for a CONNACK that is a refusal."""
    name = reason.getName()
    said, remedy = _REFUSALS.get(name, (f"refuses the connection: {name}", "look at the broker's log"))
    return BrokerError(f"the broker {said}", where=f"{host}:{port}", remedy=remedy)
