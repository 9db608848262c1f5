"""What a load run is to do; handed to its processes as JSON."""

from pathlib import Path

import msgspec


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A broker.

    Attributes:
        host: Host name or address.
        port: TCP port.
        username: User, empty for none.
        password: Password.
    """

    host: str = "127.0.0.1"
    port: int = 1883
    username: str = ""
    password: str = ""


class LoadPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the generator.

    Attributes:
        broker: Where it publishes.
        cameras: How many; 16 to a box.
        rate: Mean alerts a second.
        seconds: How long.
        seed: Of the traffic.
        session: Session of every box.
        connections: TCP connections that the boxes share, 64 at most.
        burst: Times the mean rate in a burst; 1 for none.
        duplicates: Share of alerts that are sent twice.
        pictures: Share of openings with a picture.
        health_s: Every box sends its health so often; 0 for never.
        drain_s: After the last alert, it waits for receipts until none has come for so long.
    """

    broker: Address
    cameras: int
    rate: float
    seconds: float
    seed: int = 1
    session: str = "s1"
    connections: int = 64
    burst: float = 2.0
    duplicates: float = 0.005
    pictures: float = 0.0
    health_s: float = 30.0
    drain_s: float = 30.0


class Quantiles(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds; zero when nothing was measured."""

    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    most: float = 0.0


class SenderReport(msgspec.Struct, frozen=True, kw_only=True):
    """What the generator saw, so far or at the end.

    Attributes:
        elapsed_s: Since the first alert.
        published: Distinct alerts sent.
        duplicates: Alerts sent a second time.
        healths: Health messages sent.
        pubacks: Broker's acknowledgements.
        receipted: Alerts with a receipt.
        backlog: Alerts without one when sending ended (now, while it goes on).
        rejected: Alerts that central refused.
        latency_s: From publish to receipt; of the last second while running, of the whole run at the end.
        behind_s: How far the generator itself was behind its own schedule, at most.
        done: Whether this is the last report.
        error: Why it gave up, if it did.
    """

    elapsed_s: float = 0.0
    published: int = 0
    duplicates: int = 0
    healths: int = 0
    pubacks: int = 0
    receipted: int = 0
    backlog: int = 0
    rejected: int = 0
    latency_s: Quantiles = Quantiles()
    behind_s: float = 0.0
    done: bool = False
    error: str = ""


def quantiles(values: list[float]) -> Quantiles:
    """Of seconds in any order."""
    if not values:
        return Quantiles()
    ordered = sorted(values)
    last = len(ordered) - 1

    def at(share: float) -> float:
        return round(ordered[min(last, int(share * len(ordered)))], 4)

    return Quantiles(p50=at(0.5), p95=at(0.95), p99=at(0.99), most=round(ordered[-1], 4))


def load_plan(path: Path) -> LoadPlan:
    """A plan that was written with `msgspec.json.encode`."""
    return msgspec.json.decode(path.read_bytes(), type=LoadPlan)
