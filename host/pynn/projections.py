"""Projections: synapses between cells, by a rule that cores expand or as a list.

A projection consists of parts, one for each pair of populations that it connects: an assembly has
several. A rule stays a rule until the script wants to set synapses one by one; then they are
generated, and become a list.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyNN import common
from pyNN.parameters import LazyArray, ParameterSpace
from pyNN.space import Space

from host.errors import ConfigError
from host.pynn import simulator
from host.pynn.clock import to_ms
from host.pynn.connections import Connection
from host.pynn.distributions import FAR_TAIL, known, magnitude, share_below
from host.pynn.expansion import expand, values_of_pairs
from host.pynn.network import count_synapses
from host.pynn.notices import NOTICES
from host.pynn.populations import Population
from host.pynn.projectionchecks import ReadsByName, check_ends, check_extra, tell_generators
from host.pynn.refusals import ConnectError, ParameterValueError, UnsupportedError
from host.pynn.rules import rule_parts
from host.pynn.sides import Side, sides
from host.pynn.standardmodels.plasticity import STDPMechanism
from host.pynn.standardmodels.synapses import StaticSynapse, check_weights
from host.pynn.synapsetable import Synapses, as_matrix, delay_steps, joined, matched
from mapping.connectors import Connector, ExplicitList
from mapping.distributions import Constant, Distribution
from mapping.spec import Projection as PartSpec
from mapping.spec import Receptor

__all__ = ["Projection"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
ATTRIBUTES = ("weight", "delay")
COLUMNS = {
    "presynaptic_index": 0,
    "postsynaptic_index": 1,
    "weight": 2,
    "delay": 3,
    "weights": 2,
    "delays": 3,
}


class _Part(NamedTuple):
    """What is connected between two populations."""

    pre: Side
    post: Side
    spec: PartSpec


class Rule(NamedTuple):
    """Synapses that cores make themselves."""

    parts: list[tuple[Population, Population, Connector]]
    weight: Distribution
    """Magnitude, in the unit of the target's model."""
    sign: int
    """Of the script's weights: 1 or -1."""
    delay_ms: Distribution


class Projection(ReadsByName, common.Projection):
    """Synapses from one group of cells to another.

    Parameters
    ----------
    presynaptic_neurons, postsynaptic_neurons, connector, synapse_type, source, receptor_type,
    space, label
        As PyNN has them.
    **extra
        ``download_synapses`` of the real tool chain, which changes nothing here.
    """

    _simulator = simulator
    _static_synapse_class = StaticSynapse

    def __init__(
        self,
        presynaptic_neurons: Any,
        postsynaptic_neurons: Any,
        connector: Any,
        synapse_type: Any = None,
        source: Any = None,
        receptor_type: Any = None,
        space: Any = None,
        label: str | None = None,
        **extra: Any,
    ) -> None:
        simulator.state.restructure("a new projection")
        check_extra(extra)
        check_ends(postsynaptic_neurons, synapse_type, source)
        simulator.state.check_owned(presynaptic_neurons, postsynaptic_neurons)
        super().__init__(
            presynaptic_neurons,
            postsynaptic_neurons,
            connector,
            synapse_type,
            source,
            receptor_type,
            space or Space(),
            label,
        )
        self._parts: list[_Part] | None = None
        self._first_number = 0
        self._held: tuple[tuple[int, int], Synapses] | None = None
        self._listed: Synapses | None = None
        self._rule = self._find_rule()
        if self._rule is None:
            self._list(expand(connector, self))
        simulator.state.restructure("a new projection")  # reading back may have mapped the others
        simulator.state.projections.append(self)

    @property
    def has_conductances(self) -> bool:
        """Whether the synapses are conductances."""
        return bool(self.post.conductance_based)

    @property
    def is_plastic(self) -> bool:
        """Whether weights change by a rule."""
        return isinstance(self.synapse_type, STDPMechanism)

    @property
    def receptor(self) -> Receptor:
        """Synapse type of the machine."""
        return Receptor[self.receptor_type.upper()]

    # --- what there is to connect --------------------------------------------------------------

    def _find_rule(self) -> Rule | None:
        """The rule that cores can expand, if there is one and they shall."""
        if simulator.state.is_expanded_on_host:
            return None
        if getattr(self._connector, "location_selector", None) is not None:
            msg = "location_selector: cells of the machine have one compartment; leave it out"
            raise UnsupportedError(msg)
        space = self.synapse_type.parameter_space
        weight, delay_ms = known(space["weight"]), known(space["delay"])
        if weight is None or delay_ms is None:
            return None
        parts = rule_parts(self._connector, self.pre, self.post)
        signed = magnitude(weight)
        if parts is None or signed is None:
            return None
        check_weights(signed[0].mean * signed[1], self)
        self._check_delays(np.array([delay_ms.mean]))
        negative = share_below(delay_ms, -1e-9)
        if negative > FAR_TAIL:
            NOTICES.tell(
                f"projection {self.label}: {negative:.1%} of the delays are drawn below 0; they "
                "become one time step"
            )
        tell_generators(self._connector, space)
        if self._connector.callback is not None:
            self._connector.callback(1.0)
        return Rule(parts, *signed, delay_ms)

    def _list(self, synapses: Synapses) -> None:
        check_weights(synapses.weight, self)
        self._check_delays(synapses.delay_ms)
        self._rule, self._listed, self._held, self._parts = None, synapses, None, None

    def _check_delays(self, delays_ms: Floats) -> None:
        if not (np.isfinite(delays_ms) & (delays_ms >= 0)).all():
            msg = f"projection {self.label}: delays must be finite and not negative (ms)"
            raise ConnectError(msg)
        dt_ms = simulator.state.dt
        if delays_ms.size and delays_ms.min() < dt_ms * (0.5 - 1e-9):
            NOTICES.tell(
                f"projection {self.label}: delays from {delays_ms.min():g} ms on, less than a time "
                f"step of {dt_ms:g} ms, become one"
            )

    def on_pairs(self, name: str, value: LazyArray) -> LazyArray:
        """`value` for every pair of cells; functions of distance or indices are applied."""
        whole = deepcopy(value)
        whole.shape = self.shape
        space = ParameterSpace({}, shape=self.shape)
        space._parameters[name] = whole
        return self._handle_distance_expressions(space)[name]

    # --- what is mapped --------------------------------------------------------------------------

    def number_parts(self, first: int) -> list[PartSpec]:
        """The parts as the machine is told of them; they are numbered from `first` on."""
        if self._parts is None:
            self._parts = self._listed_parts() if self._rule is None else self._rule_parts()
        self._first_number = first
        return [part.spec for part in self._parts]

    def _rule_parts(self) -> list[_Part]:
        rule = self._rule
        assert rule is not None
        ends = [(pre, post) for pre in sides(self.pre) for post in sides(self.post)]
        return [
            self._part(pre, post, connector, rule.weight, rule.delay_ms)
            for (pre, post), (_, _, connector) in zip(ends, rule.parts, strict=True)
        ]

    def _listed_parts(self) -> list[_Part]:
        synapses = self._listed
        assert synapses is not None
        parts = []
        for pre in sides(self.pre):
            for post in sides(self.post):
                rows = np.flatnonzero(pre.holds(synapses.pre) & post.holds(synapses.post))
                if not rows.size:
                    continue
                weight, delay_ms = np.abs(synapses.weight[rows]), synapses.delay_ms[rows].copy()
                listed = ExplicitList(
                    pre.members[synapses.pre[rows] - pre.first].astype(np.int32),
                    post.members[synapses.post[rows] - post.first].astype(np.int32),
                    weight,
                    delay_ms,
                )
                means = Constant(float(weight.mean())), Constant(float(delay_ms.mean()))
                parts.append(self._part(pre, post, listed, *means))
        return parts

    def _part(
        self,
        pre: Side,
        post: Side,
        connector: Connector,
        weight: Distribution,
        delay_ms: Distribution,
    ) -> _Part:
        names = pre.population.spec_name, post.population.spec_name
        spec = PartSpec(*names, connector, weight, delay_ms, self.receptor)
        if self.is_plastic:
            spec = replace(spec, plasticity=self.synapse_type.stdp())
        return _Part(pre, post, spec)

    # --- what there is ---------------------------------------------------------------------------

    def synapses(self) -> Synapses:
        """All synapses as cores hold them, in the order of source and target.

        Asking for them maps and generates the network, if that was not done, unless the script
        listed them and numbers are not rounded.
        """
        state = simulator.state
        key = state.version, state.step if self.is_plastic else 0
        if self._held is None or self._held[0] != key:
            exact = state.config.run.arithmetic == "float64"
            if self._listed is not None and exact and not state.is_open:
                delay_ms = to_ms(delay_steps(self._listed.delay_ms, state.dt), state.dt)
                found = self._listed._replace(delay_ms=delay_ms)
            else:
                found = self._from_machine(state.session)
            self._held = (state.version, key[1]), found
        return self._held[1]

    def _from_machine(self, session: Any) -> Synapses:
        sign = -1 if self._is_negative() else 1
        pieces = []
        for number, (pre, post, _) in enumerate(self._parts or [], self._first_number):
            got = session.synapses(number)
            ends = pre.indices(got.pre), post.indices(got.post)
            pieces.append(Synapses(*ends, sign * got.weight, got.delay_ms))
        found = joined(pieces)
        dt_ms = simulator.state.dt
        found = found._replace(delay_ms=to_ms(delay_steps(found.delay_ms, dt_ms), dt_ms)).ordered()
        return found if self._listed is None else matched(found, self._listed, dt_ms)

    def _is_negative(self) -> bool:
        if self._rule is not None:
            return self._rule.sign < 0
        assert self._listed is not None
        return bool((self._listed.weight < 0).any())

    def __len__(self) -> int:
        if self._listed is not None:
            return self._listed.pre.size
        assert self._rule is not None
        counts = [
            connector.n_synapses(pre.size, post.size, recurrent=pre is post)
            for pre, post, connector in self._rule.parts
        ]
        if all(count.p >= 1.0 for count in counts):
            return sum(count.n for count in counts)
        simulator.state.number_projections()
        numbered = enumerate(self._rule.parts, self._first_number)
        return sum(
            count_synapses(connector, pre, post, number, simulator.state.seed)
            for number, (pre, post, connector) in numbered
        )

    def delay_range(self) -> tuple[float, float] | None:
        """Shortest and longest delay (ms) on the machine; None without synapses."""
        if self._rule is not None and isinstance(self._rule.delay_ms, Constant):
            delays_ms = np.array([self._rule.delay_ms.value])
        elif self._listed is not None:
            delays_ms = self._listed.delay_ms
        else:
            delays_ms = self.synapses().delay_ms
        dt_ms = simulator.state.dt
        if not delays_ms.size:
            return None
        steps = delay_steps(delays_ms, dt_ms)
        return to_ms(int(steps.min()), dt_ms), to_ms(int(steps.max()), dt_ms)

    @property
    def connections(self) -> Iterator[Connection]:
        """All synapses, as objects."""
        return iter(self)

    def __getitem__(self, index: int) -> Connection:
        if not -len(self) <= index < len(self):
            msg = f"projection {self.label}: no connection {index} among {len(self)}"
            raise IndexError(msg)
        return Connection(self, index % len(self))

    def _get_attributes_as_list(self, names: Any) -> list[tuple[Any, ...]]:
        synapses = self.synapses()
        columns = [self._column(synapses, name).tolist() for name in names]
        return list(zip(*columns, strict=True))

    def _get_attributes_as_arrays(self, names: Any, multiple_synapses: str = "sum") -> list[Floats]:
        synapses = self.synapses()
        return [
            as_matrix(self.shape, synapses, self._column(synapses, name), multiple_synapses)
            for name in names
        ]

    def _column(self, synapses: Synapses, name: str) -> Floats:
        """Values of one attribute of `synapses`; those of a rule of plasticity are all the same."""
        if name in COLUMNS:
            return np.asarray(synapses[COLUMNS[name]], np.float64)
        return np.full(synapses.pre.size, self.synapse_type.constants[name])

    # --- setting ---------------------------------------------------------------------------------

    def set(self, **attributes: Any) -> None:
        """Set weights or delays of all synapses.

        Parameters
        ----------
        **attributes
            ``weight``, in the unit of the target's model, and ``delay`` (ms), once the network has
            run no longer than the longest before: a number, a `RandomDistribution`, a function of
            the distance, an array with a value per pair of cells or one per synapse, in the order
            in which `get` lists them.
        """
        for name, value in attributes.items():
            if name in ATTRIBUTES:
                self._set_or_leave(name, value)
            elif self.is_plastic and name in self.synapse_type.rule_parameters:
                simulator.state.restructure(f"another {name} of plastic synapses")
                self.synapse_type.set_rule(name, value)
                self._parts = None
            else:
                known_names = ", ".join(self.synapse_type.get_parameter_names())
                msg = (
                    f"projection {self.label}: its synapses have no parameter {name!r}; "
                    f"known: {known_names}"
                )
                raise ParameterValueError(msg)

    def _set_or_leave(self, name: str, value: Any) -> None:
        """Set `name`; all stays as it was if that is refused."""
        before = self._rule, self._listed, self._parts
        try:
            self._set(name, value)
        except ConfigError:
            self._rule, self._listed, self._parts = before
            simulator.state.touch()
            raise

    def _set(self, name: str, value: Any) -> None:
        if isinstance(value, (list, np.ndarray)) and np.ndim(value) == 1:
            self._set_values(name, np.asarray(value, np.float64))
            return
        space = ParameterSpace({name: value}, self.synapse_type.get_schema(), self.shape)
        if self._set_rule(name, space[name]):
            return
        synapses = self._to_list()
        pre, post = synapses.pre, synapses.post
        self._set_values(name, values_of_pairs(self, name, space[name], pre, post))

    def _set_rule(self, name: str, value: LazyArray) -> bool:
        """Set a parameter of the rule, if there is one that takes `value`."""
        distribution = None if self._rule is None else known(value)
        if self._rule is None or distribution is None:
            return False
        if name == "delay":
            self._check_delays(np.array([distribution.mean]))
            self._rule = self._rule._replace(delay_ms=distribution)
        else:
            signed = magnitude(distribution)
            if signed is None:
                return False
            check_weights(signed[0].mean * signed[1], self)
            self._rule = self._rule._replace(weight=signed[0], sign=signed[1])
        self._parts = None
        self._tell(name)
        return True

    def _to_list(self) -> Synapses:
        """The synapses as a list, which they become if they are not, as they are now."""
        if self._listed is None or self.is_plastic:
            self._list(self.synapses())
        assert self._listed is not None
        return self._listed

    def _set_values(self, name: str, values: Floats) -> None:
        synapses = self._to_list()
        if values.size != synapses.pre.size:
            msg = (
                f"projection {self.label}: {values.size} values of {name} for "
                f"{synapses.pre.size} synapses"
            )
            raise ParameterValueError(msg)
        if np.isnan(values).any():
            msg = f"projection {self.label}: {name} of a synapse that exists must not be NaN"
            raise ParameterValueError(msg)
        if name == "delay":
            self._list(synapses._replace(delay_ms=values))
        else:
            self._list(synapses._replace(weight=values))
        self._tell(name)

    def _tell(self, name: str) -> None:
        """Tell that `name` changed; delays may need more room, which only a new mapping gives."""
        state = simulator.state
        if name == "delay" and state.step == 0:
            state.restructure("new delays")
        state.touch()
        if name == "delay" and state.is_open:
            _ = state.session  # raises if there is no room

    def set_one(self, name: str, index: int, value: float) -> None:
        """Set `name` of the synapse `index`, in the order in which `get` lists them."""
        synapses = self._to_list()
        values = self._column(synapses, name).copy()
        values[index] = value
        self._set_values(name, values)
