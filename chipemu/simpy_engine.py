"""Full timing on SimPy: the executable specification of `docs/cores.md`.

`chipemu.parts` tells what cores do, `router.fabric` what becomes of their packets; both share one
agenda. Here they are put together, run, and asked what they counted.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from chipemu.checks import check_cores
from chipemu.deployment import Deployment
from chipemu.image import MachineImage
from chipemu.parts.chip import Chip, World
from chipemu.parts.clock import Clock
from chipemu.parts.core import Core, Packet
from chipemu.parts.network import Network
from chipemu.parts.rows import Rows
from chipemu.recording import Sampling
from chipemu.timed_recording import Stretch, TimedRecording
from router.counters import FabricCounters
from router.fabric import Fabric
from router.packets import CORES_PER_CHIP
from router.parts.agenda import Kind

__all__ = ["run"]


def run(
    image: MachineImage,
    deployment: Deployment,
    n_steps: int,
    *,
    sampling: Sampling | None = None,
    n_threads: int = 1,  # noqa: ARG001
    advance: Callable[[int], None] = lambda _: None,
    boundaries: Sequence[int] = (),
) -> TimedRecording:
    """Run all cores for `n_steps`, each with the time that it has.

    Parameters
    ----------
    image : MachineImage
    deployment : Deployment
    n_steps : int
    sampling : Sampling, optional
        By default no neuron is sampled.
    n_threads : int
        Without effect.
    advance : callable
        Told the number of steps that the chips have begun, now and then.
    boundaries : sequence of int
        Steps, rising, at which new stretches begin.

    Returns
    -------
    TimedRecording

    Raises
    ------
    ImageError
        If the ticks of the chips lie too far apart, or a core cannot be where it is.
    """
    deployment.check_clock(n_steps)
    check_cores(image, deployment)
    machine = _Machine(image, deployment, n_steps, sampling or Sampling(np.zeros(0, np.int64)))
    return machine.run(advance, list(boundaries))


class _Machine:
    """Fabric, chips and cores of one run."""

    def __init__(
        self, image: MachineImage, deployment: Deployment, n_steps: int, sampling: Sampling
    ) -> None:
        self._n_steps = n_steps
        self._network = Network(image, sampling, n_steps)
        self._fabric = Fabric(
            deployment.topology,
            deployment.tables,
            deployment.fabric,
            receive_ps=_receive_times(image, deployment),
        )
        self._packets: list[Packet] = []
        world = World(
            image,
            deployment,
            self._network,
            Rows(image, deployment),
            self._fabric.agenda,
            self._launch,
        )
        self._chips = [
            Chip(chip, _clock(deployment, chip, n_steps), world)
            for chip in range(deployment.topology.n_chips)
        ]
        by_row = {row: core for chip in self._chips for row, core in chip.cores.items()}
        self._cores: list[Core] = [by_row[row] for row in range(len(by_row))]
        for core in self._cores:
            self._fabric.connect(core.number, partial(self._receive, core))
        self._n_ticked = [0] * n_steps
        self._stretches: list[Stretch] = []
        self._told = self._fabric.counters(), self._fabric.fates()

    def run(self, advance: Callable[[int], None], boundaries: list[int]) -> TimedRecording:
        """Run to the end."""
        agenda = self._fabric.agenda
        for boundary in boundaries:
            time_ps = min(chip.clock.tick_ps(boundary) for chip in self._chips)
            agenda.at(time_ps, Kind.STRETCH, 0, partial(self._end_stretch, boundary))
        for number, chip in enumerate(self._chips):
            for step in range(self._n_steps):
                tick = partial(self._tick, chip, step, advance)
                agenda.at(chip.clock.tick_ps(step), Kind.CLOCK, number, tick)
        self._fabric.run(max(chip.clock.end_ps for chip in self._chips))
        self._end_stretch(self._n_steps)
        recording = self._network.recording()
        return TimedRecording(
            recording=recording,
            stretches=tuple(self._stretches),
            n_packets=len(self._packets),
            in_flight=self._fabric.in_flight(),
            unprocessed=sum(count() for chip in self._chips for count in chip.unprocessed),
            saturated=int(recording.saturated.sum()),
        )

    def _tick(self, chip: Chip, step: int, advance: Callable[[int], None]) -> None:
        """CLOCK of one chip."""
        if not self._n_ticked[step]:
            self._network.fire_sources(step)
        chip.tick(step)
        self._n_ticked[step] += 1
        if self._n_ticked[step] == len(self._chips):
            advance(1)

    def _launch(self, core: int, key: int, packet: Packet) -> None:
        """SEND."""
        number = self._fabric.send_now(core, key)
        assert number == len(self._packets)
        self._packets.append(packet)

    def _receive(self, core: Core, number: int) -> None:
        """RECEIVE."""
        core.take(self._packets[number])

    def _end_stretch(self, step: int) -> None:
        """Keep what has been counted since the last stretch ended."""
        now = self._fabric.counters(), self._fabric.fates()
        (counters, fates), (before, fates_before) = now, self._told
        difference = FabricCounters(
            counters.router - before.router,
            counters.core - before.core,
            counters.link - before.link,
        )
        before_this = self._stretches[-1] if self._stretches else None
        begin_ps = before_this.end_ps if before_this else 0
        end_ps = self._fabric.now_ps
        ends_ps = [min(end_ps, core.clock.end_ps) for core in self._cores]
        counts = [core.end_stretch(t) for core, t in zip(self._cores, ends_ps, strict=True)]
        self._stretches.append(
            Stretch(
                first_step=before_this.stop_step if before_this else 0,
                stop_step=step,
                cores=np.array(counts, np.int64),
                fabric=difference,
                fates=fates - fates_before,
                begin_ps=begin_ps,
                end_ps=end_ps,
                wall_ps=np.array(ends_ps, np.int64) - begin_ps,
            )
        )
        self._told = now


def _clock(deployment: Deployment, chip: int, n_steps: int) -> Clock:
    return Clock(
        offset_ps=int(deployment.offset_ps[chip]),
        period_ps=deployment.period_ps,
        drift_ppb=int(deployment.drift_ppb[chip]),
        n_steps=n_steps,
    )


def _core_numbers(image: MachineImage) -> NDArray[np.int64]:
    """``18 * chip + processor`` of each core of the image."""
    return CORES_PER_CHIP * image.cores.chip + image.cores.processor


def _receive_times(image: MachineImage, deployment: Deployment) -> NDArray[np.int64]:
    """Time that each core of the machine takes for a packet; see `router.fabric.Fabric`."""
    params = deployment.params
    n_cores = CORES_PER_CHIP * deployment.topology.n_chips
    times = np.full(n_cores, deployment.fabric.receive_ps, np.int64)
    times[_core_numbers(image)] = params.costs.packet * params.cycle_ps
    return times
