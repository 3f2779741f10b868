"""A network that contradicts itself is refused, in words."""

import numpy as np
import pytest

from mapping.connectors import AllToAll, ExplicitList, OneToOne
from mapping.distributions import ClippedNormal, Constant, Normal
from mapping.errors import SpecError
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection

A = Population("A", 2, PopulationKind.NEURON)
B = Population("B", 3, PopulationKind.NEURON)
S = Population("S", 2, PopulationKind.SPIKE_ARRAY)


def projection(pre="A", post="B", connector=None, weight=Constant(1.0), delay=Constant(1.0)):  # noqa: B008
    return Projection(pre, post, connector or AllToAll(), weight, delay)


def network(*projections, populations=(A, B, S)):
    return NetworkSpec("net", populations, projections)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: network(populations=(A, A)), "population 'A' is defined 2 times"),
        (lambda: network(populations=()), "network 'net' is empty"),
        (lambda: Population("E", 0, PopulationKind.NEURON), "'E' needs at least 1 member, got 0"),
        (lambda: Population("a/b", 1, PopulationKind.NEURON), "population name 'a/b': must not"),
        (lambda: network(projection(post="C")), "A -> C: no population 'C'"),
        (lambda: network(projection(post="S")), "A -> S: S is a spike source"),
        (lambda: network(projection(connector=OneToOne())), "A -> B: one-to-one needs equal sizes"),
        (lambda: projection(weight=Constant(-0.4)), "A -> B: weight -0.4 nA; weights are magn"),
        (lambda: projection(weight=Normal(-1.0, 0.1)), "A -> B: weight -1 nA"),
        (lambda: projection(weight=Constant(np.nan)), "A -> B: weight nan nA"),
        (lambda: projection(weight=Constant(np.inf)), "A -> B: weight inf nA"),
        (
            lambda: projection(delay=Constant(-1.0)),
            "A -> B: delay -1 ms; delays are finite and not",
        ),
        (lambda: projection(delay=Constant(np.nan)), "A -> B: delay nan ms"),
        (
            lambda: projection(
                connector=ExplicitList(
                    np.zeros(2, np.int32), np.zeros(2, np.int32), delay_ms=np.array([0.1, np.inf])
                )
            ),
            "A -> B: delay inf ms",
        ),
        (
            lambda: projection(
                connector=ExplicitList(
                    np.zeros(2, np.int32), np.zeros(2, np.int32), np.array([0.1, -0.2])
                )
            ),
            "A -> B: weight -0.2 nA",
        ),
    ],
)
def test_contradictions_are_named(build, message):
    with pytest.raises(SpecError, match=message):
        build()


@pytest.mark.parametrize(
    ("delay", "slots"),
    [
        (Constant(0.1), 2),
        (Constant(0.3), 4),
        (Constant(0.4), 8),
        (Constant(6.3), 64),
        (Constant(6.4), 128),
        (ClippedNormal(1.5, 0.75, 0.05, 1.5), 16),
    ],
)
def test_delay_slots_hold_the_longest_delay(delay, slots):
    assert network(projection(delay=delay)).delay_slots(0.1) == slots


def test_listed_delays_count_as_they_are():
    pairs = np.zeros(2, np.int32), np.zeros(2, np.int32)
    listed = ExplicitList(*pairs, delay_ms=np.array([0.1, 3.0]))
    assert network(projection(connector=listed)).delay_slots(0.1) == 32


def test_neurons_are_counted_without_spike_sources():
    assert network().n_neurons == 5


def test_populations_and_projections_are_found_by_name_and_position():
    first, second = projection(), projection("S", "A")
    spec = network(first, projection("A", "A"), second)
    assert [spec.index(name) for name in "ABS"] == [0, 1, 2]
    assert [[p.post for p in spec.outgoing(i)] for i in range(3)] == [["B", "A"], [], ["A"]]
    assert spec.outgoing(2) == (second,)
    assert spec.outgoing(0)[0] is first
