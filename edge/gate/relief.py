"""How much the cameras of a box may decode while it has not the time to decode everything.

A box that decodes more than it can falls behind, its cameras' packets are lost, damage keeps cameras awake,
and it falls behind further. So of each keyframe interval the awake cameras decode only a first part, all of
them the same share: nobody goes without looks for longer than the rest of one interval.
"""

from dataclasses import dataclass
from math import inf
from threading import Lock

from placewatch.clock import Clock


@dataclass(frozen=True, slots=True)
class ReliefPolicy:
    """How much may be decoded.

    Attributes:
        first: Whole streams' worth of pictures that are decoded when the box begins; more when these leave it
            time.
        grow_s: One more after so many seconds in which nobody fell behind, until somebody first does ...
        regrow_s: ... and after that.
        behind_s: A camera that has not had to wait for a packet for so long has fallen behind.
        leave: Share of it that is left when somebody has.
        least: However busy the box is, this is not gone below: one camera alone is decoded whole.
        shrink_s: No less is decoded again before so many seconds have passed: relief needs time to show.
    """

    first: float = 4.0
    grow_s: float = 0.5
    regrow_s: float = 5.0
    behind_s: float = 1.5
    leave: float = 0.7
    least: float = 1.0
    shrink_s: float = 3.0


class Relief:
    """Shared by the cameras of a process; each method may be called from any thread.

    Times are those of one steady clock, in seconds.

    Args:
        policy: How it decides.
    """

    def __init__(self, policy: ReliefPolicy | None = None) -> None:
        self._policy = policy or ReliefPolicy()
        self._bears = self._policy.first
        self._awake: dict[str, bool] = {}
        self._grow_s = self._policy.grow_s
        self._changed = inf  # until the first asks
        self._behind = -inf
        self._lock = Lock()

    @property
    def share(self) -> float:
        """Share of each keyframe interval that is decoded of the awake cameras, 0..1."""
        always = sum(self._awake.values())
        others = len(self._awake) - always
        return min(1.0, max(0.0, self._bears - always) / others) if others else 1.0

    def asks(self, camera: str, now: float, busy_s: float, part: float | None) -> bool:
        """Whether a camera that wants to decode everything may: asked with each packet.

        Args:
            camera: Which.
            now: The time.
            busy_s: For how long its thread has not had to wait for a packet.
            part: Share of its keyframe interval that has passed; None for one of which keyframes alone would
                show next to nothing: it always may.
        """
        with self._lock:
            self._changed = min(self._changed, now)
            self._awake[camera] = part is None
            self._judge(now, busy_s)
            share = self.share
            # An interval may turn out longer than those before it: all of it is all.
            if part is None or share >= 1.0 or part < share:
                return True
            self._grow(now)
            return False

    def leaves(self, camera: str) -> None:
        """The camera rests, or its stream has ended: the others may have its part."""
        if camera in self._awake:
            with self._lock:
                self._awake.pop(camera, None)

    def _judge(self, now: float, busy_s: float) -> None:
        policy = self._policy
        if busy_s < policy.behind_s:
            return
        self._behind = now
        if now - self._changed < policy.shrink_s:
            return
        self._bears = max(policy.least, policy.leave * min(self._bears, len(self._awake)))
        self._grow_s = policy.regrow_s
        self._changed = now

    def _grow(self, now: float) -> None:
        if now - max(self._changed, self._behind) >= self._grow_s:
            self._bears += 1.0
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

    def asks(self, part: float | None) -> bool:
        """Whether the camera may decode a packet (see `Relief.asks`)."""
        now = self._clock.monotonic()
        return self._relief.asks(self._camera, now, now - self._waited, part)

    def leaves(self) -> None:
        """The camera rests, or its stream has ended."""
        self._relief.leaves(self._camera)
