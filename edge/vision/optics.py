"""What is wrong with a camera's optics and mounting, from its pictures: covered, dark, defocused, moved.

The camera's usual picture is learned, and follows what happens slowly: dusk, snow, a new poster. What counts
is what changes at once and stays. Things that pass, however large, do not stay; light, however sudden, leaves
edges where they are.
"""

from dataclasses import dataclass, field
from math import exp
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.vision.comparison import LEAST_BLOCKS, Comparison, compare
from edge.vision.holding import Holding
from edge.vision.keepsake import Keepsake, is_other_view, keepsake_of
from edge.vision.shift import Shift
from edge.vision.structure import GRID, Structure, likeness
from messages import Fault

_GAP_S: Final = 1.6
_RECENT_S: Final = 1.0
_FOLLOW_S: Final = 180.0
_BLIND_S: Final = 15.0
_DARK: Final = 40.0
_DARKER: Final = 0.5
_STILL: Final = 0.5
_SAME_VIEW: Final = 0.6
_WELL: Final = 0.4
_HALF: Final = 0.5
_BARE: Final = 0.25
_TRUST_S: Final = 60.0
_ALIKE: Final = 0.3
_NEW_TRUST: Final = 0.76
_GONE: Final = 0.9
_FADED: Final = 0.6
"""Share of a block's structure, against the light of the whole, at which its sun or shadow is going ..."""
_RELIT_S: Final = 30.0
"""... and is gone this soon; till then it tells nothing of what hides the view ..."""
_FOLLOW_LIGHT_S: Final = 4.0
"""... and the reference forgets it about this fast."""
_RENEW_S: Final = 600.0
"""What is remembered for a worker to come is renewed this often ..."""
_KEPT_S: Final = 6 * 3600.0
"""... and is of use this long."""
_NIGHT_S: Final = 14 * 3600.0
"""A place that showed something before may lie in the dark for a night, with a lamp passing now and then."""


@dataclass(frozen=True, slots=True)
class OpticsPolicy:
    """What counts as a fault.

    Attributes:
        hold_s: Seconds that a fault must last.
        replaced_s: Seconds after which a wholly other view counts as moved, not as something that passes.
        gone_s: Likewise where it is never still.
        learn_s: Seconds of pictures that make the reference.
        accept_s: A new view that stayed so long is the new reference.
        blank_s: A camera that never showed any structure is reported after this.
        presets: Views that the camera may show (a PTZ's presets).
        covered: Share of the picture's textured blocks that must be hidden.
        sharpness: Share of the reference's sharpness below which the picture is defocused.
        shift: Fraction of the picture's width by which the view must have shifted.
    """

    hold_s: float = 4.0
    replaced_s: float = 7.0
    gone_s: float = 8.0
    learn_s: float = 8.0
    accept_s: float = 600.0
    blank_s: float = 60.0
    presets: int = 1
    covered: float = 0.6
    sharpness: float = 0.4
    shift: float = 0.015


@dataclass(slots=True)
class _Suspicions:
    covered: Holding = field(default_factory=lambda: Holding(_GAP_S))
    defocused: Holding = field(default_factory=lambda: Holding(_GAP_S))
    shifted: Holding = field(default_factory=lambda: Holding(_GAP_S))
    replaced: Holding = field(default_factory=lambda: Holding(_GAP_S))
    gone: Holding = field(default_factory=lambda: Holding(_GAP_S))
    blank: Holding = field(default_factory=lambda: Holding(_GAP_S))

    def clear(self) -> None:
        for each in (self.covered, self.defocused, self.shifted, self.replaced, self.gone, self.blank):
            each.clear()

    @property
    def any(self) -> bool:
        all_but_blank = (self.covered, self.defocused, self.shifted, self.replaced, self.gone)
        return any(each.since is not None for each in all_but_blank)


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault that has lasted.

    Attributes:
        fault: What it is.
        since: Unix seconds.
    """

    fault: Fault
    since: float


class Optics:
    """One camera's usual views, and what it shows now.

    Args:
        policy: What counts.
    """

    def __init__(self, policy: OpticsPolicy) -> None:
        self._policy = policy
        self._looked: float | None = None
        self._saw = False
        self._kept: Keepsake | None = None
        self._before: Keepsake | None = None
        self._strange: Finding | None = None
        self._forget()

    def _forget(self) -> None:
        self._views: list[Structure] = []
        self._learning: Structure | None = None
        self._learned = 0
        self._began = 0.0
        self._recent: Structure | None = None
        self._suspicions = _Suspicions()
        self._shift: Shift | None = None
        self._standing: Finding | None = None
        self._faded = np.full((GRID[1], GRID[0]), -np.inf)

    @property
    def knows(self) -> bool:
        """Whether there is a reference to compare with."""
        return bool(self._views)

    @property
    def keepsake(self) -> Keepsake | None:
        """What a worker to come should remember of the view; no picture."""
        return self._kept

    def remember(self, kept: Keepsake | None) -> None:
        """Go on from what an earlier worker remembered, before the first look."""
        self._kept = self._before = kept

    def observe(
        self, now: Structure, time: float, *, filled: bool, visible: NDArray[np.bool_] | None = None
    ) -> Finding | None:
        """One look.

        Args:
            now: The picture's structure.
            time: Its capture time, Unix seconds.
            filled: Something known (a bus) fills most of the picture: a strange view is then no fault.
            visible: 6 x 8 bool, blocks that no known thing hides; all when None.
        """
        seen = np.ones_like(now.coarse, np.bool_) if visible is None else visible
        seconds = 0.0 if self._looked is None else time - self._looked
        if not 0.0 <= seconds <= _BLIND_S:
            self._suspicions.clear()
            self._recent = self._learning = None
            seconds = 0.0
        if self._recent is not None and self._recent.field.shape != now.field.shape:
            self._forget()
        self._looked = time
        found = (
            self._judge(now, time, seconds, seen, filled=filled)
            if self._views
            else self._learn(now, time, seen)
        )
        share = 1.0 - exp(-seconds / _RECENT_S)
        self._recent = now if self._recent is None else self._recent.blended(now, share)
        return found

    def _learn(self, now: Structure, time: float, seen: NDArray[np.bool_]) -> Finding | None:
        blank = self._suspicions.blank
        structured = np.count_nonzero(now.textured) >= LEAST_BLOCKS
        blank.note(time, holds=not structured)
        if not structured:
            self._learning = None
            dark = self._saw and now.brightness < _DARK
            lasted = blank.lasted(time, _NIGHT_S if dark else self._blank_s(time))
            return Finding(_hidden(now.brightness, 0.0), blank.since or time) if lasted else None
        if self._learning is None:
            self._learning = now.trusting(seen, 1.0, np.ones_like(seen))
            self._learned, self._began = 1, time
            return None
        self._learned += 1
        # What a thing hides for a while only, or a beam shows, is known by its coming and going.
        alike = (likeness(self._learning.field, now.field) >= _ALIKE) & seen
        learning = self._learning.blended(now, 1.0 / self._learned)
        self._learning = learning.trusting(alike, 1.0 / self._learned, np.ones_like(seen))
        if time - self._began >= self._policy.learn_s and self._learned >= 3:
            self._views.insert(0, self._learning.trusted_at_most(_NEW_TRUST))
            self._learning, self._saw = None, True
            self._suspicions.clear()
            self._meet_again(self._began, time)
        return None

    def _judge(
        self, now: Structure, time: float, seconds: float, seen: NDArray[np.bool_], *, filled: bool
    ) -> Finding | None:
        if self._strange is not None:
            return self._still_strange(self._strange, now, time)
        relit = self._relit(time, seen)
        comparison = self._against_views(now, seen & ~relit)
        if comparison is None and np.count_nonzero(self._views[0].textured) >= LEAST_BLOCKS:
            return self._standing  # what is known of the view is hidden by things that are known
        if comparison is None:
            # A view without structure (a starless night) is no measure: learn anew when there is some.
            del self._views[0]
            return None
        self._note_fading(comparison, now, time)
        if self._standing is None and relit.any():
            share = 1.0 - exp(-seconds / _FOLLOW_LIGHT_S)
            self._views[0] = self._views[0].blended_where(now, share, relit)
        self._suspect(comparison, now, time, filled=filled)
        if self._standing is None and not self._suspicions.any:
            self._keep(time)
            view = self._views[0].following(now, 1.0 - exp(-seconds / _FOLLOW_S))
            self._views[0] = view.trusting(comparison.by_block, 1.0 - exp(-seconds / _TRUST_S), seen)
            return None
        return self._accepted(self._stand(comparison, self._worst(comparison, time)), time)

    def _meet_again(self, began: float, time: float) -> None:
        """A worker that began anew has learned a view: is it the one that the worker before it knew?"""
        before, self._before = self._before, None
        if before is None or not 0.0 <= time - before.time <= _KEPT_S:
            return
        if is_other_view(before, self._views[0]):
            self._strange = Finding(Fault.MOVED, began)

    def _blank_s(self, time: float) -> float:
        """How long nothing may be seen: less where an earlier worker has just seen a view."""
        recent = (
            self._before is not None and 0.0 <= time - self._before.time <= _RENEW_S + self._policy.blank_s
        )
        return self._policy.hold_s if recent else self._policy.blank_s

    def _still_strange(self, strange: Finding, now: Structure, time: float) -> Finding | None:
        """Another view than before the worker began stands until the old one is back, or is the view."""
        known = self._kept is not None and not is_other_view(self._kept, now)
        if known:
            del self._views[0]  # it was learned from the strange one
        if known or not 0.0 <= time - strange.since < self._policy.accept_s:
            self._strange = None
            return None
        return strange

    def _keep(self, time: float) -> None:
        """Renew what is remembered, now that the view is well."""
        if self._kept is None or not 0.0 <= time - self._kept.time < _RENEW_S:
            self._kept = keepsake_of(self._views[0], time) or self._kept

    def _note_fading(self, seen: Comparison, now: Structure, time: float) -> None:
        """Patches of sun, and shadows, that fade where they lie: whatever hides the view takes it at once."""
        light = max(seen.brightness, 0.1) ** 2  # structure is squared
        kept = now.coarse / np.maximum(self._views[0].coarse * light, 1e-3)
        self._faded[seen.by_block & (kept < _FADED)] = time

    def _relit(self, time: float, seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which blocks faded of late, as long as there are others to know the view by."""
        relit = np.abs(time - self._faded) <= _RELIT_S
        others = self._views[0].textured & seen & ~relit
        return np.asarray(relit & (np.count_nonzero(others) >= LEAST_BLOCKS), np.bool_)

    def _stand(self, seen: Comparison, found: Finding | None) -> Finding | None:
        """A fault that was found stands, whatever passes through the picture, until the old view is back."""
        policy, standing = self._policy, self._standing
        well = (
            seen.alike >= _WELL
            and seen.lost < _HALF
            and seen.sharpness >= min(1.25 * policy.sharpness, 1.0)
            and (seen.shift is None or seen.shift.size < policy.shift)
        )
        if well:
            self._standing = None
        elif found is not None:
            same = standing is not None and standing.fault is found.fault
            self._standing = standing if same else found
        return self._standing

    def _against_views(self, now: Structure, seen: NDArray[np.bool_]) -> Comparison | None:
        """The comparison with the present view, or with another known one that is shown instead."""
        comparison = compare(self._views[0], now, seen)
        if comparison is None or comparison.lost < _HALF:
            return comparison
        for index, view in enumerate(self._views[1:], 1):
            other = compare(view, now, seen)
            if other is not None and other.alike >= _SAME_VIEW:
                self._views.insert(0, self._views.pop(index))
                return other
        return comparison

    def _suspect(self, seen: Comparison, now: Structure, time: float, *, filled: bool) -> None:
        policy, suspect = self._policy, self._suspicions
        hidden = seen.empty >= policy.covered and seen.structure < _HALF
        hidden |= seen.lost >= policy.covered and seen.structure < _BARE
        # What passes close by, a bus, may be as plain as a cover, but its edges move.
        bare = int(np.count_nonzero(now.textured)) < LEAST_BLOCKS
        hidden = hidden and (bare or self._still(now))
        suspect.covered.note(time, holds=hidden)
        elsewhere = seen.shift is not None and seen.shift.size >= policy.shift
        shift = self._steady(seen.shift)
        soft = seen.sharpness < policy.sharpness and not hidden and not filled
        suspect.shifted.note(time, holds=shift and not hidden)
        suspect.defocused.note(time, holds=soft and not shift and seen.lost < policy.covered)
        strange = (seen.lost >= policy.covered or elsewhere) and not hidden
        suspect.replaced.note(time, holds=strange and not filled and self._still(now))
        # Traffic may never let another view be still; but all of the old one gone for long is no traffic. A
        # car that hides the new view for a moment does not bring the old one back.
        suspect.gone.note(time, holds=seen.lost >= _GONE and not bare and not filled)

    def _steady(self, shift: Shift | None) -> bool:
        """Whether the view lies where it lay at the last look, and elsewhere than the reference."""
        before, self._shift = self._shift, shift
        if shift is None or shift.size < self._policy.shift:
            return False
        return before is not None and shift.near(before, self._policy.shift / 2)

    def _still(self, now: Structure) -> bool:
        """Whether the picture shows what it showed just before."""
        if self._recent is None or not now.textured.any():
            return False
        alike = likeness(self._recent.field, now.field)
        return float(np.median(alike[now.textured])) >= _STILL

    def _worst(self, seen: Comparison, time: float) -> Finding | None:
        policy, suspect = self._policy, self._suspicions
        hidden = _hidden(self._views[0].brightness * seen.brightness, seen.brightness)
        table = (
            (suspect.covered, policy.hold_s, hidden),
            (suspect.shifted, policy.hold_s, Fault.MOVED),
            (suspect.defocused, policy.hold_s, Fault.DEFOCUSED),
            (suspect.replaced, policy.replaced_s, Fault.MOVED),
            (suspect.gone, policy.gone_s, Fault.MOVED),
        )
        for holding, hold_s, fault in table:
            if holding.since is not None and holding.lasted(time, hold_s):
                return Finding(fault, holding.since)
        return None

    def _accepted(self, finding: Finding | None, time: float) -> Finding | None:
        """A view that stays is in the end the view; a PTZ's free presets are taken at once."""
        if finding is None or finding.fault is not Fault.MOVED:
            return finding
        free = len(self._views) < self._policy.presets
        if self._recent is None or not (free or time - finding.since >= self._policy.accept_s):
            return finding
        self._views.insert(0, self._recent)
        del self._views[self._policy.presets :]
        self._suspicions.clear()
        self._standing = None
        return None


def _hidden(brightness: float, against: float) -> Fault:
    return Fault.DARK if brightness < _DARK and against < _DARKER else Fault.COVERED
