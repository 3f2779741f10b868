"""Cores that do the same in every step, told as scripts: neuron, Poisson and source cores.

A script is a generator. It yields a `Work` or `Course` to have it done, and a function to wait
until that gives true; each time it goes on when the core next decides.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from itertools import islice

from chipemu.parts.contributions import Contributions
from chipemu.parts.core import Core
from chipemu.parts.pieces import Mark
from chipemu.parts.sdram import DmaEngine, Transfer
from chipemu.parts.sending import Sender, Update, marks_of

__all__ = ["Script", "follow", "neuron_script", "poisson_script", "source_script"]


@dataclass(frozen=True, slots=True)
class Work:
    """A piece of work: how long it takes, and what happens at its end."""

    work_ps: int
    at_end: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Course:
    """An update, or the sending of packets: what happens in its course."""

    marks: list[Mark]


Condition = Callable[[], bool]
Script = Generator[Work | Course | Condition, None, None]


def follow(core: Core, script: Script) -> None:
    """Let `core` do what `script` says."""
    is_met: Condition = _always

    def decide() -> None:
        nonlocal is_met
        while is_met():
            is_met = _always
            match next(script):
                case Work(work_ps, at_end):
                    return core.begin(work_ps, at_end)
                case Course(marks):
                    return core.begin_update(marks)
                case condition:
                    is_met = condition
        return None

    core.decide = decide


def neuron_script(
    core: Core,
    dma: DmaEngine,
    contributions: list[Contributions],
    *,
    n_neurons: int,
    plan: Callable[[int], Update],
    sender: Sender,
) -> Script:
    """Tick, contributions, update ("Neuron cores" in `docs/cores.md`)."""
    cycles_ps, costs = core.cycles_ps, core.params.costs
    while True:
        yield from _tick(core, costs.tick)
        asked: list[Transfer] = []
        reads = (_read(core, dma, c, asked) for c in contributions)
        yield from islice(reads, 2)
        for k in range(len(contributions)):
            yield partial(_has_ended, asked[k])
            yield Work(cycles_ps(costs.contribution * n_neurons))
            yield from islice(reads, 1)
        yield from _update(core, plan(core.step), sender)


def poisson_script(
    core: Core, dma: DmaEngine, contributions: Contributions, n_sources: int
) -> Script:
    """Draw for the next step and hand it over ("Poisson cores of ensembles")."""
    costs = core.params.costs
    while True:
        yield from _tick(core, costs.tick + costs.poisson * n_sources)
        asked: list[Transfer] = []
        yield Work(
            core.cycles_ps(costs.write), partial(_hand_over, core, dma, contributions, asked)
        )
        yield partial(_has_ended, asked[0])


def source_script(core: Core, plan: Callable[[int], Update], sender: Sender) -> Script:
    """Tick, then one source after the other ("Spike sources")."""
    while True:
        yield from _tick(core, core.params.costs.tick)
        yield from _update(core, plan(core.step), sender)


def _always() -> bool:
    return True


def _tick(core: Core, n_cycles: int) -> Script:
    """Handle the next tick when it is due."""
    yield core.is_tick_due
    core.begin_step()
    core.count_overrun()
    yield Work(core.cycles_ps(n_cycles))


def _read(core: Core, dma: DmaEngine, contributions: Contributions, asked: list[Transfer]) -> Work:
    """Set up the transfer of a contribution, which joins those `asked` for."""
    return Work(
        core.cycles_ps(core.params.costs.read),
        lambda: asked.append(dma.ask(contributions.n_bytes)),
    )


def _has_ended(transfer: Transfer) -> bool:
    return transfer.has_ended


def _hand_over(
    core: Core, dma: DmaEngine, contributions: Contributions, asked: list[Transfer]
) -> None:
    step = core.step
    transfer = dma.ask(contributions.n_bytes, lambda: core.end_step(step))
    contributions.add(step + 1, transfer)
    asked.append(transfer)


def _update(core: Core, update: Update, sender: Sender) -> Script:
    """Update neurons or sources in order, from the time on that the core is given."""
    core.start_at(update.earliest_ps)
    yield lambda: core.now_ps >= update.earliest_ps
    yield Course(marks_of([update], core, sender))
