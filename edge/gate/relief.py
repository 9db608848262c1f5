"""Which cameras may decode everything while the box has not the time to do so for all that want to.

A box that decodes more than it can falls behind, its cameras' packets are lost, damage keeps cameras awake,
and it falls behind further. So some cameras are looked at by keyframes alone for a while: these are always
seen. The places of those that decode everything go round, so that all are served alike.
"""

from dataclasses import dataclass
from math import inf
from threading import Lock

from placewatch.clock import Clock


@dataclass(frozen=True, slots=True)
class ReliefPolicy:
    """How many may, and for how long.

    Attributes:
        first: Cameras that decode everything when the box begins; more when these leave it time.
        grow_s: One more after so many seconds in which nobody fell behind, until somebody first does ...
        regrow_s: ... and after that.
        behind_s: A camera that has not had to wait for a packet for so long has fallen behind.
        leave: Share of the places that is left when somebody has.
        shrink_s: No further place is taken before so many seconds have passed: relief needs time to show.
        turn_s: Whoever decodes everything for longer gives its place to one that waits.
    """

    first: int = 4
    grow_s: float = 0.5
    regrow_s: float = 5.0
    behind_s: float = 1.5
    leave: float = 0.7
    shrink_s: float = 3.0
    turn_s: float = 10.0


class Relief:
    """Shared by the cameras of a process; each method may be called from any thread.

    Times are those of one steady clock, in seconds.

    Args:
        policy: How it decides.
    """

    def __init__(self, policy: ReliefPolicy | None = None) -> None:
        self._policy = policy or ReliefPolicy()
        self._places = self._policy.first
        self._following: dict[str, float] = {}
        self._waiting: dict[str, float] = {}
        self._grow_s = self._policy.grow_s
        self._changed = inf  # until the first asks
        self._behind = -inf
        self._lock = Lock()

    @property
    def places(self) -> int:
        """How many cameras may decode everything now."""
        return self._places

    def asks(self, camera: str, now: float, busy_s: float, *, must: bool = False) -> bool:
        """Whether a camera that wants to decode everything may: asked with each packet.

        Args:
            camera: Which.
            now: The time.
            busy_s: For how long its thread has not had to wait for a packet.
            must: Keyframes alone would show next to nothing of it: it takes a place, and never gives it up.
        """
        with self._lock:
            self._changed = min(self._changed, now)
            if must:
                self._waiting.pop(camera, None)
                self._following[camera] = inf
            if camera in self._following:
                self._judge(now, busy_s)
                if self._stays(camera, now):
                    return True
                del self._following[camera]
                self._waiting[camera] = now
                return False
            self._waiting.setdefault(camera, now)
            self._grow(now)
            if len(self._following) >= self._places or not self._next(camera):
                return False
            del self._waiting[camera]
            self._following[camera] = now
            return True

    def leaves(self, camera: str) -> None:
        """The camera rests, or its stream has ended: others may have its place."""
        if camera in self._following or camera in self._waiting:
            with self._lock:
                self._following.pop(camera, None)
                self._waiting.pop(camera, None)

    def _judge(self, now: float, busy_s: float) -> None:
        policy = self._policy
        if busy_s < policy.behind_s:
            return
        self._behind = now
        if now - self._changed < policy.shrink_s:
            return
        self._places = max(1, int(policy.leave * len(self._following)))
        self._grow_s = policy.regrow_s
        self._changed = now

    def _stays(self, camera: str, now: float) -> bool:
        """The longest served go first, where there are too many or somebody waits."""
        ahead = sum(since < self._following[camera] for since in self._following.values())
        if ahead < len(self._following) - self._places:
            return False
        return not self._waiting or now - self._following[camera] < self._policy.turn_s

    def _next(self, camera: str) -> bool:
        free = self._places - len(self._following)
        return sum(since < self._waiting[camera] for since in self._waiting.values()) < free

    def _grow(self, now: float) -> None:
        if len(self._following) >= self._places and now - max(self._changed, self._behind) >= self._grow_s:
            self._places += 1
            self._changed = now


class Place:
    """One camera's standing there. Used on the camera's thread.

    Args:
        relief: Shared by all.
        camera: Which.
        clock: Time.
    """

    def __init__(self, relief: Relief, camera: str, clock: Clock) -> None:
        self._relief = relief
        self._camera = camera
        self._clock = clock
        self._waited = clock.monotonic()

    def waited(self, now: float) -> None:
        """The thread had to wait for a packet: it is not behind."""
        self._waited = now

    def asks(self, *, must: bool) -> bool:
        """Whether the camera may decode everything (see `Relief.asks`)."""
        now = self._clock.monotonic()
        return self._relief.asks(self._camera, now, now - self._waited, must=must)

    def leaves(self) -> None:
        """The camera rests, or its stream has ended."""
        self._relief.leaves(self._camera)
