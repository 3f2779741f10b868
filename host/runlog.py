"""What is kept of a run while it goes on: counts, recorded data, checkpoints."""

from collections.abc import Callable
from pathlib import Path

from chipemu.image import MachineImage
from chipemu.recording import Recording
from host.belongings import keep_network
from host.checkpoint import Checkpoint, check_image, image_digest, write_checkpoint
from host.collector import Collector
from host.config import Config, to_yaml
from host.engines import Listener, Snapshot
from host.keptmachine import keep_machine
from host.machines import MachineSpec
from host.progress import Clock
from host.runfolder import CHECKPOINT
from host.tally import Tally
from host.unfinished import CONFIG, PARTS
from mapping.graph import MachineGraph
from mapping.spec import NetworkSpec

__all__ = ["RunLog"]


class RunLog:
    """Counts and recorded data of the steps so far.

    Parameters
    ----------
    spec : NetworkSpec
    graph : MachineGraph
    image : MachineImage
    config : Config
    clock : Clock
    folder : Path, optional
        Where recorded data and checkpoints are written; by default all is held in memory, and
        there are no checkpoints.
    start : Checkpoint, optional
        Where the run goes on; by default it begins at step 0.
    machine : MachineSpec, optional
        Kept in `folder`, for a run that goes on when its file has changed.

    Attributes
    ----------
    tally : Tally
    collector : Collector

    Raises
    ------
    OutputError
        If `start` is of another network.
    """

    def __init__(
        self,
        spec: NetworkSpec,
        graph: MachineGraph,
        image: MachineImage,
        *,
        config: Config,
        clock: Clock,
        folder: Path | None = None,
        start: Checkpoint | None = None,
        machine: MachineSpec | None = None,
    ) -> None:
        self._graph, self._config, self._clock, self._folder = graph, config, clock, folder
        self._earlier_s = 0.0 if start is None else start.wall_s
        self._image = image_digest(image) if folder is not None else ""
        if start is not None:
            check_image(start, self._image)
        if folder is not None:
            (folder / CONFIG).write_text(to_yaml(config), encoding="utf-8")
            keep_network(config.network.name, folder)
            if machine is not None:
                keep_machine(machine, folder)
        self.tally = Tally.of_nothing(image) if start is None else Tally.from_arrays(start.tally)
        self.collector = Collector(
            spec,
            config,
            None if folder is None else folder / PARTS,
            0 if start is None else start.n_parts,
        )

    def listener(self, is_stopped: Callable[[], bool]) -> Listener:
        """What an engine tells, and asks."""
        checkpoint = None if self._folder is None else self._keep
        return Listener(self._take, self._clock.advance, checkpoint, is_stopped)

    @property
    def wall_s(self) -> float:
        """Wall time of the simulation so far, that before a checkpoint included (s)."""
        return self._earlier_s + self._clock.so_far_s("simulate")

    def _take(self, recording: Recording) -> None:
        self.tally.add(recording, self._graph, self._config.run.n_warmup_steps)
        self.collector.add(recording)

    def _keep(self, step: int, cores: Snapshot) -> None:
        assert self._folder is not None
        self.collector.flush()
        checkpoint = Checkpoint(
            step=step,
            n_parts=self.collector.n_parts,
            wall_s=self.wall_s,
            image=self._image,
            cores=cores,
            tally=self.tally.arrays(),
        )
        write_checkpoint(self._folder / CHECKPOINT, checkpoint, self._config)
