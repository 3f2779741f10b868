"""A network on an emulated machine that is run piece by piece, and changed in between.

What `host.pipeline.run` does in one go, for those who decide as they go: scripts of PyNN.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from os import cpu_count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chipemu.image import NOT_INJECTED, MachineImage
from chipemu.recording import Recording, Sampling, join
from host.compiling import compile_kernels, compile_plastic
from host.config import Config, RecordConfig, check_config
from host.deploy import build_deployment
from host.engines import start_cores
from host.errors import ConfigError
from host.image import build_image, direct_populations, in_core_units, ring_buffer_shifts
from host.injection import Current, injected
from host.machines import check_emulable, load_machine
from host.mapper import load_kernels, map_config
from host.neurons import model_of, raw_values
from host.numerics import Numerics, numerics_of
from host.observe import neuron_populations
from host.plan import number_members
from host.plasticity import check_run
from host.progress import Clock, Progress, SilentProgress
from host.readback import Synapses, cut_weights, read_projection
from host.reload import check_same_shape, reloaded
from host.results import Results
from host.settlement import settle_run
from host.stretch import SYNAPTIC, Stretch, in_user_units
from host.tally import Tally
from mapping.spec import NetworkSpec

__all__ = ["Session"]

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
STEPS_PER_CALL = 1000


class Session:
    """A network on an emulated machine, ready to run.

    Parameters
    ----------
    config : Config
        Its times mean nothing here.
    network : NetworkSpec
    watched : mapping of str to ndarray of int64
        Members of neuron populations whose states are sampled; none by default.
    interval_steps : int
        Steps between samples, which are taken in steps that are multiples of it.
    currents : sequence of Current
        What is injected into neurons.
    progress : Progress, optional
        Told how far it has come.

    Attributes
    ----------
    config : Config
    network : NetworkSpec
        As it is now.

    Raises
    ------
    HostError
        On a configuration that cannot be.
    DoesNotFitError
        If the network does not fit the machine.
    ParameterError
        On a parameter of a population that cannot be.
    """

    def __init__(
        self,
        config: Config,
        network: NetworkSpec,
        *,
        watched: Mapping[str, Longs] | None = None,
        interval_steps: int = 1,
        currents: Sequence[Current] = (),
        progress: Progress | None = None,
    ) -> None:
        self.config = config = _checked(config)
        check_run(config.run, network)
        self._clock = clock = Clock(progress or SilentProgress())
        self._n_threads = config.run.threads or cpu_count() or 1
        load_kernels((config,), clock)
        compile_kernels(config, clock)
        task, self._mapped = map_config(config, network, clock)
        self.network, self._machine_spec, self._machine, graph = task
        is_timed = config.run.timing == "full"
        self._numerics = numerics = _with_shifts(numerics_of(config.run), network)
        with clock.phase("generate"):
            self._image = build_image(
                network,
                graph,
                self._mapped.placement,
                numerics,
                longest_delay=graph.longest_delay,
                is_timed=is_timed,
                n_threads=self._n_threads,
            )
        compile_plastic(self._image, clock)
        self._deployment = None
        if is_timed:
            with clock.phase("deploy"):
                self._deployment = build_deployment(
                    network,
                    self._image,
                    self._mapped,
                    machine=self._machine,
                    machine_spec=self._machine_spec,
                    config=config,
                )
        direct = direct_populations(network, graph, numerics.dt_ms, is_timed=is_timed)
        self._numbering = number_members(network, direct)
        self._currents = tuple(currents)
        self._watched = dict(watched or {})
        self._sampling = self._sampling_of(self._watched, interval_steps)
        self._tally = Tally.of_nothing(self._image)
        self._cores = start_cores(self._image, self._deployment, self._sampling, self._n_threads)

    @property
    def step(self) -> int:
        """Steps done."""
        return self._cores.step

    def advance(self, n_steps: int) -> Stretch:
        """Run on.

        Parameters
        ----------
        n_steps : int
            Not negative.

        Returns
        -------
        Stretch
            What was recorded in these steps.
        """
        parts: list[Recording] = []
        stop = self.step + n_steps
        with self._clock.phase("simulate", n_steps):
            while self.step < stop or not parts:
                n_next = min(STEPS_PER_CALL, stop - self.step)
                self._inject(n_next)
                parts.append(self._cores.advance(n_next))
                self._tally.add(parts[-1], self._mapped.graph, 0)
                self._clock.advance(parts[-1].n_steps)
        return Stretch(join(parts), self.network, self._numbering)

    def _inject(self, n_steps: int) -> None:
        """Load the currents of the next steps."""
        if self._currents and n_steps:
            changes = injected(
                self._currents,
                self._numbering.first,
                self._numerics,
                first_step=self.step,
                n_steps=n_steps,
            )
            self._exchange(replace(self._image, injected=changes), self._sampling)

    def _exchange(self, image: MachineImage, sampling: Sampling) -> None:
        self._cores.exchange(image, sampling)
        self._image, self._sampling = image, sampling

    def change(
        self,
        network: NetworkSpec | None = None,
        *,
        currents: Sequence[Current] | None = None,
        watched: Mapping[str, Longs] | None = None,
        interval_steps: int | None = None,
    ) -> None:
        """Change what can be changed without mapping the network anew; states stay.

        If it is refused, everything stays as it was.

        Parameters
        ----------
        network : NetworkSpec, optional
            The same populations and projections with other parameters, rates, spike times, or
            weights. Spikes that are under way arrive with the new weights; plastic projections
            that stay as they are keep their present weights.
        currents, watched, interval_steps : optional
            As when the session began; by default as before.

        Raises
        ------
        ConfigError
            If the network has other populations, or synapses between other neurons.
        ParameterError
            On a parameter that cannot be.
        """
        image = replace(self._image, injected=NOT_INJECTED)
        if network is not None:
            check_same_shape(self.network, network)
            image = reloaded(
                image,
                self.network,
                network,
                graph=self._mapped.graph,
                numerics=self._numerics,
                numbering=self._numbering,
                plastic_weights=self._cores.plastic_weights,
                n_threads=self._n_threads,
            )
        watched = self._watched if watched is None else dict(watched)
        sampling = self._sampling_of(watched, interval_steps or self._sampling.interval_steps)
        self._exchange(image, sampling)
        self.network, self._watched = network or self.network, watched
        self._currents = self._currents if currents is None else tuple(currents)

    def _sampling_of(self, watched: Mapping[str, Longs], interval_steps: int) -> Sampling:
        known, neurons = neuron_populations(self.network), [np.zeros(0, np.int64)]
        for name, members in watched.items():
            if name not in known:
                msg = f"{name!r} is no population of neurons; there are {', '.join(known)}"
                raise ConfigError(msg)
            neurons.append(known[name][0] + np.asarray(members, np.int64))
        return Sampling(np.unique(np.concatenate(neurons)), interval_steps)

    def state(self, population: str) -> dict[str, Floats]:
        """State of all neurons of a population as it is now, by variable.

        Returns
        -------
        dict of str to ndarray of float64, shape (n_members,)
            In the user's units. Synaptic variables are without the input that is due next.
        """
        found = {}
        model = model_of(self.network.population(population))
        for name in ("v", *SYNAPTIC, *model.more_states):
            array = self._state_array(population, name)
            scale = model.weight_scale if name in SYNAPTIC else 1.0
            found[name] = in_user_units(array.copy(), scale)
        return found

    def set_state(
        self, population: str, variable: str, values: Floats, members: Longs | None = None
    ) -> None:
        """Set a state variable of neurons of a population.

        Parameters
        ----------
        population, variable : str
        values : ndarray of float64, shape (n_members,)
            In the user's units.
        members : ndarray of int64, optional
            By default all.

        Raises
        ------
        ConfigError
            On a variable that the model does not have.
        ParameterError
            On a value that s16.15 cannot hold.
        """
        model = model_of(self.network.population(population))
        is_scaled = variable in SYNAPTIC and not self._numerics.is_float64
        scale = model.weight_scale if is_scaled else 1.0
        array = self._state_array(population, variable)
        chosen = slice(None) if members is None else members
        array[chosen] = raw_values(scale * np.asarray(values, np.float64), self._numerics)

    def _state_array(self, population: str, variable: str) -> NDArray[Any]:
        """The array of the cores that has a state variable of a population."""
        first, described = neuron_populations(self.network)[population]
        model, state = model_of(described), self._cores.state
        known = {"v": state.v, "i_exc": state.i_exc, "i_inh": state.i_inh}
        known |= dict(zip(model.more_states, state.more, strict=False))
        if variable not in known:
            msg = f"population {population}: {model.name} has no state variable {variable!r}; "
            msg += f"it has {', '.join(known)}"
            raise ConfigError(msg)
        return known[variable][first : first + described.size]

    def synapses(self, projection: int) -> Synapses:
        """Synapses of a projection, as the cores hold them now.

        Parameters
        ----------
        projection : int
            Its place in ``network.projections``.
        """
        return read_projection(
            self.network,
            projection,
            self._image,
            graph=self._mapped.graph,
            numerics=self._numerics,
            numbering=self._numbering,
            plastic_weights=self._cores.plastic_weights,
        )

    def cut_weights(self) -> list[tuple[int, float, float]]:
        """Projections with weights above what 16 bits can hold.

        The cores hold them cut to that. What 16 bits hold is chosen when the session begins, by
        the input that is expected then (`host.image.ring_buffer_shifts`), and stays.

        Returns
        -------
        list of (int, float, float)
            Place of the projection in ``network.projections``, its largest weight, or the one that
            less than one of its synapses should exceed, and the largest that the cores can hold.
        """
        return cut_weights(self.network, self._numerics)

    def results(self) -> Results:
        """All that is known of the run so far: rates, losses, energy, mapping.

        Raises
        ------
        ConfigError
            Before the first step.
        """
        if not self.step:
            msg = "there are no results before the first step; run first"
            raise ConfigError(msg)
        run = replace(self.config.run, time_ms=self.step * self.config.run.dt_ms, warmup_ms=0.0)
        watched = {name: len(members) for name, members in self._watched.items() if len(members)}
        interval_ms = self._sampling.interval_steps * run.dt_ms
        record = RecordConfig(v=watched, currents=watched, interval_ms=interval_ms)
        timed = self._cores.timed()
        results = settle_run(
            self.network,
            self._image,
            self._mapped,
            self._tally,
            timed,
            config=replace(self.config, run=run, record=record),
            machine=self._machine,
            machine_spec=self._machine_spec,
        )
        wall_s = dict(self._clock.wall_s)
        return replace(results, wall_s=wall_s, rtf=1000.0 * wall_s["simulate"] / run.time_ms)


def _checked(config: Config) -> Config:
    config = check_config(config)
    for key, value in (("run.engine", "reference"), ("run.connectivity", "procedural")):
        if getattr(config.run, key.split(".")[1]) == value:
            msg = f"{key}: {value} cannot pause; use the default"
            raise ConfigError(msg)
    if config.run.timing == "full":
        check_emulable(load_machine(config.machine))
    return config


def _with_shifts(numerics: Numerics, network: NetworkSpec) -> Numerics:
    """`numerics` with ring-buffer shifts that stay when the network is changed."""
    if not numerics.is_float64:
        network = in_core_units(network)
    return replace(numerics, shifts=ring_buffer_shifts(network, numerics.dt_ms))
