"""Where the energy of a phase goes: from the whole, over what draws it, to what for."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

from host.energy.ledger import Ledger, Line, is_measured, total_j
from host.energy.vocabulary import Kind, Phase

__all__ = ["Consumer", "Flows", "flows_of"]

THINNEST = Fraction(1, 100)
"""Share of the total below which consumers are drawn as one."""
NAMES = {
    "chip": "chips",
    "sdram": "SDRAM",
    "board": "boards",
    "fpga": "FPGAs",
    "frame_place": "frames",
    "frame_place_active": "frames",
    "box": "box",
    "host": "host",
    "core_asleep": "cores",
    "core_cycle": "cores",
    "core_poll_cycle": "cores",
    "router_bit": "routers",
    "link_bit": "links",
    "board_link_bit": "links between boards",
    "sdram_byte": "SDRAM",
    "synaptic_event": "synaptic events",
    "neuron_update": "neuron updates",
}
"""What each action is drawn as a part of."""
TOLD_APART = {"chips", "cores"}
"""Of these, "in use" and "unused" or the roles are drawn apart."""


class Consumer(NamedTuple):
    """Something that draws energy."""

    name: str
    parts_j: Mapping[Kind, Fraction]
    """Energy by what it is for (J); none is 0."""
    lines: tuple[Line, ...]
    """Of the ledger, that it stands for."""

    @property
    def energy_j(self) -> Fraction:
        """All that it draws (J)."""
        return sum(self.parts_j.values(), start=Fraction(0))


class Flows(NamedTuple):
    """Consumers, which add up to `total_j` exactly."""

    total_j: Fraction
    consumers: tuple[Consumer, ...]
    n_free: int
    """Lines without energy, which have no width."""
    host_j: Fraction
    """What is not counted as the machine's."""

    def of_kind(self, kind: Kind) -> Fraction:
        """All energy that is for `kind` (J)."""
        return sum((c.parts_j.get(kind, Fraction(0)) for c in self.consumers), start=Fraction(0))


def flows_of(ledger: Ledger, thinnest: Fraction = THINNEST) -> Flows:
    """Flows of the phase *running*, at nominal prices.

    Parameters
    ----------
    ledger : Ledger
    thinnest : Fraction
        Consumers of less than this share are joined to one, if there are several.

    Returns
    -------
    Flows
        Consumers by what most of their energy is for, then the largest first, what is joined last.
    """
    running = [line for line in ledger.lines if line.phase is Phase.RUNNING]
    measured = [line for line in running if is_measured(line)]
    drawn = [line for line in measured if line.energy_j.nominal]
    total = total_j(drawn).nominal
    grouped: dict[str, list[Line]] = {}
    for line in drawn:
        grouped.setdefault(_name(line), []).append(line)
    consumers = [_consumer(name, lines) for name, lines in grouped.items()]
    thin = [c for c in consumers if c.energy_j < thinnest * total]
    if len(thin) < 2:
        thin = []
    thick = sorted((c for c in consumers if c not in thin), key=_order)
    joined = [line for consumer in thin for line in consumer.lines]
    other = [_consumer(f"other ({len(joined)} lines)", joined)] if joined else []
    return Flows(
        total_j=total,
        consumers=(*thick, *other),
        n_free=len(measured) - len(drawn),
        host_j=total_j(running).nominal - total,
    )


def _name(line: Line) -> str:
    name = NAMES[line.action]
    if name not in TOLD_APART or not line.what:
        return name
    return f"{line.what} cores" if name == "cores" else f"{name} {line.what}"


def _consumer(name: str, lines: Iterable[Line]) -> Consumer:
    found = tuple(lines)
    parts = {kind: total_j(k for k in found if k.kind is kind).nominal for kind in Kind}
    return Consumer(name, {kind: part for kind, part in parts.items() if part}, found)


def _order(consumer: Consumer) -> tuple[int, Fraction]:
    parts = consumer.parts_j
    most = max(parts, key=lambda kind: parts[kind])
    return list(Kind).index(most), -consumer.energy_j
