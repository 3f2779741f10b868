"""What a run and a mapping give back, and the short summary of each."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from host.config import Config
from host.datatable import Table
from host.energy import RunActions
from host.networks.description import NetworkDescription
from host.notebook import (
    map_html,
    map_words,
    recording_words,
    results_html,
    results_words,
    spikes_words,
)
from host.timing import Timing

__all__ = ["MapResults", "Recording", "Results", "Spikes", "map_summary", "plain", "summary"]


@dataclass(frozen=True, slots=True, eq=False)
class Spikes:
    """All recorded spikes, sorted by step, then by neuron.

    Attributes
    ----------
    steps : ndarray of int32, shape (n_spikes,)
        Time step of each spike; step 0 is the first that was simulated, warm-up included.
    neurons : ndarray of int32, shape (n_spikes,)
        Global number of the neuron: its index in its population plus the sizes of the populations
        before.
    dt_ms : float
        Time step (ms).
    populations : tuple of str
    sizes : tuple of int
        Number of neurons of each population.

    Raises
    ------
    ValueError
        If the arrays differ in shape, are not sorted, or name a neuron that does not exist.
    """

    steps: NDArray[np.int32]
    neurons: NDArray[np.int32]
    dt_ms: float
    populations: tuple[str, ...]
    sizes: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.steps.shape != self.neurons.shape or self.steps.ndim != 1:
            msg = f"spikes: steps have shape {self.steps.shape}, neurons {self.neurons.shape}"
            raise ValueError(msg)
        order = self.steps.astype(np.int64) * (sum(self.sizes) + 1) + self.neurons
        if self.neurons.size and not 0 <= self.neurons.min() <= self.neurons.max() < sum(
            self.sizes
        ):
            msg = f"spikes: a neuron number lies outside 0 to {sum(self.sizes) - 1}"
            raise ValueError(msg)
        if np.any(np.diff(order) < 0):
            msg = "spikes: not sorted by step and neuron"
            raise ValueError(msg)
        self.steps.setflags(write=False)
        self.neurons.setflags(write=False)

    def __repr__(self) -> str:
        """Tell the spikes in a line."""
        return spikes_words(self)

    @property
    def first_ids(self) -> tuple[int, ...]:
        """Global number of the first neuron of each population."""
        return tuple(sum(self.sizes[:i]) for i in range(len(self.sizes)))

    @property
    def times_ms(self) -> NDArray[np.float64]:
        """Time of each spike (ms), shape (n_spikes,)."""
        return self.steps.astype(np.float64) * self.dt_ms

    def of(self, population: str) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Select the spikes of one population: steps, and indices within `population`.

        Returns
        -------
        steps, members : ndarray of int32, shape (n_spikes_of_population,)
        """
        index = self.populations.index(population)
        first = self.first_ids[index]
        chosen = (self.neurons >= first) & (self.neurons < first + self.sizes[index])
        return self.steps[chosen], self.neurons[chosen] - np.int32(first)

    def counts(self) -> tuple[int, ...]:
        """Spikes of each population."""
        bounds = np.array([*self.first_ids, sum(self.sizes)])
        per_neuron = np.bincount(self.neurons, minlength=sum(self.sizes))
        totals = np.concatenate(([0], np.cumsum(per_neuron)))[bounds]
        return tuple(np.diff(totals).tolist())

    def all_populations(self) -> list[tuple[NDArray[np.int32], NDArray[np.int32]]]:
        """`of` every population."""
        return [self.of(name) for name in self.populations]


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """Samples of one variable of some neurons of one population.

    Attributes
    ----------
    variable : str
        ``"v"``, ``"i_exc"`` or the like.
    unit : str
    population : str
    members : ndarray of int32, shape (n_members,)
        Indices within the population.
    steps : ndarray of int32, shape (n_samples,)
        Time steps of the samples, counted as in `Spikes`.
    values : ndarray, shape (n_samples, n_members)
        In `unit`.
    """

    variable: str
    unit: str
    population: str
    members: NDArray[np.int32]
    steps: NDArray[np.int32]
    values: NDArray[Any]

    def __post_init__(self) -> None:
        expected = (self.steps.size, self.members.size)
        if self.values.shape != expected:
            msg = f"recording of {self.variable}: shape {self.values.shape}, expected {expected}"
            raise ValueError(msg)
        for array in (self.members, self.steps, self.values):
            array.setflags(write=False)

    def __repr__(self) -> str:
        """Tell the samples in a line."""
        return recording_words(self)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Results:
    """What a run gives back.

    Attributes
    ----------
    config : Config
    machine : str
        Name of the machine, with its number of boards settled.
    n_neurons, n_synapses, n_cores, n_chips, n_boards : int
        Cores, chips and boards in use.
    rates_hz : mapping of str to float
        Mean rate of each population after the warm-up (spikes/s per neuron).
    losses : mapping of str to int
        Number of events lost in the whole run, warm-up included, by cause.
    counters : mapping of str to object
        All counts, of which losses are a part.
    wall_s : mapping of str to float
        Wall time of each phase (s).
    rtf : float
        Real-time factor: wall time of the simulation over its biological time.
    peak_rss_bytes : int
        Largest resident memory of the process.
    energy : mapping of str to object
        What `host.energy.energy_summary` gives for `actions` and the machine's own table:
        ``"e_syn_uj"`` (energy per synaptic event, uJ) and what it is made of.
    actions : RunActions or None
        What was done in all phases, to be priced with any table; None: the run folder is of a
        version that did not count it.
    mapping : mapping of str to object
        The fields of `mapping.cost.MappingReport`.
    machine_description : mapping of str to object
        The whole machine as it was, whatever becomes of its file (`host.machines.MachineSpec`).
    timing : Timing or None
        Losses and margins; None with ideal timing.
    spikes : Spikes or None
        None if not recorded.
    recordings : tuple of Recording
    tables : mapping of str to Table
        All tables by name; ``"cores"`` and ``"routers"`` have all counters of full timing.
    network : NetworkDescription or None
        What the network is, in words and figures; None: the run folder is of a version that did
        not keep it.
    run_dir : Path or None
        Folder that the run was written to.
    asked_time_ms : float or None
        Biological time that was asked for, if the run was stopped before (ms); the configuration
        is that of a run as long as this one became.
    """

    config: Config
    machine: str
    n_neurons: int
    n_synapses: int
    n_cores: int
    n_chips: int
    n_boards: int
    rates_hz: Mapping[str, float]
    losses: Mapping[str, int]
    counters: Mapping[str, Any]
    wall_s: Mapping[str, float]
    rtf: float
    peak_rss_bytes: int
    energy: Mapping[str, Any]
    actions: RunActions | None = None
    mapping: Mapping[str, Any] = field(default_factory=dict)
    machine_description: Mapping[str, Any] = field(default_factory=dict)
    timing: Timing | None = None
    spikes: Spikes | None = None
    recordings: tuple[Recording, ...] = ()
    tables: Mapping[str, Table] = field(default_factory=dict)
    network: NetworkDescription | None = None
    run_dir: Path | None = None
    asked_time_ms: float | None = None

    def __repr__(self) -> str:
        """Tell the run in a few lines."""
        return results_words(self)

    def _repr_html_(self) -> str:
        """Show the run in a notebook."""
        return results_html(self)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MapResults:
    """What a mapping without a run gives back.

    Attributes
    ----------
    config : Config
    machine : str
    n_neurons, n_synapses : int
    report : mapping of str to object
        The fields of `mapping.cost.MappingReport`, and ``depth_per_spike`` and
        ``board_crossings_per_spike``: links to the furthest target, and links between boards, mean
        over spikes.
    links : mapping of str to object
        ``capacity_hz`` and ``board_capacity_hz``, packets/s that a link within and between boards
        can carry; ``hottest_share``, what the link with most packets uses of it at ``slowdown``;
        ``fullest`` and ``fullest_share``, the link that uses most of its own.
    limits : mapping of str to int
        What there is: chips, boards and cores of the machine; entries and bytes of each chip or
        core.
    check : mapping of str to object
        What the independent check went through.
    stage_s : mapping of str to float
        Wall time of each stage (s).
    mapping_s : float or None
        From partition to check (s); None if it was not mapped here.
    origin : str or None
        Folder that the mapping was taken from; None: it was made by the algorithms of `config`.
    mapped : object
        The mapping itself, with what it was made of (`host.mapper.Mapped`).
    """

    config: Config
    machine: str
    n_neurons: int
    n_synapses: int
    report: Mapping[str, Any]
    links: Mapping[str, Any]
    limits: Mapping[str, int]
    check: Mapping[str, Any]
    stage_s: Mapping[str, float]
    mapping_s: float | None
    origin: str | None = None
    mapped: Any = None

    def __repr__(self) -> str:
        """Tell the mapping in a few lines."""
        return map_words(self)

    def _repr_html_(self) -> str:
        """Show the mapping in a notebook."""
        return map_html(self)


_RUN_KEYS = (
    "machine",
    "n_neurons",
    "n_synapses",
    "n_cores",
    "n_chips",
    "n_boards",
    "rates_hz",
    "losses",
    "wall_s",
    "rtf",
    "peak_rss_bytes",
    "energy",
    "mapping",
    "timing",
    "run_dir",
    "asked_time_ms",
)
_MAP_KEYS = ("links", "limits", "check", "stage_s", "mapping_s", "origin")


def summary(results: Results) -> dict[str, Any]:
    """Short account of a run, ready for JSON.

    Returns
    -------
    dict
        ``network``, ``numbers`` (`host.sections.RunConfig.numbers`), and the fields of `Results`
        but for the configuration, the counters and the recorded data.
    """
    account = {key: plain(getattr(results, key)) for key in _RUN_KEYS}
    config = results.config
    return {"network": config.network.name, "numbers": config.run.numbers} | account


def map_summary(results: MapResults) -> dict[str, Any]:
    """Short account of a mapping, ready for JSON.

    Returns
    -------
    dict
        The names of network, machine and algorithms; the fields of ``results.report``; and the
        other fields of `MapResults` but for the configuration and the mapping itself.
    """
    head = {
        "network": results.config.network.name,
        "machine": results.machine,
        "algorithms": None if results.origin else results.config.mapping.algorithms,
        "n_neurons": results.n_neurons,
        "n_synapses": results.n_synapses,
    }
    account = {key: getattr(results, key) for key in _MAP_KEYS}
    return {key: plain(value) for key, value in (head | dict(results.report) | account).items()}


def plain(value: Any) -> Any:
    """`value` in the types that JSON has; a number that is not finite becomes None."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)
