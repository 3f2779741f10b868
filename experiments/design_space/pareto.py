"""Which points no other one beats in both respects."""

from collections.abc import Sequence

__all__ = ["pareto_front"]


def pareto_front(points: Sequence[tuple[float, float]]) -> tuple[int, ...]:
    """Indices of the points that no other one beats, by the first coordinate, then the second.

    One point beats another if neither of its coordinates is larger and one is smaller. Points that
    are alike do not beat each other.

    Parameters
    ----------
    points : sequence of (float, float)
        Of both, less is better.

    Examples
    --------
    >>> pareto_front([(1.0, 3.0), (2.0, 1.0), (2.0, 2.0), (3.0, 1.0)])
    (0, 1)
    """
    front: list[int] = []
    for index in sorted(range(len(points)), key=lambda i: points[i]):
        last = points[front[-1]] if front else (0.0, float("inf"))
        if points[index][1] < last[1] or points[index] == last:
            front.append(index)
    return tuple(front)
