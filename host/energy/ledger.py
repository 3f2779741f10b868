"""The ledger: counts times prices, line by line, exactly.

All sums are of rational numbers, so that lines add up to their totals, phases to the run, and the
parts of a run to the whole, to the last digit. Rounding comes when something is printed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from host.energy.counts import ActionCount, Deadline, RunActions
from host.energy.table import ACTIONS, EnergyTable, Price
from host.energy.vocabulary import Kind, Per, Phase

__all__ = [
    "Band",
    "Ledger",
    "Line",
    "energy_summary",
    "is_idle",
    "is_measured",
    "price",
    "total_j",
]

PS_PER_S = 10**12


class Band(NamedTuple):
    """A quantity with all prices low, nominal, and high."""

    low: Fraction = Fraction(0)
    nominal: Fraction = Fraction(0)
    high: Fraction = Fraction(0)

    def __add__(self, other: object) -> "Band":
        """Sum, level by level."""
        if not isinstance(other, Band):
            return NotImplemented
        return Band(*(a + b for a, b in zip(self, other, strict=True)))

    def scaled(self, factor: Fraction) -> "Band":
        """Product, level by level."""
        return Band(*(level * factor for level in self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a ledger.

    Attributes
    ----------
    phase : Phase
    action : str
        Entry of the table.
    what : str
        Which ones.
    amount : Fraction
        In units of `per`.
    per : Per
        What `price` is for.
    kind : Kind
    price : Price
    energy_j : Band
    """

    phase: Phase
    action: str
    what: str
    amount: Fraction
    per: Per
    kind: Kind
    price: Price
    energy_j: Band

    @property
    def label(self) -> str:
        """Name for people."""
        return (
            f"{ACTIONS[self.action].label}, {self.what}"
            if self.what
            else ACTIONS[self.action].label
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What a run costs.

    Attributes
    ----------
    lines : tuple of Line
        By phase, then in the order of the table.
    wall_s : mapping of Phase to Fraction
    slowdown, load, n_boards_on, synaptic_events, deadline, is_reckoned
        As of `RunActions`.
    """

    lines: tuple[Line, ...]
    wall_s: dict[Phase, Fraction]
    slowdown: float
    load: float
    n_boards_on: int
    synaptic_events: int
    deadline: Deadline
    is_reckoned: bool

    def total_j(self, choose: Callable[[Line], bool] = lambda _: True) -> Band:
        """Sum of the lines that `choose` chooses; by default, of all."""
        return total_j(line for line in self.lines if choose(line))

    def e_syn_j(self, choose: Callable[[Line], bool] = lambda _: True) -> Band | None:
        """Energy per synaptic event: of what `is_measured` and `choose` chooses; None: no events.

        Published figures are of the machine, without the host, while the network runs and after
        the warm-up (Senk et al. 2026, Neuromorph. Comput. Eng. 6:012001).
        """
        if not self.synaptic_events:
            return None
        energy_j = self.total_j(lambda line: is_measured(line) and choose(line))
        return energy_j.scaled(Fraction(1, self.synaptic_events))


def is_measured(line: Line) -> bool:
    """Whether a line counts for the energy per synaptic event."""
    return line.phase is Phase.RUNNING and line.action != "host"


def is_idle(line: Line) -> bool:
    """Whether a line is for standing or waiting, not for work."""
    return line.kind is not Kind.WORK


def total_j(lines: Iterable[Line]) -> Band:
    """Sum of the energies of `lines`."""
    return sum((line.energy_j for line in lines), start=Band())


def price(actions: RunActions, table: EnergyTable) -> Ledger:
    """Price what a run did.

    Parameters
    ----------
    actions : RunActions
    table : EnergyTable

    Returns
    -------
    Ledger
    """
    order = {name: place for place, name in enumerate(ACTIONS)}
    lines = [
        _line(phase.phase, count, actions.cycle_ps, table)
        for phase in actions.phases
        for count in phase.counts
        if count.n
    ]
    phases = {phase: place for place, phase in enumerate(Phase)}
    return Ledger(
        lines=tuple(sorted(lines, key=lambda line: (phases[line.phase], order[line.action]))),
        wall_s={phase.phase: Fraction(phase.wall_ps, PS_PER_S) for phase in actions.phases},
        slowdown=actions.slowdown,
        load=actions.load,
        n_boards_on=actions.n_boards_on,
        synaptic_events=actions.synaptic_events,
        deadline=actions.deadline,
        is_reckoned=actions.is_reckoned,
    )


def _line(phase: Phase, count: ActionCount, cycle_ps: int, table: EnergyTable) -> Line:
    name = count.action
    if name == "core":  # that waits
        name = "core_poll_cycle" if count.what in table.polling_roles else "core_asleep"
    action, entry = ACTIONS[name], getattr(table, name)
    unit = {Per.SECOND: PS_PER_S, Per.CYCLE: cycle_ps}.get(action.per, 1)
    amount = Fraction(count.n, unit)
    return Line(
        phase=phase,
        action=name,
        what=count.what,
        amount=amount,
        per=action.per,
        kind=action.kind,
        price=entry,
        energy_j=Band(*(amount * entry.exact(level) for level in Band._fields)),
    )


def energy_summary(ledger: Ledger) -> dict[str, Any]:
    """Short account of a ledger, ready for JSON.

    Returns
    -------
    dict
        ``e_syn_uj`` with ``e_syn_low_uj`` and ``e_syn_high_uj``, and ``e_syn_idle_uj``, its part
        for standing and waiting (None without synaptic events); of the time that counts
        ``parts_j`` by action, ``total_j``, ``mean_power_w`` and ``wall_s``; ``phases_j`` of all
        phases, host included; ``slowdown``, ``load``, ``n_boards_on``, ``synaptic_events``,
        ``deadline``, ``is_reckoned``.
    """
    e_syn, idle = ledger.e_syn_j(), ledger.e_syn_j(is_idle)
    running = ledger.total_j(is_measured).nominal
    wall_s = ledger.wall_s[Phase.RUNNING]
    measured = [line for line in ledger.lines if is_measured(line)]

    def of_phase(phase: Phase) -> Band:
        return total_j(line for line in ledger.lines if line.phase is phase)

    parts = {
        name: float(total_j(line for line in measured if line.action == name).nominal)
        for name in ACTIONS
        if any(line.action == name for line in measured)
    }
    return {
        "e_syn_uj": _micro(e_syn and e_syn.nominal),
        "e_syn_low_uj": _micro(e_syn and e_syn.low),
        "e_syn_high_uj": _micro(e_syn and e_syn.high),
        "e_syn_idle_uj": _micro(idle and idle.nominal),
        "parts_j": parts,
        "total_j": float(running),
        "mean_power_w": float(running / wall_s),
        "wall_s": float(wall_s),
        "phases_j": {phase.value: float(of_phase(phase).nominal) for phase in ledger.wall_s},
        "slowdown": ledger.slowdown,
        "load": ledger.load,
        "n_boards_on": ledger.n_boards_on,
        "synaptic_events": ledger.synaptic_events,
        "deadline": ledger.deadline,
        "is_reckoned": ledger.is_reckoned,
    }


def _micro(energy_j: Fraction | None) -> float | None:
    return None if energy_j is None else float(energy_j * 10**6)
