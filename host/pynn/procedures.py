"""The functions of PyNN's older, procedural interface."""

from typing import Any

from pyNN import common
from pyNN.connectors import FixedProbabilityConnector

from host.pynn import simulator
from host.pynn.populations import Population
from host.pynn.projections import Projection
from host.pynn.standardmodels.synapses import StaticSynapse

__all__ = ["connect", "create", "record", "record_gsyn", "record_v", "set"]

create = common.build_create(Population)
connect = common.build_connect(Projection, FixedProbabilityConnector, StaticSynapse)
set = common.set
record = common.build_record(simulator)


def record_v(source: Any, filename: Any) -> None:
    """Record the membrane potential of `source`, to be written to `filename` in the end."""
    record(["v"], source, filename)


def record_gsyn(source: Any, filename: Any) -> None:
    """Record synaptic conductances or currents of `source`, likewise."""
    record(["gsyn_exc", "gsyn_inh"], source, filename)
