"""Which moments of a recording make a clip of a given share of activity. Pure; seconds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, cycle

from scripts.footagesets.scenes import Scene, Span

FADE_S = 0.4
"""Two empty moments of one camera are blended over so long: light drifts between them."""

BEFORE_S, AFTER_S = 0.3, 0.7
"""An excerpt begins and ends with a moment of the empty scene."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the recording.

    Attributes:
        begin: Its first second in the recording.
        end: The second before which it ends.
        backwards: Whether it runs from the end to the beginning (empty scenes only).
        thing: When something is there, seconds of the recording; None in an empty piece.
    """

    begin: float
    end: float
    backwards: bool = False
    thing: Span | None = None

    @property
    def length(self) -> float:
        """Seconds."""
        return self.end - self.begin

    def at(self, offset: float) -> float:
        """The recording's second that is shown ``offset`` seconds into the piece."""
        return self.end - offset if self.backwards else self.begin + offset


def plan(scene: Scene, share: float, length: float) -> list[Piece]:
    """Pieces that last ``length`` seconds, with something there for about ``share`` of them.

    What the recording shows without a break is never cut, so the share is met as well as whole visits allow.

    Args:
        scene: Where from.
        share: 0 to 1.
        length: Seconds.

    Raises:
        ValueError: The scene is never quiet, and the share is below one.
    """
    if share >= 1.0:
        return _trimmed(_endless([Piece(a, b, thing=(a, b)) for a, b in scene.things]), length)
    if not scene.quiet:
        msg = f"{scene.name} is never quiet"
        raise ValueError(msg)
    # One empty moment, to and fro: in another one the mast has turned by a hair, which is something to see.
    first, last = max(scene.quiet, key=lambda span: span[1] - span[0])
    quiet = _endless([Piece(first, last), Piece(first, last, backwards=True)])
    visits = _visits(scene.things, share * length)
    if not visits:
        return _trimmed(quiet, length)
    excerpts = [Piece(a - BEFORE_S, b + AFTER_S, thing=(a, b)) for a, b in visits]
    gap = (length - sum(piece.length for piece in excerpts)) / len(excerpts)
    if gap < 0:
        return _trimmed(iter(excerpts), length)
    pieces: list[Piece] = _trimmed(quiet, gap / 2)
    for number, excerpt in enumerate(excerpts, 1):
        pieces.append(excerpt)
        pieces += _trimmed(quiet, gap if number < len(excerpts) else gap / 2)
    return pieces


def things(pieces: Sequence[Piece]) -> list[Span]:
    """When something is there, seconds of the new clip; what touches is one."""
    spans: list[Span] = []
    for start, piece in _placed(pieces):
        if piece.thing is None:
            continue
        first = start + max(0.0, piece.thing[0] - piece.begin)
        last = start + min(piece.end, piece.thing[1]) - piece.begin
        if spans and first - spans[-1][1] < 0.05:
            spans[-1] = (spans[-1][0], round(last, 3))
        else:
            spans.append((round(first, 3), round(last, 3)))
    return spans


def moved(pieces: Sequence[Piece], opened: float, closed: float | None) -> list[tuple[float, float | None]]:
    """Where an event of the recording is in the new clip: once for each piece that shows its beginning."""
    found: list[tuple[float, float | None]] = []
    for start, piece in _placed(pieces):
        if piece.thing is None or not piece.begin <= opened < piece.end:
            continue
        end = None if closed is None else round(start + min(closed, piece.end) - piece.begin, 3)
        found.append((round(start + opened - piece.begin, 3), end))
    return found


def shown(pieces: Sequence[Piece], time: float) -> tuple[float, float, float]:
    """What a second of the new clip shows.

    Returns:
        Second of the recording, another second that is blended in, and the weight of that, 0 to 1.
    """
    placed = list(_placed(pieces))
    number = max(index for index, (start, _) in enumerate(placed) if start <= time + 1e-6)
    start, piece = placed[number]
    here = piece.at(min(time - start, piece.length - 1e-3))
    left = start + piece.length - time
    after = pieces[(number + 1) % len(pieces)]
    if left >= FADE_S or not (_empty_at_end(piece) and _empty_at_start(after)):
        return here, here, 0.0
    return here, after.at(0.0), 1.0 - left / FADE_S


def _empty_at_end(piece: Piece) -> bool:
    return piece.thing is None or piece.thing[1] + FADE_S <= piece.end


def _empty_at_start(piece: Piece) -> bool:
    return piece.thing is None or piece.thing[0] > piece.begin


def _placed(pieces: Sequence[Piece]) -> Iterator[tuple[float, Piece]]:
    starts = accumulate((piece.length for piece in pieces), initial=0.0)
    return zip(starts, pieces, strict=False)


def _endless(pieces: Sequence[Piece]) -> Iterator[Piece]:
    return cycle(pieces)


def _trimmed(pieces: Iterator[Piece], length: float) -> list[Piece]:
    """As many as ``length`` seconds take, the last one shortened."""
    taken: list[Piece] = []
    left = length
    for piece in pieces:
        if left <= 1e-6:
            break
        if piece.length > left:
            begin, end = (
                (piece.end - left, piece.end) if piece.backwards else (piece.begin, piece.begin + left)
            )
            taken.append(Piece(begin, end, piece.backwards, piece.thing))
            break
        taken.append(piece)
        left -= piece.length
    return taken


def _visits(spans: Sequence[Span], wanted: float) -> list[Span]:
    """Visits in the order of the recording, from the beginning that comes nearest to ``wanted`` seconds."""
    best: list[Span] = []
    for start in range(len(spans)):
        taken: list[Span] = []
        for span in cycle([*spans[start:], *spans[:start]]):
            if abs(_total([*taken, span]) - wanted) >= abs(_total(taken) - wanted):
                break
            taken.append(span)
        if abs(_total(taken) - wanted) < abs(_total(best) - wanted):
            best = taken
    return best


def _total(spans: Sequence[Span]) -> float:
    return sum(end - begin for begin, end in spans)
