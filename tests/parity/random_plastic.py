"""Small random networks with plastic synapses, that fire a lot."""

import numpy as np
from hypothesis import strategies as st

from mapping.connectors import AllToAll, ExplicitList, FixedTotalNumber, OneToOne, PairwiseBernoulli
from mapping.distributions import Constant, Uniform
from mapping.plasticity import Stdp, WeightDependence
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection, Receptor

NEURON, POISSON, ARRAY = (
    PopulationKind.NEURON,
    PopulationKind.POISSON,
    PopulationKind.SPIKE_ARRAY,
)

rules = st.builds(
    Stdp,
    tau_plus_ms=st.sampled_from([0.05, 0.7, 20.0]),
    tau_minus_ms=st.sampled_from([0.3, 5.0]),
    a_plus=st.sampled_from([0.0, 0.02, 0.3, -0.4, 1.7]),
    a_minus=st.sampled_from([0.0, 0.013, 0.3, -0.1, 2.5]),
    w_min=st.sampled_from([0.0, 0.1]),
    w_max=st.sampled_from([0.2, 1.0, 5.0]),
    dependence=st.sampled_from(WeightDependence),
    is_backpropagated=st.booleans(),
)
weights = st.sampled_from([Constant(0.0), Constant(0.9), Constant(3.3), Uniform(0.0, 2.0)])
delays = st.sampled_from([Constant(0.1), Constant(0.4), Uniform(0.1, 1.2)])
connectors = st.sampled_from([AllToAll(), PairwiseBernoulli(0.5), FixedTotalNumber(30, True, True)])


def _listed(n_pre, n_post):
    """Synapses of all delays up to 15 steps, several between the same pair among them."""
    pre, post = np.arange(20) % n_pre, np.arange(20) * 3 % n_post
    ends = (array.astype(np.int32) for array in (pre, post))
    return ExplicitList(*ends, np.linspace(0.1, 3.0, 20), 0.1 * (1 + np.arange(20) % 15))


@st.composite
def networks(draw):
    """Neurons that fire by themselves and in step, sources that fire more than once a step."""
    neurons = [
        Population(
            f"n{i}", draw(st.integers(1, 7)), NEURON,
            {"cm": 0.25, "tau_m": 10.0, "tau_refrac": draw(st.sampled_from([0.0, 0.1, 0.5])),
             "i_offset": draw(st.sampled_from([0.0, 5.0, 40.0]))},
            {"v": Uniform(-70.0, -49.0)}, expected_rate_hz=draw(st.sampled_from([0.01, 30.0])),
        )
        for i in range(draw(st.integers(1, 2)))
    ]  # fmt: skip
    times = st.lists(st.sampled_from([0.0, 0.1, 0.3, 1.0, 1.1, 4.9]), max_size=5)
    others = [
        Population("p", 3, POISSON, {"rate": draw(st.sampled_from([300.0, 12800.0]))}),
        Population("s", 3, ARRAY, spike_times_ms=tuple(np.array(draw(times)) for _ in range(3))),
        Population("q", neurons[0].size, POISSON, {"rate": 2000.0}),
    ]
    rule_of = {population.name: draw(rules) for population in neurons}
    projections = [Projection("q", "n0", OneToOne(), Constant(1.0), Constant(0.1))]
    for _ in range(draw(st.integers(1, 4))):
        pre, post = draw(st.sampled_from([*neurons, *others[:2]])), draw(st.sampled_from(neurons))
        is_listed = draw(st.booleans())
        connector = _listed(pre.size, post.size) if is_listed else draw(connectors)
        rule = draw(st.sampled_from([None, *3 * [rule_of[post.name]]]))
        projections.append(
            Projection(
                pre.name, post.name, connector, draw(weights), draw(delays),
                draw(st.sampled_from(Receptor)), rule,
            )
        )  # fmt: skip
    return NetworkSpec("plastic", (*neurons, *others), tuple(projections))
