"""Compiled inner loops of placers; the readable forms are in `mapping.place.reference`."""

import numpy as np
from numpy.typing import NDArray

from fixedpoint.jit import kernel
from fixedpoint.random.kernels import philox4x32, uniform_below

__all__ = ["anneal", "fill_densely", "hops_between", "keep_in_step", "next_fit"]

MOST_EXCHANGED = 32
"""Most groups on two chips that exchange all of theirs."""

Longs = NDArray[np.int64]
Ints = NDArray[np.int32]
Floats = NDArray[np.float64]


@kernel
def next_fit(free_cores: Longs, most_sdram: int, cores: Longs, sdram: Longs) -> Longs:
    """Fill chips in turn; parameters as in `mapping.place.reference`."""
    position = np.full(cores.size, -1, np.int64)
    at, used_cores, used_sdram = 0, 0, 0
    for group in range(cores.size):
        while at < free_cores.size and (
            used_cores + cores[group] > free_cores[at] or used_sdram + sdram[group] > most_sdram
        ):
            at, used_cores, used_sdram = at + 1, 0, 0
        if at == free_cores.size:
            break
        used_cores += cores[group]
        used_sdram += sdram[group]
        position[group] = at
    return position


@kernel
def _choose(room: int, sizes: Longs, worth: Longs, left: Longs, lead: int, counts: Longs) -> None:
    """Find how many groups of each size are worth most in `room` cores."""
    best = np.zeros(room + 1, np.int64)
    take = np.zeros((sizes.size, room + 1), np.int64)
    for size in range(sizes.size):
        # most worth, then most cores, then most of size `lead`; a chip has at most 255 cores
        value = (worth[size] << 20) + (sizes[size] << 10) + (size == lead)
        for cores in range(room, -1, -1):  # downwards: less room still without this size
            most = min(left[size], cores // sizes[size])
            found, number = best[cores], 0
            for n in range(1, most + 1):
                total = best[cores - n * sizes[size]] + n * value
                if total >= found:
                    found, number = total, n
            best[cores] = found
            take[size, cores] = number
    cores = room
    for size in range(sizes.size - 1, -1, -1):
        counts[size] = take[size, cores]
        cores -= counts[size] * sizes[size]


@kernel
def _fill_one_by_one(
    at: int, free_cores: int, most_sdram: int, sizes: Longs, indptr: Longs, stream: Longs,
    sdram: Longs, head: Longs, position: Longs,
) -> None:  # fmt: skip
    """Give a chip the first groups in the order that are next of their size and fit."""
    used_sdram = 0
    while True:
        chosen = -1
        for size in range(sizes.size):
            if head[size] < indptr[size + 1] and sizes[size] <= free_cores:
                group = stream[head[size]]
                if used_sdram + sdram[group] <= most_sdram and (
                    chosen < 0 or group < stream[head[chosen]]
                ):
                    chosen = size
        if chosen < 0:
            return
        group = stream[head[chosen]]
        position[group] = at
        free_cores -= sizes[chosen]
        used_sdram += sdram[group]
        head[chosen] += 1


@kernel
def fill_densely(
    free_cores: Longs,
    most_sdram: int,
    sizes: Longs,
    worth: Longs,
    indptr: Longs,
    stream: Longs,
    sdram: Longs,
) -> Longs:
    """Fill chips with the best combinations; parameters as in `mapping.place.reference`."""
    n_sizes = sizes.size
    position = np.full(stream.size, -1, np.int64)
    head = indptr[:-1].copy()
    left, counts = np.zeros(n_sizes, np.int64), np.zeros(n_sizes, np.int64)
    most_cores = free_cores.max() if free_cores.size else 0
    # the last choice for each room and leading size, and what was left when it was made
    chosen = np.zeros((most_cores + 1, n_sizes, n_sizes), np.int64)
    chosen_left = np.full((most_cores + 1, n_sizes, n_sizes), -1, np.int64)
    for at in range(free_cores.size):
        room = free_cores[at]
        lead = -1
        for size in range(n_sizes):
            remaining = (indptr[size + 1] - head[size]) * sizes[size]
            if lead < 0 or remaining > (indptr[lead + 1] - head[lead]) * sizes[lead]:
                lead = size
        if head[lead] == indptr[lead + 1]:
            break
        is_known = True
        for size in range(n_sizes):
            left[size] = min(indptr[size + 1] - head[size], room // sizes[size])
            is_known = is_known and left[size] == chosen_left[room, lead, size]
        if not is_known:
            _choose(room, sizes, worth, left, lead, counts)
            chosen[room, lead] = counts
            chosen_left[room, lead] = left
        used_sdram = 0
        for size in range(n_sizes):
            for n in range(chosen[room, lead, size]):
                used_sdram += sdram[stream[head[size] + n]]
        if used_sdram > most_sdram:
            _fill_one_by_one(at, room, most_sdram, sizes, indptr, stream, sdram, head, position)
            continue
        for size in range(n_sizes):
            for _ in range(chosen[room, lead, size]):
                position[stream[head[size]]] = at
                head[size] += 1
    return position


@kernel
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
    """Give each chip the combination that is due; parameters as in `mapping.place.reference`."""
    position = np.full(stream.size, -1, np.int64)
    head, left = indptr[:-1].copy(), number.copy()
    rank_before = np.zeros(stream.size + 1, np.int64)
    sdram_before = np.zeros(stream.size + 1, np.int64)
    for at in range(stream.size):
        rank_before[at + 1] = rank_before[at] + stream[at]
        sdram_before[at + 1] = sdram_before[at] + sdram[stream[at]]
    for at in range(free_cores.size):
        best, best_rank, best_n = -1, 0, 1
        for kind in range(room.size):
            if left[kind] == 0 or room[kind] != free_cores[at]:
                continue
            rank, memory, n = 0, 0, 0
            for size in range(head.size):
                first, stop = head[size], head[size] + counts[kind, size]
                rank += rank_before[stop] - rank_before[first]
                memory += sdram_before[stop] - sdram_before[first]
                n += stop - first
            if memory <= most_sdram and (best < 0 or rank * best_n < best_rank * n):
                best, best_rank, best_n = kind, rank, n
        if best < 0:
            continue
        left[best] -= 1
        for size in range(head.size):
            for _ in range(counts[best, size]):
                position[stream[head[size]]] = at
                head[size] += 1
    return position


@kernel
def hops_between(neighbours: Ints, chips: Longs) -> Ints:
    """Count links between chips; parameters as in `mapping.place.reference`."""
    n_chips = neighbours.shape[0]
    hops = np.full((chips.size, chips.size), -1, np.int32)
    distance = np.zeros(n_chips, np.int32)
    queue = np.zeros(n_chips, np.int64)
    for start in range(chips.size):
        distance[:] = -1
        distance[chips[start]] = 0
        queue[0] = chips[start]
        first, stop = 0, 1
        while first < stop:
            chip = queue[first]
            first += 1
            for link in range(neighbours.shape[1]):
                other = neighbours[chip, link]
                if other >= 0 and distance[other] < 0:
                    distance[other] = distance[chip] + 1
                    queue[stop] = other
                    stop += 1
        for end in range(chips.size):
            hops[start, end] = distance[chips[end]]
    return hops


@kernel
def _change(
    group: int, here: int, there: int,
    twin: Longs, pair_indptr: Longs, pair_twin: Longs, pair_weight: Longs,
    place: Longs, only_group: Longs, field_row: Longs, field: Ints,
    table: Ints, row: Longs, column: Longs,
) -> int:  # fmt: skip
    """Change of cost if `group` moves and nothing else does."""
    change = 0
    own = twin[group]
    for at in range(pair_indptr[own], pair_indptr[own + 1]):
        other = pair_twin[at]
        f = field_row[other]
        if f >= 0:
            difference = int(field[f, there]) - int(field[f, here])
            if other == own:
                difference -= int(table[row[there] + column[here]])  # to itself before the move
        else:
            seat = column[place[only_group[other]]]
            difference = int(table[row[there] + seat]) - int(table[row[here] + seat])
        change += pair_weight[at] * difference
    return change


@kernel
def _weight(one: int, other: int, pair_indptr: Longs, pair_twin: Longs, pair_weight: Longs) -> int:
    """Weight between two sets of twins, which come in ascending order in each row."""
    low, high = pair_indptr[one], pair_indptr[one + 1]
    while low < high:
        middle = (low + high) // 2
        if pair_twin[middle] < other:
            low = middle + 1
        else:
            high = middle
    if low < pair_indptr[one + 1] and pair_twin[low] == other:
        return pair_weight[low]
    return 0


@kernel
def _update_field(
    own: int, here: int, there: int, field_row: Longs, field: Ints,
    table: Ints, row: Longs, column: Longs,
) -> None:  # fmt: skip
    """Take the move of a group to another place into the sum of distances to its twins."""
    f = field_row[own]
    if f >= 0:
        for seat in range(field.shape[1]):
            field[f, seat] += table[row[there] + column[seat]] - table[row[here] + column[seat]]


@kernel
def _find_place(word: int, here: int, window: int, xy: Ints, place_at: Ints, wrap: bool) -> int:
    """A random place, at most `window` columns and rows away; -1 if there is none."""
    width, height = place_at.shape
    if 2 * window + 1 >= max(width, height):
        return uniform_below(word, xy.shape[0])
    side = 2 * window + 1
    number = uniform_below(word, side * side)
    x = xy[here, 0] + number // side - window
    y = xy[here, 1] + number % side - window
    if wrap:
        return place_at[x % width, y % height]
    if x < 0 or x >= width or y < 0 or y >= height:
        return -1
    return place_at[x, y]


@kernel
def _change_of_chips(
    here: int, there: int, seated: Longs, n_seated: Longs,
    twin: Longs, pair_indptr: Longs, pair_twin: Longs, pair_weight: Longs,
    place: Longs, only_group: Longs, field_row: Longs, field: Ints,
    table: Ints, row: Longs, column: Longs,
) -> int:  # fmt: skip
    """Change of cost if two chips exchange all their groups."""
    change = 0
    n_here = n_seated[here]
    n = n_here + n_seated[there]
    apart = 2 * int(table[row[here] + column[there]])
    for one in range(n):
        is_here = one < n_here
        group = seated[here, one] if is_here else seated[there, one - n_here]
        start, end = (here, there) if is_here else (there, here)
        change += _change(
            group, start, end, twin, pair_indptr, pair_twin, pair_weight,
            place, only_group, field_row, field, table, row, column,
        )  # fmt: skip
        for before in range(one):  # they stay together, or as far apart as they were
            is_mate = (before < n_here) == is_here
            mate = seated[here, before] if before < n_here else seated[there, before - n_here]
            weight = _weight(twin[group], twin[mate], pair_indptr, pair_twin, pair_weight)
            change += -weight * apart if is_mate else weight * apart
    return change


@kernel
def _seat(
    group: int, there: int, cores: Longs, sdram: Longs, place: Longs, slot: Longs,
    seated: Longs, n_seated: Longs, free_cores: Longs, free_sdram: Longs,
) -> None:  # fmt: skip
    """Take a group off its chip, whose last group takes its slot, and put it last on another."""
    here = place[group]
    n_seated[here] -= 1
    last = seated[here, n_seated[here]]
    seated[here, slot[group]] = last
    slot[last] = slot[group]
    free_cores[here] += cores[group]
    free_sdram[here] += sdram[group]
    seated[there, n_seated[there]] = group
    slot[group] = n_seated[there]
    n_seated[there] += 1
    free_cores[there] -= cores[group]
    free_sdram[there] -= sdram[group]
    place[group] = there


@kernel
def _has_room(
    here: int, there: int, cores: int, sdram: int, free_cores: Longs, free_sdram: Longs
) -> bool:
    """Whether so much more can go from one chip to another, or so much less."""
    return (
        cores <= free_cores[there]
        and sdram <= free_sdram[there]
        and -cores <= free_cores[here]
        and -sdram <= free_sdram[here]
    )


@kernel
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
    """Try moves of groups; parameters as in `mapping.place.reference`."""
    n_tried, n_taken, total, spread = 0, 0, 0, 0.0
    for move in range(first_move, first_move + n_moves):
        word0, word1, word2, word3 = philox4x32(move, move >> 32, 0, 0, seed, seed >> 32)
        group = uniform_below(word0, cores.size)
        here = place[group]
        there = _find_place(word1, here, window, xy, place_at, wrap)
        if there < 0 or there == here:
            continue
        other = -1
        more_cores, more_sdram = cores[group], sdram[group]
        pick = uniform_below(word2, n_seated[there] + 1)
        if pick < n_seated[there]:
            other = seated[there, pick]
            more_cores -= cores[other]
            more_sdram -= sdram[other]
            if twin[other] == twin[group]:
                continue
        all_groups = n_seated[there] == 0 or (
            other >= 0
            and not _has_room(here, there, more_cores, more_sdram, free_cores, free_sdram)
        )
        if all_groups:
            if n_seated[here] + n_seated[there] > MOST_EXCHANGED:
                continue
            more_cores, more_sdram = 0, 0
            for at in range(n_seated[here]):
                more_cores += cores[seated[here, at]]
                more_sdram += sdram[seated[here, at]]
            for at in range(n_seated[there]):
                more_cores -= cores[seated[there, at]]
                more_sdram -= sdram[seated[there, at]]
        if not _has_room(here, there, more_cores, more_sdram, free_cores, free_sdram):
            continue
        n_tried += 1
        if all_groups:
            change = _change_of_chips(
                here, there, seated, n_seated, twin, pair_indptr, pair_twin, pair_weight,
                place, only_group, field_row, field, table, row, column,
            )  # fmt: skip
        else:
            change = _change(
                group, here, there, twin, pair_indptr, pair_twin, pair_weight,
                place, only_group, field_row, field, table, row, column,
            )  # fmt: skip
            if other >= 0:
                change += _change(
                    other, there, here, twin, pair_indptr, pair_twin, pair_weight,
                    place, only_group, field_row, field, table, row, column,
                )  # fmt: skip
                weight = _weight(twin[group], twin[other], pair_indptr, pair_twin, pair_weight)
                change += 2 * weight * int(table[row[here] + column[there]])  # as far as before
        spread += float(abs(change))
        if change > 0 and float(change) >= temperature * threshold[word3 % threshold.size]:
            continue
        n_taken += 1
        total += change
        n_here = n_seated[here] if all_groups else 1
        n_there = n_seated[there] if all_groups else int(other >= 0)
        for at in range(n_here - 1, -1, -1):
            one = seated[here, at] if all_groups else group
            _seat(one, there, cores, sdram, place, slot, seated, n_seated, free_cores, free_sdram)
            _update_field(twin[one], here, there, field_row, field, table, row, column)
        for at in range(n_there - 1, -1, -1):
            one = seated[there, at] if all_groups else other
            _seat(one, here, cores, sdram, place, slot, seated, n_seated, free_cores, free_sdram)
            _update_field(twin[one], there, here, field_row, field, table, row, column)
    return n_tried, n_taken, total, spread
