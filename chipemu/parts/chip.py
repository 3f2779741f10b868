"""A chip: its cores, made by their roles, and its CLOCK ("Order" in `docs/cores.md`)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from chipemu.deployment import Deployment
from chipemu.image import MachineImage
from chipemu.parts.clock import Clock
from chipemu.parts.combined import CombinedCore
from chipemu.parts.contributions import Contributions
from chipemu.parts.core import Core
from chipemu.parts.delay import DelayCore
from chipemu.parts.network import Network
from chipemu.parts.receiving import Receiver
from chipemu.parts.rows import Rows
from chipemu.parts.scripts import follow, neuron_script, poisson_script, source_script
from chipemu.parts.sdram import Controller, DmaEngine, measured_transfers_ps
from chipemu.parts.sending import Launch, Sender, Update, planned
from chipemu.parts.synapse import SynapseCore
from chipemu.roles import COMBINED, DELAY, NEURON, POISSON, SOURCE, SYNAPSE
from router.packets import CORES_PER_CHIP
from router.parts.agenda import Agenda

__all__ = ["Chip", "World"]


@dataclass(frozen=True, slots=True)
class World:
    """What all cores of a run share."""

    image: MachineImage
    deployment: Deployment
    network: Network
    rows: Rows
    agenda: Agenda
    launch: Launch


@dataclass(slots=True)
class _Slice:
    """The neurons of one core, and what other cores of the chip hand over to them."""

    lo: int
    hi: int
    contributions: list[Contributions] = field(default_factory=list)


class Chip:
    """The cores of a chip.

    Parameters
    ----------
    number : int
    clock : Clock
    world : World

    Attributes
    ----------
    cores : dict of int to Core
        By the row of `MachineImage.cores`; those of one chip by processor.
    unprocessed : list of callable
        Each tells how many packets a core has not processed.
    """

    def __init__(self, number: int, clock: Clock, world: World) -> None:
        self.clock = clock
        self.cores: dict[int, Core] = {}
        self.unprocessed: list[Callable[[], int]] = []
        self._world = world
        self._controller = Controller(world.deployment.params)
        self._slices: dict[int, _Slice] = {}
        table = world.image.cores
        here = [row for row in range(len(table.role)) if table.chip[row] == number]
        for row in sorted(here, key=lambda row: int(table.processor[row])):
            place = CORES_PER_CHIP * number + int(table.processor[row])
            self.cores[row] = Core(place, clock, world.deployment.params, world.agenda)
        self._find_slices()
        for row in self.cores:
            self._make(row)

    def tick(self, step: int) -> None:
        """CLOCK: settle the inputs of all neurons of the chip, and wake its cores."""
        for part in self._slices.values():
            self._world.network.draw_direct(part.lo, part.hi, step)
            lost = {c.buffer for c in part.contributions if c.is_lost(step)}
            self._world.network.update(part.lo, part.hi, step, lost)
        for core in self.cores.values():
            core.wake()

    def _make(self, row: int) -> None:
        """Let a core do what its role says."""
        role = self._role(row)
        if role == COMBINED:
            self._make_combined(row)
        elif role == NEURON:
            self._make_neuron(row)
        elif role == SYNAPSE:
            self._make_synapse(row)
        elif role == POISSON:
            self._make_poisson(row)
        elif role == SOURCE:
            self._make_source(row)
        elif role == DELAY:
            self._make_delay(row)

    def _role(self, row: int) -> int:
        """Role of a core; Poisson sources that serve no slice send packets as others do."""
        role = int(self._world.image.cores.role[row])
        return SOURCE if role == POISSON and self._slice_of(row) < 0 else role

    def _range(self, row: int) -> tuple[int, int]:
        """Neurons or sources that a core holds."""
        table = self._world.image.cores
        return int(table.lo[row]), int(table.hi[row])

    def _slice_of(self, row: int) -> int:
        return int(self._world.deployment.core_slice[row])

    def _find_slices(self) -> None:
        table, deployment = self._world.image.cores, self._world.deployment
        for row in self.cores:
            if self._role(row) in {COMBINED, NEURON}:
                self._slices[self._slice_of(row)] = _Slice(*self._range(row))
        for row, core in self.cores.items():
            if self._role(row) in {SYNAPSE, POISSON}:
                contributions = Contributions(
                    core, int(table.buffer[row]), int(deployment.slot_bytes[row])
                )
                self._slices[self._slice_of(row)].contributions.append(contributions)

    def _contributions(self, row: int) -> Contributions:
        found = self._slices[self._slice_of(row)].contributions
        return next(c for c in found if c.core is self.cores[row])

    def _dma(self, row: int) -> DmaEngine:
        return DmaEngine(self.cores[row], self._controller)

    def _sender(self, row: int) -> Sender:
        return Sender(self.cores[row], self._world.deployment.key, self._world.launch)

    def _receiver(self, row: int, dma: DmaEngine) -> Receiver:
        receiver = Receiver(
            self.cores[row],
            dma,
            rows=self._world.rows,
            slice_=self._slice_of(row),
            slots=self._world.network.slots,
            stage_steps=self._world.deployment.stage_steps,
        )
        self.unprocessed.append(receiver.unprocessed)
        return receiver

    def _plan(self, row: int, member_ps: Callable[[int], int], step: int) -> Update:
        """The update of a core's neurons or sources in `step`."""
        core, network = self.cores[row], self._world.network
        spread_ps = int(self._world.deployment.spread_ps[row])
        members = (
            (member, member_ps(member), network.spikes(member, step))
            for member in range(*self._range(row))
        )
        send_ps = core.cycles_ps(core.params.costs.send)
        return planned(step, self.clock.tick_ps(step) + spread_ps, members, send_ps)

    def _plan_neurons(self, row: int) -> Callable[[int], Update]:
        core = self.cores[row]
        update_cycles = self._world.image.update_cycles(core.params.costs.neuron)
        neuron_ps = core.cycles_ps(int(update_cycles[row]))
        return partial(self._plan, row, lambda _: neuron_ps)

    def _n(self, row: int) -> int:
        lo, hi = self._range(row)
        return hi - lo

    def _make_combined(self, row: int) -> None:
        receiver = self._receiver(row, self._dma(row))
        plan = self._plan_neurons(row)
        CombinedCore(self.cores[row], receiver, self._sender(row), self._n(row), plan)

    def _make_neuron(self, row: int) -> None:
        script = neuron_script(
            self.cores[row],
            self._dma(row),
            self._slices[self._slice_of(row)].contributions,
            n_neurons=self._n(row),
            plan=self._plan_neurons(row),
            sender=self._sender(row),
        )
        follow(self.cores[row], script)

    def _make_synapse(self, row: int) -> None:
        core, dma = self.cores[row], self._dma(row)
        receiver, contributions = self._receiver(row, dma), self._contributions(row)
        SynapseCore(core, receiver, dma, contributions, self._margin_ps(row))

    def _margin_ps(self, row: int) -> int:
        """How long before the next tick a synapse core writes."""
        params = self._world.deployment.params
        if params.margin_ps is not None:
            return params.margin_ps
        writers = [other for other in self.cores if self._role(other) == SYNAPSE]
        n_bytes = [self._contributions(other).n_bytes for other in writers]
        transfer_ps = measured_transfers_ps(params, n_bytes)[writers.index(row)]
        n_cycles = params.costs.write + params.costs.transfer_overhead
        return n_cycles * params.cycle_ps + transfer_ps

    def _make_poisson(self, row: int) -> None:
        contributions = self._contributions(row)
        core = self.cores[row]
        follow(core, poisson_script(core, self._dma(row), contributions, self._n(row)))

    def _make_source(self, row: int) -> None:
        core = self.cores[row]
        poisson_ps = core.cycles_ps(core.params.costs.poisson)
        runs = [range(p.lo, p.hi) for p in self._world.image.poisson]
        drawn = {member for run in runs for member in run}
        plan = partial(self._plan, row, lambda member: poisson_ps * (member in drawn))
        follow(core, source_script(core, plan, self._sender(row)))

    def _make_delay(self, row: int) -> None:
        d = self._world.deployment
        delay = DelayCore(
            self.cores[row],
            self._sender(row),
            stage_steps=d.stage_steps,
            spread_ps=int(d.spread_ps[row]),
        )
        self.unprocessed.append(delay.unprocessed)
