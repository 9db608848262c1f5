"""Updates that the centre orders: fetched here, without rights, then handed to the updater, with them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Lock, Thread

from msgspec.structs import replace
from packaging.version import InvalidVersion, Version

from edge.config import Managed
from edge.managed.believe import Floor
from edge.managed.fetch import fetch
from edge.managed.handover import Handover
from messages import UpdateHealth, UpdateOrder, UpdateState
from placewatch import __version__
from placewatch.clock import Clock, utc
from placewatch.errors import PlacewatchError, TrustError

_AGAIN_S = 30.0
"""A fetch that broke off goes on so much later."""

_UNHEARD = "the updater did not believe the order; on the box: journalctl -u placewatch-update"


@dataclass(frozen=True, slots=True)
class Updated:
    """How far an update is.

    Attributes:
        health: For the health message.
        floor: Set when its order counts as followed: until then a restart begins it again.
    """

    health: UpdateHealth
    floor: Floor | None = None


class Updating:
    """One update at a time.

    Args:
        managed: Where things lie.
        clock: Time.
        tell: Told how far it is, on a thread of its own.
    """

    def __init__(self, managed: Managed, clock: Clock, tell: Callable[[Updated], None]) -> None:
        self._identity = managed.identity
        self._handover = Handover(managed.folder / "update")
        self._clock = clock
        self._tell = tell
        self._wanted: tuple[UpdateOrder, bytes, Floor] | None = None
        self._lock, self._came = Lock(), Event()

    def begin(self, order: UpdateOrder, payload: bytes, floor: Floor) -> None:
        """Fetch what an order names and hand it over; returns at once. It takes the place of an older one."""
        with self._lock:
            idle, self._wanted = self._wanted is None, (order, payload, floor)
            self._came.set()
        if idle:
            Thread(target=self._run, name="update", daemon=True).start()

    def look(self, health: UpdateHealth | None) -> Updated | None:
        """What the updater says, if it has news of the update that is being installed."""
        if health is None or health.state is not UpdateState.INSTALLING:
            return None
        waits = (
            self._handover.order.exists()
        )  # looked at first: the updater says how it went, then removes it
        outcome = self._handover.outcome()
        if outcome is not None and outcome.version == health.version:
            return Updated(outcome)
        if waits:
            return None
        since = utc(self._clock.now())
        return Updated(replace(health, state=UpdateState.REFUSED, reason=_UNHEARD, since=since))

    def _run(self) -> None:
        while wanted := self._wanted:
            self._came.clear()
            settled = self._fetch(*wanted)
            with self._lock:
                if settled and self._wanted is wanted:
                    self._wanted = None
                    return
            if not settled:
                self._came.wait(_AGAIN_S)

    def _fetch(self, order: UpdateOrder, payload: bytes, floor: Floor) -> bool:
        """Whether there is nothing left to do for an order."""
        now = utc(self._clock.now())
        if order.software == __version__:
            self._tell(Updated(self._health(order, UpdateState.DONE, "it was in use already"), floor))
            return True
        reason = _unwanted(order, now)
        if reason:
            self._tell(Updated(self._health(order, UpdateState.REFUSED, reason), floor))
            return True
        self._tell(Updated(self._health(order, UpdateState.FETCHING)))
        try:
            fetch(self._identity, order, self._handover.bundle(order.sha256), now)
            self._handover.want(payload)
        except TrustError as error:
            self._tell(Updated(self._health(order, UpdateState.REFUSED, str(error)), floor))
        except (PlacewatchError, OSError) as error:  # the link, or the disk: both may be better soon
            self._tell(Updated(self._health(order, UpdateState.FETCHING, str(error))))
            return False
        else:
            self._tell(Updated(self._health(order, UpdateState.INSTALLING), floor))
        return True

    def _health(self, order: UpdateOrder, state: UpdateState, reason: str = "") -> UpdateHealth:
        since = utc(self._clock.now())
        return UpdateHealth(
            version=order.version, software=order.software, state=state, reason=reason[:500], since=since
        )


def _unwanted(order: UpdateOrder, now: datetime) -> str:
    """Why an order is not begun, or empty."""
    if now > order.expires:
        return f"it could not be fetched before {order.expires:%Y-%m-%d %H:%M} UTC"
    try:
        older = Version(order.software) < Version(__version__)
    except InvalidVersion:
        return f"{order.software} is not a version"
    if older and not order.downgrade:
        return f"{order.software} is older than {__version__}, and no downgrade was ordered"
    return ""
