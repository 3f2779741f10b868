"""The kernels of placers in readable Python, by the same names and parameters."""

import itertools
from collections import deque
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fixedpoint.random.reference import philox4x32, uniform_below
from mapping.place.kernels import MOST_EXCHANGED

__all__ = ["anneal", "fill_densely", "hops_between", "keep_in_step", "next_fit"]

Longs = NDArray[np.int64]
Ints = NDArray[np.int32]
Floats = NDArray[np.float64]


def next_fit(free_cores: Longs, most_sdram: int, cores: Longs, sdram: Longs) -> Longs:
    """Fill chips in turn: a group that does not fit opens the next chip.

    Parameters
    ----------
    free_cores : ndarray of int64, shape (n_chips,)
        Of each chip, in the order in which they are filled.
    most_sdram : int
        SDRAM (bytes) of each chip.
    cores, sdram : ndarray of int64, shape (n_groups,)
        Needs of each group, in the order in which they are placed.

    Returns
    -------
    ndarray of int64, shape (n_groups,)
        Position of the chip of each group; -1 for those that found none.
    """
    position = np.full(len(cores), -1, np.int64)
    chips = iter(enumerate(free_cores.tolist()))
    at, room, memory = -1, 0, 0
    for group, (need, bytes_) in enumerate(zip(cores.tolist(), sdram.tolist(), strict=True)):
        while at < 0 or need > room or bytes_ > memory:
            at, room = next(chips, (-1, 0))
            memory = most_sdram
            if at < 0:
                return position
        room, memory = room - need, memory - bytes_
        position[group] = at
    return position


def fill_densely(
    free_cores: Longs,
    most_sdram: int,
    sizes: Longs,
    worth: Longs,
    indptr: Longs,
    stream: Longs,
    sdram: Longs,
) -> Longs:
    """Fill each chip with the combination of groups that is worth most.

    Of combinations worth the same, one with most cores is taken, then one with most groups of the
    size that has most cores left to place, then one with most groups of the largest size, of the
    second largest, and so on. If its groups need too much SDRAM, the chip is filled one by one
    instead, with the first groups in the order that are next of their size and fit.

    Parameters
    ----------
    free_cores : ndarray of int64, shape (n_chips,)
        Of each chip, at most 255, in the order in which they are filled.
    most_sdram : int
        SDRAM (bytes) of each chip.
    sizes : ndarray of int64, shape (n_sizes,)
        Different numbers of cores of groups, ascending, at least 1.
    worth : ndarray of int64, shape (n_sizes,)
        Worth of a group of each size; that of a full chip must be below 2**43.
    indptr : ndarray of int64, shape (n_sizes + 1,)
    stream : ndarray of int64, shape (n_groups,)
        Groups ``stream[indptr[s]:indptr[s + 1]]`` have size s, ascending.
    sdram : ndarray of int64, shape (n_groups,)
        Need of each group.

    Returns
    -------
    ndarray of int64, shape (n_groups,)
        Position of the chip of each group; -1 for those that found none.
    """
    position = np.full(len(stream), -1, np.int64)
    queues = [deque(stream[a:b].tolist()) for a, b in itertools.pairwise(indptr.tolist())]
    for at, room in enumerate(free_cores.tolist()):
        counts = _best_counts(room, sizes.tolist(), worth.tolist(), [len(q) for q in queues])
        groups = [
            group
            for queue, n in zip(queues, counts, strict=True)
            for group in itertools.islice(queue, n)
        ]
        if sum(int(sdram[group]) for group in groups) > most_sdram:
            groups = _one_by_one(room, most_sdram, sizes.tolist(), queues, sdram)
        for queue in queues:
            while queue and queue[0] in groups:
                position[queue.popleft()] = at
    return position


def _best_counts(room: int, sizes: list[int], worth: list[int], left: list[int]) -> list[int]:
    remaining = [n * size for n, size in zip(left, sizes, strict=True)]
    lead = remaining.index(max(remaining))

    def merit(counts: tuple[int, ...]) -> tuple[int, int, int, tuple[int, ...]]:
        value = sum(n * w for n, w in zip(counts, worth, strict=True))
        cores = sum(n * size for n, size in zip(counts, sizes, strict=True))
        return value, cores, counts[lead], counts[::-1]

    choices: Iterator[tuple[int, ...]] = itertools.product(
        *(range(min(n, room // size) + 1) for n, size in zip(left, sizes, strict=True))
    )
    fitting = (
        c for c in choices if sum(n * size for n, size in zip(c, sizes, strict=True)) <= room
    )
    best: tuple[int, ...] = max(fitting, key=merit)
    return list(best)


def _one_by_one(
    room: int, memory: int, sizes: list[int], queues: list[deque[int]], sdram: Longs
) -> list[int]:
    groups: list[int] = []
    size_of = {group: size for size, queue in zip(sizes, queues, strict=True) for group in queue}
    heads = [list(queue) for queue in queues]
    while True:
        fitting = [
            head[0]
            for head in heads
            if head and size_of[head[0]] <= room and sdram[head[0]] <= memory
        ]
        if not fitting:
            return groups
        group = min(fitting)
        heads[sizes.index(size_of[group])].pop(0)
        groups.append(group)
        room, memory = room - size_of[group], memory - int(sdram[group])


def keep_in_step(
    free_cores: Longs,
    most_sdram: int,
    room: Longs,
    counts: Longs,
    number: Longs,
    indptr: Longs,
    stream: Longs,
    sdram: Longs,
) -> Longs:
    """Fill chips with given combinations such that groups of all sizes keep the common order.

    Of the combinations for chips like this one, the one is due whose groups come first in the
    order on average; the first of these on a tie. One that needs too much SDRAM here must wait.

    Parameters
    ----------
    free_cores : ndarray of int64, shape (n_chips,)
    most_sdram : int
        SDRAM (bytes) of each chip.
    room : ndarray of int64, shape (n_kinds,)
        Free cores of the chips that each combination is for.
    counts : ndarray of int64, shape (n_kinds, n_sizes)
        Groups of each size in each combination, at least one in all.
    number : ndarray of int64, shape (n_kinds,)
        How often each is to be used; all together they have the groups of `stream`, at most.
    indptr, stream, sdram
        As of `fill_densely`.

    Returns
    -------
    ndarray of int64, shape (n_groups,)
        Position of the chip of each group; -1 for those that found none.
    """
    position = np.full(len(stream), -1, np.int64)
    queues = [deque(stream[a:b].tolist()) for a, b in itertools.pairwise(indptr.tolist())]
    left = number.tolist()
    for at, free in enumerate(free_cores.tolist()):
        due = []
        for kind in range(len(room)):
            heads = zip(queues, counts[kind].tolist(), strict=True)
            groups = [group for queue, n in heads for group in itertools.islice(queue, n)]
            is_small = sum(int(sdram[group]) for group in groups) <= most_sdram
            if left[kind] and room[kind] == free and is_small:
                due.append((Fraction(sum(groups), len(groups)), kind, groups))
        if due:
            _, kind, groups = min(due)
            left[kind] -= 1
            position[groups] = at
            for queue, n in zip(queues, counts[kind].tolist(), strict=True):
                for _ in range(n):
                    queue.popleft()
    return position


def hops_between(neighbours: Ints, chips: Longs) -> Ints:
    """Count the fewest links between chips.

    Parameters
    ----------
    neighbours : ndarray of int32, shape (n_all_chips, 6)
        Chip over each link of each chip, -1 without a living link.
    chips : ndarray of int64, shape (n_chips,)

    Returns
    -------
    ndarray of int32, shape (n_chips, n_chips)
        Links from chip to chip, -1 where there is no way.
    """
    hops = np.full((len(chips), len(chips)), -1, np.int32)
    for start, chip in enumerate(chips.tolist()):
        distance = {chip: 0}
        queue = deque([chip])
        while queue:
            here = queue.popleft()
            for there in neighbours[here].tolist():
                if there >= 0 and there not in distance:
                    distance[there] = distance[here] + 1
                    queue.append(there)
        hops[start] = [distance.get(end, -1) for end in chips.tolist()]
    return hops


def anneal(
    cores: Longs,
    sdram: Longs,
    twin: Longs,
    pair_indptr: Longs,
    pair_twin: Longs,
    pair_weight: Longs,
    only_group: Longs,
    field_row: Longs,
    table: Ints,
    row: Longs,
    column: Longs,
    xy: Ints,
    place_at: Ints,
    wrap: bool,
    threshold: Floats,
    place: Longs,
    slot: Longs,
    seated: Longs,
    n_seated: Longs,
    free_cores: Longs,
    free_sdram: Longs,
    field: Ints,
    seed: int,
    first_move: int,
    n_moves: int,
    window: int,
    temperature: float,
) -> tuple[int, int, int, float]:
    """Try moves of groups, and take those that lower the cost, or by chance others.

    Move number m draws the four words of ``philox4x32(m, m >> 32, 0, 0, seed, seed >> 32)``: a
    group; another chip, among those in a square around its own, or all if the square is as wide as
    the machine; one of that chip's groups to swap with, or none; and chance. If the other chip is
    empty, or the two groups do not fit, the chips exchange all their groups, at most
    `MOST_EXCHANGED`, each chip's last group first. Swaps of twins are left out, and moves without
    room.

    Parameters
    ----------
    cores, sdram : ndarray of int64, shape (n_groups,)
        Needs of each group.
    twin : ndarray of int64, shape (n_groups,)
        Set of twins to which each belongs (`mapping.place.traffic`).
    pair_indptr : ndarray of int64, shape (n_twins + 1,)
    pair_twin, pair_weight : ndarray of int64, shape (n_pairs,)
        Sets of twins with which each has traffic, ascending, and the weight of each pair of their
        groups. Weights are the same in both directions, and a set of one group has none with
        itself.
    only_group : ndarray of int64, shape (n_twins,)
        A group of each set of twins.
    field_row : ndarray of int64, shape (n_twins,)
        Row of `field` of each set of several twins, -1 for sets of one.
    table : ndarray of int32, shape (n_entries,)
    row, column : ndarray of int64, shape (n_chips,)
        From chip i to chip j it is ``table[row[i] + column[j]]`` links; the same back.
    xy : ndarray of int32, shape (n_chips, 2)
        Position of each chip that may be used.
    place_at : ndarray of int32, shape (width, height)
        Chip at each position, -1 if there is none.
    wrap : bool
        Whether opposite sides of the machine are joined.
    threshold : ndarray of float64, shape (n_thresholds,)
        A move is taken if its cost is below the temperature times one of these, drawn at random.
    place : ndarray of int64, shape (n_groups,)
        Chip of each group, changed in place; so are the following.
    slot : ndarray of int64, shape (n_groups,)
        Index of each group on its chip.
    seated : ndarray of int64, shape (n_chips, n_slots)
        Groups on each chip; what is beyond their number has no meaning.
    n_seated : ndarray of int64, shape (n_chips,)
    free_cores, free_sdram : ndarray of int64, shape (n_chips,)
        What the groups leave of each chip.
    field : ndarray of int32, shape (n_rows, n_chips)
        Sum of the links from each chip to all groups of a set of twins.
    seed : int
    first_move, n_moves : int
    window : int
        Half the side of the square.
    temperature : float

    Returns
    -------
    n_tried, n_taken : int
    change : int
        Of the cost: of the sum over pairs of groups of their weight times the links between them.
    spread : float
        Sum of the sizes of the changes of all moves tried.
    """
    weight = {
        (a, int(b)): int(w)
        for a in range(len(only_group))
        for b, w in zip(
            pair_twin[pair_indptr[a] : pair_indptr[a + 1]],
            pair_weight[pair_indptr[a] : pair_indptr[a + 1]],
            strict=True,
        )
    }

    def cost(where: Longs) -> int:
        return sum(
            weight.get((int(twin[g]), int(twin[h])), 0)
            * int(table[row[where[g]] + column[where[h]]])
            for g, h in itertools.combinations(range(len(where)), 2)
        )

    n_tried, n_taken, total, spread = 0, 0, 0, 0.0
    for move in range(first_move, first_move + n_moves):
        words = philox4x32(move, move >> 32, 0, 0, seed, seed >> 32)
        group = uniform_below(words[0], len(cores))
        here = int(place[group])
        there = _find_place(words[1], xy[here].tolist(), window, len(xy), place_at, wrap)
        if there in {-1, here}:
            continue
        moves = {group: there}
        pick = uniform_below(words[2], int(n_seated[there]) + 1)
        if pick < n_seated[there]:
            moves[int(seated[there, pick])] = here
            if len({int(twin[g]) for g in moves}) == 1:
                continue

        def has_room(moves: dict[int, int], chips: tuple[int, int] = (here, there)) -> bool:
            return all(
                need[_moved(place, moves) == chip].sum() - need[place == chip].sum() <= free[chip]
                for need, free in ((cores, free_cores), (sdram, free_sdram))
                for chip in chips
            )

        if not n_seated[there] or (len(moves) == 2 and not has_room(moves)):
            moves = {
                one: end
                for start, end in ((here, there), (there, here))
                for one in reversed(seated[start, : n_seated[start]].tolist())
            }
            if len(moves) > MOST_EXCHANGED:
                continue
        if not has_room(moves):
            continue
        after = _moved(place, moves)
        n_tried += 1
        change = cost(after) - cost(place)
        spread += float(abs(change))
        if change > 0 and float(change) >= temperature * threshold[words[3] % len(threshold)]:
            continue
        n_taken += 1
        total += change
        for chip in (here, there):
            free_cores[chip] += cores[place == chip].sum() - cores[after == chip].sum()
            free_sdram[chip] += sdram[place == chip].sum() - sdram[after == chip].sum()
        _seat_anew(moves, place, slot, seated, n_seated)
        for one, f in enumerate(field_row.tolist()):
            if f >= 0:
                ends = column[place[twin == one]]
                field[f] = [table[row[chip] + ends].sum() for chip in range(len(xy))]
    return n_tried, n_taken, total, spread


def _find_place(
    word: int, xy: list[int], window: int, n_chips: int, place_at: Ints, wrap: bool
) -> int:
    side = 2 * window + 1
    if side >= max(place_at.shape):
        return uniform_below(word, n_chips)
    step_x, step_y = divmod(uniform_below(word, side * side), side)
    at = xy[0] + step_x - window, xy[1] + step_y - window
    if wrap:
        return int(place_at[at[0] % place_at.shape[0], at[1] % place_at.shape[1]])
    if not all(0 <= c < size for c, size in zip(at, place_at.shape, strict=True)):
        return -1
    return int(place_at[at])


def _moved(place: Longs, moves: dict[int, int]) -> Longs:
    after = place.copy()
    after[list(moves)] = list(moves.values())
    return after


def _seat_anew(
    moves: dict[int, int], place: Longs, slot: Longs, seated: Longs, n_seated: Longs
) -> None:
    """Bring groups to their new chips; the last of a chip takes the slot of one that goes."""
    for group, there in moves.items():
        here = int(place[group])
        groups = seated[here, : n_seated[here]].tolist()
        groups[slot[group]] = groups[-1]
        groups.pop()
        n_seated[here] -= 1
        seated[here, : n_seated[here]] = groups
        slot[groups] = np.arange(len(groups))
        seated[there, n_seated[there]] = group
        slot[group] = n_seated[there]
        n_seated[there] += 1
        place[group] = there
