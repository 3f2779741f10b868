"""Run designs, look for the slow-down from which on nothing is lost, and price what they did there.

Each design's machine file is written before anything is run, and read back: what is run is what a
user can run by hand. Designs that differ in prices alone share their runs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from experiments.design_space import FASTEST, SLOWEST, Options
from experiments.design_space.designs import Design
from experiments.design_space.machine import design_config, machine_file, write_machine
from experiments.running import Run, RunShare
from experiments.search import Threshold, Trial, read_threshold, seek
from host.config import to_yaml
from host.energy import Ledger, RunActions, price
from host.energy.ledger import Line
from host.energy.vocabulary import Kind
from host.errors import ExitCode, exit_code
from host.machines import MachineSpec, load_machine
from host.progress import Progress
from host.timing import LOSSES, StretchTiming

__all__ = ["Bench", "Energy", "Found", "Try", "energy_of"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Try:
    """What came of running a design at a slow-down.

    Attributes
    ----------
    slowdown : float
    stretches : tuple of StretchTiming
        Those in which nothing may be lost.
    transient_losses : int
        What was lost or late in the transient, which may change what the network does after it.
    actions : RunActions
    n_cores, n_chips : int
        In use.
    """

    slowdown: float
    stretches: tuple[StretchTiming, ...]
    transient_losses: int
    actions: RunActions
    n_cores: int
    n_chips: int

    @property
    def tightest(self) -> tuple[str, float]:
        """Role of the cores with the smallest slack, and that slack as a share of the step."""
        shares = [
            (margins.smallest_of_core_share["p0"], role)
            for stretch in self.stretches
            for role, margins in stretch.margins.items()
            if margins.smallest_of_core_share
        ]
        share, role = min(shares)
        return role, share

    @property
    def is_free(self) -> bool:
        """Whether nothing was lost or late, and no core fell behind.

        A core that falls behind loses nothing as long as nothing is sent; but it does not keep up.
        """
        return all(s.is_loss_free and s.losses.overruns == 0 for s in self.stretches)

    @property
    def mostly_lost(self) -> str:
        """Cause by which most was lost or late, else "overruns" if any; empty if nothing was.

        Skipped synapses are those of late rows, which count instead.
        """
        causes = [cause for cause in LOSSES if cause != "skipped_synapses"]
        counts = {c: sum(getattr(s.losses, c) for s in self.stretches) for c in causes}
        cause = max(counts, key=lambda name: counts[name])
        if counts[cause]:
            return cause.replace("_", " ")
        return "overruns" if any(s.losses.overruns for s in self.stretches) else ""

    @property
    def trial(self) -> Trial:
        """Whether it was loss-free, and where that seems to end, by the smallest slack."""
        return Trial(self.is_free, self.slowdown * (1 - self.tightest[1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Energy:
    """Energy per synaptic event (uJ), in the time that counts.

    Attributes
    ----------
    low, nominal, high : float
        With all prices low, nominal and high.
    work, waiting, standing : float
        What `nominal` is made of.
    unused : float
        Share of chips that the network is not on, within `standing`.
    """

    low: float
    nominal: float
    high: float
    work: float
    waiting: float
    standing: float
    unused: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """What was found of a design.

    Attributes
    ----------
    design : Design
    name, label : str
        Of its files, and for people.
    reason : str
        Why it does not fit the machine; empty if it does.
    threshold : Threshold
        Where losses end.
    tries : mapping of float to Try
        By slow-down.
    energy : Energy or None
        At the smallest loss-free slow-down; None if there is none, or no synaptic event.
    """

    design: Design
    name: str
    label: str
    reason: str
    threshold: Threshold
    tries: Mapping[float, Try]
    energy: Energy | None

    @property
    def fastest(self) -> Try | None:
        """The loss-free run with the smallest slow-down."""
        best = self.threshold.free_from
        return None if best is None else self.tries[best]


class Bench:
    """Runs designs; those that differ in prices alone, once.

    Parameters
    ----------
    options : Options
    base : Design
    machine : MachineSpec
        That which ``options.machine`` names.
    folder : Path
        For machine files and configurations.
    run : callable
    """

    def __init__(
        self, options: Options, base: Design, machine: MachineSpec, folder: Path, run: Run
    ) -> None:
        self._options, self._base, self._machine = options, base, machine
        self._folder, self._run = folder, run
        self._counting = ("warmup", "run") if options.count_transient else ("run",)
        self._tries: dict[Design, dict[float, Try]] = {}
        self._reasons: dict[Design, str] = {}

    def check(self, design: Design) -> None:
        """Check the configuration of `design`, before anything is written.

        Raises
        ------
        ConfigError
            If the design cannot be.
        """
        design_config(self._options, design, self._path(design), self._options.start)

    def prepare(self, design: Design) -> None:
        """Write the machine file of `design`, and check it.

        Raises
        ------
        ConfigError
            If the design cannot be.
        """
        contents = machine_file(self._options, self._machine, design)
        remark = f"Experiment design-space: {design.label(self._base)}"
        path = write_machine(self._path(design), contents, remark)
        load_machine(str(path))

    def _path(self, design: Design) -> Path:
        return self._folder / f"{design.file_name(self._base)}.yaml"

    def find(self, design: Design, progress: Progress) -> Found:
        """Look for the smallest loss-free slow-down of `design`, and price it there."""
        timing = design.timing
        if timing not in self._tries:
            self._search(timing, self._path(design), progress)
        tries = self._tries[timing]
        threshold = read_threshold({s: t.is_free for s, t in tries.items()})
        energy = None
        if threshold.free_from is not None:
            self._write_config(design, threshold.free_from)
            table = load_machine(str(self._path(design))).energy
            energy = energy_of(price(tries[threshold.free_from].actions, table))
        return Found(
            design=design,
            name=design.file_name(self._base),
            label=design.label(self._base),
            reason=self._reasons.get(timing, ""),
            threshold=threshold,
            tries=tries,
            energy=energy,
        )

    def _write_config(self, design: Design, slowdown: float) -> None:
        config = design_config(self._options, design, self._path(design), slowdown)
        path = self._folder / f"{design.file_name(self._base)}.run.yaml"
        path.write_text(to_yaml(config), encoding="utf-8")

    def _search(self, design: Design, machine: Path, progress: Progress) -> None:
        self._tries[design] = {}
        measure = partial(self._measure, design, machine, progress)
        options = self._options
        try:
            seek(measure, options.start, FASTEST, SLOWEST, options.tolerance)
        except Exception as error:
            if exit_code(error) != ExitCode.DOES_NOT_FIT:
                raise
            self._reasons[design] = str(error)

    def _measure(self, design: Design, machine: Path, progress: Progress, slowdown: float) -> Trial:
        config = design_config(self._options, design, machine, slowdown)
        with progress.phase(f"{design.label(self._base)}: slow-down {slowdown:g}", 1.0):
            share = RunShare(progress, config.run.n_warmup_steps + config.run.n_steps)
            results = self._run(config, progress=share)
            share.finish()
        if results.timing is None or results.actions is None:
            msg = "a run with full timing has neither timing nor actions"
            raise TypeError(msg)
        stretches = results.timing.stretches
        found = Try(
            slowdown=slowdown,
            stretches=tuple(stretches[name] for name in self._counting if name in stretches),
            transient_losses=stretches["warmup"].losses.total if "warmup" in stretches else 0,
            actions=results.actions,
            n_cores=results.n_cores,
            n_chips=results.n_chips,
        )
        self._tries[design][slowdown] = found
        return found.trial


def energy_of(ledger: Ledger) -> Energy | None:
    """Energy per synaptic event of `ledger`; None if there was none."""
    whole = ledger.e_syn_j()
    if whole is None:
        return None

    def part_uj(choose: Callable[[Line], bool]) -> float:
        band = ledger.e_syn_j(choose)
        return 0.0 if band is None else float(band.nominal * 10**6)

    low, nominal, high = (float(level * 10**6) for level in whole)
    return Energy(
        low=low,
        nominal=nominal,
        high=high,
        work=part_uj(lambda line: line.kind is Kind.WORK),
        waiting=part_uj(lambda line: line.kind is Kind.WAITING),
        standing=part_uj(lambda line: line.kind is Kind.STANDING),
        unused=part_uj(lambda line: line.what == "unused"),
    )
