"""Where labels go: beside what they name, over nothing, with a line to it if it is not near.

A label is tried at several distances and directions, near ones first, until it lies within the
frame and over no mark, no other label and no line; if there is no such place, where it is over
least. Simple, and always the same.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple, cast

__all__ = ["Box", "Label", "Placed", "place_labels"]

DISTANCES = (13.0, 19.0, 28.0, 40.0, 55.0, 75.0, 100.0, 130.0, 170.0, 220.0, 280.0)
DIRECTIONS = 24
ATTEMPTS, ATTEMPTS_IF_FREE = 24, 6
"""How often labels are placed, at most, and if they are over nothing."""
OUTSIDE, ON_LABEL, ON_MARK, ON_LINE, LINE_OVER = 100, 6, 4, 2, 1
"""How bad it is to leave the frame, to lie on another label, mark or line, and to have a line that
crosses one of these."""
LEADER_FROM = 18.0
"""Distance (pixels) from which a line leads to the mark."""
FREE = 3.0
"""Pixels that stay free around a label."""


class Box(NamedTuple):
    """A rectangle, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        """Whether both have an inner point in common."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def within(self, other: "Box") -> bool:
        """Whether it lies in `other`."""
        return (
            other.left <= self.left
            and self.right <= other.right
            and other.top <= self.top
            and self.bottom <= other.bottom
        )

    def grown(self, by: float) -> "Box":
        """Rectangle with `by` more on each side."""
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def crossed(self, x0: float, y0: float, x1: float, y1: float) -> bool:
        """Whether the line between two points has one inside (Liang & Barsky 1984)."""
        first, last = 0.0, 1.0
        sides = (
            (x0 - x1, x0 - self.left),
            (x1 - x0, self.right - x0),
            (y0 - y1, y0 - self.top),
            (y1 - y0, self.bottom - y0),
        )
        for step, room in sides:
            if step == 0.0:
                if room <= 0.0:
                    return False
                continue
            at = room / step
            first, last = (max(first, at), last) if step < 0 else (first, min(last, at))
        return first < last


class Label(NamedTuple):
    """What is to be placed: its size, and the point that it names."""

    x: float
    y: float
    width: float
    height: float


class Placed(NamedTuple):
    """Rectangle of a label, and the line to what it names: none if that is near."""

    box: Box
    leader: tuple[float, float, float, float] | None


def place_labels(
    labels: Sequence[Label], obstacles: Sequence[Box], frame: Box
) -> tuple[Placed, ...]:
    """Place labels.

    They are placed one after the other, several times: the worse the places that a label found,
    the sooner its turn comes (Joslin & Clements 1999, J. Artif. Intell. Res. 10:353, "squeaky
    wheel"). The best of these attempts counts.

    Parameters
    ----------
    labels : sequence of Label
    obstacles : sequence of Box
        What labels must not cover: marks and the like.
    frame : Box

    Returns
    -------
    tuple of Placed
        In the order of `labels`.
    """
    places = [_candidates(label, obstacles, frame) for label in labels]
    blame = [0.0] * len(labels)
    best: dict[int, _Found] = {}
    for attempt in range(ATTEMPTS):
        found: dict[int, _Found] = {}
        for i in sorted(range(len(labels)), key=lambda i: -blame[i]):
            found[i] = _best_place(places[i], [place for _, _, place in found.values()])
            blame[i] += 100.0 * found[i].faults + found[i].distance
        if not best or _badness(found) < _badness(best):
            best = found
        if attempt >= ATTEMPTS_IF_FREE and not _badness(best)[0]:
            break
    return tuple(best[i].place for i in range(len(labels)))


class _Found(NamedTuple):
    """A place, how much it is over, and how far it is from what it names."""

    faults: int
    distance: float
    place: Placed


def _badness(found: dict[int, _Found]) -> tuple[int, float]:
    return sum(f.faults for f in found.values()), sum(f.distance**2 for f in found.values())


def _candidates(label: Label, obstacles: Sequence[Box], frame: Box) -> list[_Found]:
    """All places of a label, near ones first, and what is wrong with each whatever others do."""
    others = [box for box in obstacles if not _has(box, label)]
    found = []
    for distance, place in _places(label):
        grown = place.box.grown(FREE)
        faults = 0 if place.box.within(frame) else OUTSIDE
        faults += ON_MARK * sum(grown.meets(box) for box in obstacles)
        if place.leader is not None:
            faults += LINE_OVER * sum(box.crossed(*place.leader) for box in others)
        found.append(_Found(faults, distance, place))
    return found


def _best_place(candidates: Sequence[_Found], placed: Sequence[Placed]) -> _Found:
    """First of the places with least faults, those due to labels placed before included."""
    best: _Found | None = None
    for candidate in candidates:
        faults = candidate.faults
        if best is not None and faults >= best.faults:
            continue
        for fault in _faults(candidate.place, placed):
            faults += fault
            if best is not None and faults >= best.faults:
                break
        else:
            best = candidate._replace(faults=faults)
            if not faults:
                break
    return cast("_Found", best)  # there always are places


def _places(label: Label) -> Iterator[tuple[float, Placed]]:
    for distance in DISTANCES:
        for turn in _turns():
            across, down = math.cos(turn), math.sin(turn)
            # the label touches the circle of this distance with its nearest point
            x = label.x + distance * across + label.width / 2 * _side(across)
            y = label.y + distance * down + label.height / 2 * _side(down)
            half = (label.width / 2, label.height / 2)
            box = Box(x - half[0], y - half[1], x + half[0], y + half[1])
            leader = _leader(label, box) if distance >= LEADER_FROM else None
            yield distance, Placed(box, leader)


def _turns() -> list[float]:
    """Directions, those near the horizontal first: right, left, and so on."""
    turns = [2 * math.pi * k / DIRECTIONS for k in range(DIRECTIONS)]
    return sorted(turns, key=lambda turn: (round(abs(math.sin(turn)), 6), turn))


def _side(part: float) -> float:
    """From -1 to 1: on which side of the direction the label's middle lies."""
    return max(-1.0, min(1.0, 2.5 * part))


def _leader(label: Label, box: Box) -> tuple[float, float, float, float]:
    x = min(max(label.x, box.left), box.right)
    y = min(max(label.y, box.top), box.bottom)
    return label.x, label.y, x, y


def _faults(place: Placed, placed: Sequence[Placed]) -> Iterator[int]:
    """What of other labels a place is over, fault by fault."""
    grown = place.box.grown(FREE)
    yield from (ON_LABEL for other in placed if grown.meets(other.box))
    lines = [other.leader for other in placed if other.leader]
    yield from (ON_LINE for line in lines if grown.crossed(*line))
    if place.leader:
        yield from (LINE_OVER for other in placed if other.box.crossed(*place.leader))
        yield from (LINE_OVER for line in lines if _cross(place.leader, line))


def _has(box: Box, label: Label) -> bool:
    return box.left <= label.x <= box.right and box.top <= label.y <= box.bottom


def _cross(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> bool:
    """Whether two lines cross."""

    def side(line: tuple[float, float, float, float], x: float, y: float) -> float:
        x0, y0, x1, y1 = line
        return (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)

    apart = side(one, *other[:2]) * side(one, *other[2:]) < 0
    return apart and side(other, *one[:2]) * side(other, *one[2:]) < 0
