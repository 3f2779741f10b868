"""Compiled neuron models against their readable twins: by function, and whole mixed networks."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipemu import compiled_engine, reference_engine
from chipemu.errors import ParameterError
from chipemu.models import MODELS
from chipemu.models.if_cond_exp import kernels as cond
from chipemu.models.if_cond_exp import reference as cond_reference
from chipemu.models.if_cond_exp.float64 import kernels as cond_float64
from chipemu.models.if_cond_exp.float64 import reference as cond_float64_reference
from chipemu.models.if_curr_alpha import kernels as alpha
from chipemu.models.if_curr_alpha import reference as alpha_reference
from chipemu.models.if_curr_alpha.float64 import kernels as alpha_float64
from chipemu.models.if_curr_alpha.float64 import reference as alpha_float64_reference
from chipemu.models.if_curr_delta import kernels as delta
from chipemu.models.if_curr_delta import reference as delta_reference
from chipemu.models.if_curr_delta.float64 import kernels as delta_float64
from chipemu.models.if_curr_delta.float64 import reference as delta_float64_reference
from chipemu.models.if_curr_exp.params import Arithmetic, Constants
from chipemu.models.izhikevich import kernels as izhikevich
from chipemu.models.izhikevich import reference as izhikevich_reference
from chipemu.models.izhikevich.float64 import kernels as izhikevich_float64
from chipemu.models.izhikevich.float64 import reference as izhikevich_float64_reference
from chipemu.models.izhikevich.params import ROUNDINGS
from chipemu.models.numbers import ModelNumber
from chipemu.recording import Sampling, join
from host.numerics import Numerics
from mapping.graph import Layout
from mapping.spec import NetworkSpec, Population, PopulationKind
from tests.parity.slow import IS_SLOW, examples
from tests.parity.test_chipemu import assert_same, image_of, networks
from tests.parity.test_float64 import NUMBERS, kernels_of, python

RUNS = {"constants_of", "synaptic", "update_run", "update_neuron"}
FLOAT_RUNS = {"floats_of", "synaptic", "update_run_float64"}
TWINS = {  # modules; scalar functions; what is compared with a whole network
    "IF_cond_exp": (cond, cond_reference, {"conductance", "synaptic_current"}, {*RUNS, "held"}),
    "IF_cond_exp float64": (
        cond_float64,
        cond_float64_reference,
        {"synaptic_current"},
        FLOAT_RUNS,
    ),
    "IF_curr_delta": (delta, delta_reference, {"new_input", "synaptic_current"}, RUNS),
    "IF_curr_delta float64": (
        delta_float64,
        delta_float64_reference,
        {"synaptic_current"},
        FLOAT_RUNS,
    ),
    "IF_curr_alpha": (
        alpha,
        alpha_reference,
        {"alpha_current", "alpha_input", "alpha_shaped"},
        {*RUNS, "excitation", "inhibition"} - {"update_neuron"},
    ),
    "IF_curr_alpha float64": (
        alpha_float64,
        alpha_float64_reference,
        {"alpha_input", "alpha_shaped"},
        {*FLOAT_RUNS, "excitation", "inhibition"},
    ),
    "Izhikevich": (
        izhikevich,
        izhikevich_reference,
        {"fitted", "izhikevich_step", "midpoint", "product"},
        {*RUNS, "held", "words"},
    ),
    "Izhikevich float64": (
        izhikevich_float64,
        izhikevich_float64_reference,
        {"izhikevich_step", "midpoint"},
        {*FLOAT_RUNS, "held"},
    ),
}
SCALAR = [(name, function) for name, twins in TWINS.items() for function in sorted(twins[2])]

SIGNED = st.integers(-(2**31), 2**31 - 1)
UNSIGNED = st.integers(0, 2**32 - 1)
INTEGERS = {
    "arithmetic": st.sampled_from([int(a) for a in Arithmetic]),
    "rands": st.tuples(*[UNSIGNED] * 12),
    "ring": st.integers(0, 2**16 - 1),
    "shift": st.integers(0, 16),
    "timer": st.integers(-2, 30),
}
"""Strategies of parameters by their names; signed integers otherwise."""


def value_of(parameter, is_float64):
    if is_float64 and parameter != "timer":
        return NUMBERS
    if parameter.endswith("_u") or parameter == "rand":
        return UNSIGNED
    return INTEGERS.get(parameter, SIGNED)


@pytest.mark.parametrize("name", TWINS)
def test_every_kernel_has_a_twin(name):
    fast, slow, scalar, whole = TWINS[name]
    assert kernels_of(fast) == scalar | whole
    assert scalar <= set(slow.__all__)


def test_every_model_is_tested():
    assert {name.removesuffix(" float64") for name in TWINS} == {*MODELS} - {"IF_curr_exp"}
    assert {model.number for model in MODELS.values()} == set(ModelNumber)


@pytest.mark.parametrize("form", [lambda f: f, python], ids=["njit", "py_func"])
@pytest.mark.parametrize(("name", "function"), SCALAR)
@given(st.data())
def test_scalar_twins_agree(form, name, function, data):
    fast, slow = (getattr(module, function) for module in TWINS[name][:2])
    parameters = list(inspect.signature(slow).parameters)
    assert list(inspect.signature(python(fast)).parameters) == parameters
    drawn = [data.draw(value_of(parameter, "float64" in name)) for parameter in parameters]
    assert form(fast)(*drawn) == slow(*drawn)


BESIDES = {
    "IF_cond_exp": {"e_rev_E": st.sampled_from([0.0, -20.0]), "e_rev_I": st.just(-80.0)},
    "Izhikevich": {"b": st.sampled_from([0.2, 0.26]), "d": st.sampled_from([2.0, 0.05])},
}
"""Parameters that IF_curr_exp does not have."""


@st.composite
def mixed_networks(draw):
    """`networks` in which each population is of any model."""
    spec = draw(networks())
    populations = tuple(
        _with_model(draw, population) if population.kind is PopulationKind.NEURON else population
        for population in spec.populations
    )
    return NetworkSpec("mixed", populations, spec.projections)


def _with_model(draw, population):
    model = MODELS[draw(st.sampled_from(sorted(MODELS)))]
    besides = {name: draw(values) for name, values in BESIDES.get(model.name, {}).items()}
    common = {n: value for n, value in population.parameters.items() if n in model.defaults}
    return Population(
        population.name,
        population.size,
        population.kind,
        common | besides,
        population.initial,
        expected_rate_hz=population.expected_rate_hz,
        model=model.name,
    )


@examples(60)
@given(
    mixed_networks(),
    st.sampled_from(Layout),
    st.sampled_from(sorted(ROUNDINGS)),
    st.sampled_from(Constants),
    st.integers(0, 2**64 - 1),
)
def test_engines_agree(spec, layout, arithmetic, constants, seed):
    numerics = Numerics(seed=seed, arithmetic=arithmetic, constants=constants)
    image = image_of(spec, layout, 5, 2, numerics)
    sampling = Sampling(np.arange(image.n_neurons), 2, 3)
    fast = compiled_engine.run(image, 25, sampling=sampling, steps_per_call=7)
    assert_same(fast, reference_engine.run(image, 25, sampling=sampling))


@examples(30)
@given(mixed_networks(), st.sampled_from(Layout), st.integers(0, 2**64 - 1))
def test_engines_agree_in_double_precision(spec, layout, seed):
    image = image_of(spec, layout, 5, 2, Numerics(seed=seed, is_float64=True))
    sampling = Sampling(np.arange(image.n_neurons), 2, 3)
    fast = compiled_engine.run(image, 25, sampling=sampling, steps_per_call=7)
    assert_same(fast, reference_engine.run(image, 25, sampling=sampling))


@examples(15)
@given(mixed_networks(), st.integers(1, 24), st.booleans(), st.booleans())
def test_a_snapshot_goes_on_alike(spec, n_before, is_float64, is_procedural):
    numerics = Numerics(is_float64=is_float64, is_procedural=is_procedural and not is_float64)
    image = image_of(spec, Layout.ENSEMBLE, 5, 2, numerics)
    sampling = Sampling(np.arange(image.n_neurons))
    whole = compiled_engine.run(image, 25, sampling=sampling)
    earlier = compiled_engine.Cores(image, sampling=sampling)
    parts = [earlier.advance(n_before)]
    later = compiled_engine.Cores(image, sampling=sampling, snapshot=earlier.snapshot())
    parts.append(later.advance(25 - n_before))
    assert_same(join(parts), whole)


@pytest.mark.skipif(IS_SLOW, reason="is about the networks, not about the form of the kernels")
def test_all_models_of_these_networks_fire():
    """A property over silent neurons would prove nothing."""
    fired = dict.fromkeys(ModelNumber, 0)

    @settings(max_examples=100, database=None, derandomize=True)
    @given(mixed_networks())
    def collect(spec):
        image = image_of(spec, Layout.ENSEMBLE, 4, 2, Numerics())
        spikes = compiled_engine.run(image, 25).spike_source
        models = image.model[spikes[spikes < image.n_neurons]]
        for number in fired:
            fired[number] += np.count_nonzero(models == number)

    collect()
    assert min(fired.values()) >= 50


@pytest.mark.parametrize("arithmetic", sorted(set(Arithmetic) - ROUNDINGS))
def test_roundings_that_a_model_does_not_know_are_refused(arithmetic):
    cells = Population("n", 2, PopulationKind.NEURON, model="Izhikevich")
    spec = NetworkSpec("unknown rounding", (cells,), ())
    with pytest.raises(ParameterError, match="population n: Izhikevich cannot be rounded as"):
        image_of(spec, Layout.ENSEMBLE, 5, 1, Numerics(arithmetic=arithmetic))
