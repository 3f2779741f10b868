"""Compiled cores against their readable twins: scalar functions one by one, engines as wholes."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipemu import compiled_engine, kernels, reference, reference_engine
from chipemu.models.if_curr_exp import kernels as lif
from chipemu.models.if_curr_exp import reference as lif_reference
from chipemu.models.if_curr_exp.params import Arithmetic, Constants
from chipemu.recording import Sampling
from host.image import build_image
from host.numerics import Numerics
from host.spikesources import poisson_table
from mapping.connectors import (
    AllToAll,
    ExplicitList,
    FixedInDegree,
    FixedOutDegree,
    FixedTotalNumber,
    OneToOne,
    PairwiseBernoulli,
)
from mapping.distributions import ClippedNormal, Constant, Uniform
from mapping.graph import Layout
from mapping.machine import Budgets, Machine
from mapping.partition import partition
from mapping.place import PLACERS, Search
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection, Receptor
from router.topology import spinn5_boards
from tests.parity.slow import examples

SCALAR = {
    "synaptic_input": (lif, lif_reference),
    "decayed": (lif, lif_reference),
    "membrane": (lif, lif_reference),
    "lif_step": (lif, lif_reference),
    "poisson_count": (kernels, reference),
}
WHOLE = {  # one step of the engine, which the reference engine does in another order
    "add_sources", "add_counts", "add_poisson", "add_row", "add_saturating", "add_synapses",
    "collect_spikes", "constants_of", "count_thresholds", "deliver", "draw_groups", "entry",
    "gather_inputs", "inject", "record", "run_steps", "step_block", "sum_of", "synaptic", "take",
    "update_neuron", "update_run",
}  # fmt: skip

int32s = st.integers(-(2**31), 2**31 - 1)
uint32s = st.integers(0, 2**32 - 1)
uint16s = st.integers(0, 2**16 - 1)
arithmetics = st.sampled_from([int(a) for a in Arithmetic])
FORMS = {"njit": lambda f: f, "py_func": lambda f: getattr(f, "py_func", f)}
forms = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())


def test_every_kernel_has_a_twin():
    own = {
        name
        for module in (kernels, lif)
        for name, f in vars(module).items()
        if callable(f)
        and getattr(f, "__module__", "") == module.__name__
        and f.__name__[0].islower()
    }
    assert own == {*SCALAR, *WHOLE}


@pytest.mark.parametrize("name", SCALAR)
def test_twins_take_the_same_parameters(name):
    fast, slow = (getattr(module, name) for module in SCALAR[name])
    parameters = inspect.signature(getattr(fast, "py_func", fast)).parameters
    assert list(parameters) == list(inspect.signature(slow).parameters)


@forms
@given(int32s, uint16s, st.integers(0, 16), uint32s, arithmetics)
def test_synaptic_input(form, current, ring, shift, init_u, arithmetic):
    args = (current, ring, shift, init_u, arithmetic)
    assert form(lif.synaptic_input)(*args) == lif_reference.synaptic_input(*args)


@forms
@given(int32s, uint32s, arithmetics)
def test_decayed(form, current, decay_u, arithmetic):
    args = (current, decay_u, arithmetic)
    assert form(lif.decayed)(*args) == lif_reference.decayed(*args)


@forms
@given(st.tuples(int32s, int32s, int32s, int32s, int32s, uint32s, arithmetics, uint32s, uint32s))
def test_membrane(form, args):
    assert form(lif.membrane)(*args) == lif_reference.membrane(*args)


@forms
@given(
    st.tuples(
        int32s, st.integers(-2, 30), int32s, int32s, int32s, int32s, int32s, int32s, uint32s,
        st.integers(0, 40), arithmetics, uint32s, uint32s,
    )
)  # fmt: skip
def test_lif_step(form, args):
    assert tuple(form(lif.lif_step)(*args)) == lif_reference.lif_step(*args)


@forms
@given(st.integers(0, 5000), st.integers(0, 10**6), st.integers(0, 20), uint32s, uint32s,
       st.floats(0, 60))  # fmt: skip
def test_poisson_count(form, member, step, population, low, high, expected):
    table = poisson_table(expected * 1e4, 0.1)
    fast = form(kernels.poisson_count)(
        member, step, population, np.array([low, high]), table.thresholds, table.guide
    )
    assert fast == reference.poisson_count(
        member, step, population, (low, high), table.thresholds.tolist(), table.guide.tolist()
    )


def connectors(n_pre, n_post):
    """Any rule that can be met."""
    flags = st.booleans()
    rules = [
        st.builds(AllToAll, flags),
        st.builds(PairwiseBernoulli, st.floats(0, 1), flags),
        st.builds(FixedTotalNumber, st.integers(0, 40), st.just(True), st.just(True)),
        st.builds(FixedInDegree, st.integers(0, 6), st.just(True), st.just(True)),
        st.builds(FixedOutDegree, st.integers(0, n_post), st.just(True), flags),
    ]
    if n_pre == n_post:
        rules.append(st.just(OneToOne()))
    pairs = st.lists(st.tuples(st.integers(0, n_pre - 1), st.integers(0, n_post - 1)), max_size=20)
    rules.append(pairs.map(_listed))
    return st.one_of(rules)


def _listed(pairs):
    pre, post = np.array(pairs, np.int32).reshape(-1, 2).T.copy()
    return ExplicitList(
        pre, post, np.linspace(0.1, 3.0, pre.size), 0.1 * (1 + np.arange(pre.size) % 9)
    )


weights = st.one_of(
    st.sampled_from([0.2, 0.99, 1.9]).map(Constant),
    st.just(ClippedNormal(1.0, 0.5, 0.0)),
    st.just(Uniform(0.0, 2.0)),
)
delays = st.one_of(
    st.sampled_from([0.1, 0.2, 0.7]).map(Constant), st.just(ClippedNormal(0.4, 0.2, 0.05))
)


@st.composite
def networks(draw):
    """Small networks that fire a lot, often in step, with weights that saturate ring buffers."""
    populations, projections = [], []
    for i in range(draw(st.integers(1, 3))):
        parameters = {
            "cm": 0.25, "tau_m": 10.0, "tau_syn_E": 0.5, "tau_syn_I": 1.5,
            "tau_refrac": draw(st.sampled_from([0.0, 0.1, 0.5])),
            "i_offset": draw(st.sampled_from([0.0, 2.0, 40.0, 40.0])),
        }  # fmt: skip
        size = draw(st.one_of(st.integers(1, 12), st.just(12)))
        initial = {"v": draw(st.sampled_from([Constant(-65.0), Uniform(-70.0, -49.0)]))}
        rate = draw(st.sampled_from([0.01, 0.01, 30.0]))
        kind = PopulationKind.NEURON
        populations.append(Population(f"n{i}", size, kind, parameters, initial, (), rate))
    neurons = list(populations)
    for i in range(draw(st.integers(0, 2))):
        target = draw(st.sampled_from(neurons))
        rate = draw(st.sampled_from([200.0, 12800.0, 400000.0]))
        kind, parameters = PopulationKind.POISSON, {"rate": rate}
        populations.append(
            Population(f"p{i}", target.size, kind, parameters, expected_rate_hz=rate)
        )
        direct = draw(st.booleans())
        projections.append(
            Projection(
                f"p{i}",
                target.name,
                OneToOne() if direct else draw(connectors(target.size, target.size)),
                Constant(draw(st.floats(0, 2))) if direct else draw(weights),
                Constant(0.1) if direct else draw(delays),
                draw(st.sampled_from(Receptor)),
            )
        )
    if draw(st.booleans()):
        times = st.lists(st.sampled_from([0.0, 0.3, 1.0, 1.1]), max_size=4)
        spikes = tuple(np.array(draw(times)) for _ in range(3))
        populations.append(Population("s", 3, PopulationKind.SPIKE_ARRAY, spike_times_ms=spikes))
    for _ in range(draw(st.integers(0, 5))):
        pre = draw(
            st.sampled_from([p for p in populations if p.kind is not PopulationKind.POISSON])
        )
        post = draw(st.sampled_from(neurons))
        rule = draw(connectors(pre.size, post.size))
        try:
            rule.check(pre.size, post.size, recurrent=pre is post)
        except ValueError:
            continue
        projections.append(
            Projection(
                pre.name,
                post.name,
                rule,
                draw(weights),
                draw(delays),
                draw(st.sampled_from(Receptor)),
            )
        )
    return NetworkSpec("random", tuple(populations), tuple(projections))


def image_of(spec, layout, neurons_per_core, synapse_cores, numerics, n_threads=1):
    machine = Machine(spinn5_boards(1))
    graph = partition(
        spec, Budgets(), layout=layout, neurons_per_core=neurons_per_core,
        synapse_cores=synapse_cores, dt_ms=numerics.dt_ms,
    )  # fmt: skip
    placement = PLACERS["hilbert"](graph, machine, Search())
    return build_image(spec, graph, placement, numerics, n_threads=n_threads)


def assert_same(left, right):
    for name in left.__slots__:
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name), err_msg=name)


@examples(150)
@given(
    networks(),
    st.sampled_from(Layout),
    st.integers(1, 12),
    st.integers(1, 3),
    st.sampled_from(Arithmetic),
    st.sampled_from(Constants),
    st.integers(0, 2**64 - 1),
)
def test_engines_agree(spec, layout, per_core, synapse_cores, arithmetic, constants, seed):
    numerics = Numerics(dt_ms=0.1, seed=seed, arithmetic=arithmetic, constants=constants)
    image = image_of(spec, layout, per_core, synapse_cores, numerics)
    sampling = Sampling(np.arange(image.n_neurons), 2, 3)
    fast = compiled_engine.run(image, 25, sampling=sampling, steps_per_call=7)
    slow = reference_engine.run(image, 25, sampling=sampling)
    assert_same(fast, slow)


@examples(25)
@given(networks(), st.integers(2, 4), st.integers(1, 3))
def test_blocks_and_threads_do_not_matter(spec, n_blocks, n_threads):
    n = spec.n_neurons
    whole = image_of(spec, Layout.ENSEMBLE, 5, 2, Numerics())
    blocks = np.unique(np.arange(n_blocks + 1) * n // n_blocks)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("host.image.block_bounds", lambda *_: blocks.astype(np.int64))
        parted = image_of(spec, Layout.ENSEMBLE, 5, 2, Numerics(), n_threads)
    assert parted.matrix.n_blocks == blocks.size - 1
    assert_same(
        compiled_engine.run(whole, 20), compiled_engine.run(parted, 20, n_threads=n_threads)
    )


def test_the_networks_of_this_test_saturate_and_fire():
    """A property over silent networks would prove nothing."""
    saturated, fired = [], []

    @settings(max_examples=40, database=None, derandomize=True)
    @given(networks())
    def collect(spec):
        image = image_of(spec, Layout.ENSEMBLE, 4, 2, Numerics())
        result = compiled_engine.run(image, 25)
        saturated.append(result.saturated.sum())
        fired.append(result.spike_source.size)

    collect()
    assert np.count_nonzero(saturated) >= 4
    assert np.count_nonzero(fired) >= 20
