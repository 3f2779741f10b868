"""Geometry of a picture of flows: blocks in three columns, and bands between them.

A band is as wide, in pixels, as its energy is in joules times one factor that all share; blocks
are as high as the bands on either side of them.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import NamedTuple

from host.energy.flowgraph import Flows
from host.energy.vocabulary import Kind

__all__ = ["Block", "Layout", "Ribbon", "lay_out"]

HEIGHT = 440.0
"""Pixels of the total."""
WORDS, GAP = 17.0, 4.0
"""Height of the line of words of a block, and what stays free between blocks and such lines."""


class Block(NamedTuple):
    """A rectangle of a column; where it is across is the column's."""

    name: str
    energy_j: Fraction
    top: float
    height: float
    kind: Kind | None = None
    """Of a block of what energy is for."""


class Ribbon(NamedTuple):
    """A band from one column to the next."""

    begin: str
    end: str
    kind: Kind | None
    top: float
    """At its beginning."""
    end_top: float
    height: float


class Layout(NamedTuple):
    """Blocks and bands; `height` is that of the highest column."""

    total: Block
    consumers: tuple[Block, ...]
    kinds: tuple[Block, ...]
    ribbons: tuple[Ribbon, ...]
    height: float


def lay_out(flows: Flows) -> Layout:
    """Place the blocks and bands of `flows`, from (0, 0) down.

    Parameters
    ----------
    flows : Flows
        With a total above 0.
    """
    consumers = _stack([(c.name, c.energy_j) for c in flows.consumers], flows.total_j)
    amounts = [(kind.value, flows.of_kind(kind)) for kind in Kind if flows.of_kind(kind)]
    stacked = _stack(amounts, flows.total_j)
    kinds = tuple(block._replace(kind=Kind(block.name)) for block in stacked)
    height = max(HEIGHT, *(column[-1].top + column[-1].height for column in (consumers, kinds)))
    consumers, kinds = _centred(consumers, height), _centred(kinds, height)
    total = Block("total", flows.total_j, (height - HEIGHT) / 2, HEIGHT)
    ribbons = (*_from_total(total, consumers), *_to_kinds(flows, consumers, kinds))
    return Layout(total, consumers, kinds, ribbons, height)


def _stack(amounts: Sequence[tuple[str, Fraction]], total_j: Fraction) -> tuple[Block, ...]:
    """One block below the other, from 0."""
    heights = [HEIGHT * float(energy_j / total_j) for _, energy_j in amounts]
    beyond = [max(0.0, (WORDS - height) / 2) for height in heights]  # how far words stand out
    steps = [
        height + GAP + above + below
        for height, (above, below) in zip(heights, pairwise(beyond), strict=False)
    ]
    tops = accumulate(steps, initial=0.0)
    return tuple(
        Block(name, energy_j, top, height)
        for (name, energy_j), top, height in zip(amounts, tops, heights, strict=True)
    )


def _centred(blocks: tuple[Block, ...], height: float) -> tuple[Block, ...]:
    free = (height - blocks[-1].top - blocks[-1].height) / 2
    return tuple(block._replace(top=block.top + free) for block in blocks)


def _from_total(total: Block, consumers: Sequence[Block]) -> list[Ribbon]:
    tops = accumulate((block.height for block in consumers), initial=total.top)
    return [
        Ribbon(total.name, block.name, None, top, block.top, block.height)
        for block, top in zip(consumers, tops, strict=False)
    ]


def _to_kinds(flows: Flows, consumers: Sequence[Block], kinds: Sequence[Block]) -> list[Ribbon]:
    ribbons = []
    reached = {block.name: block.top for block in kinds}
    for consumer, block in zip(flows.consumers, consumers, strict=True):
        top = block.top
        for kind, energy_j in consumer.parts_j.items():
            height = HEIGHT * float(energy_j / flows.total_j)
            end_top = reached[kind.value]
            ribbons.append(Ribbon(block.name, kind.value, kind, top, end_top, height))
            top += height
            reached[kind.value] += height
    return ribbons
