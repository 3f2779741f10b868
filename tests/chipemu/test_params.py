"""Constants of the neuron update from parameters, in the three ways of the tool chain's history."""

import numpy as np
import pytest

from chipemu.errors import ParameterError
from chipemu.models.if_curr_exp.params import LIF_DEFAULTS, Constants, lif_constants, step_in_s1615

PD14 = {
    "cm": 0.25, "tau_m": 10.0, "tau_syn_E": 0.5, "tau_syn_I": 0.5, "tau_refrac": 2.0,
    "v_rest": -65.0, "v_reset": -65.0, "v_thresh": -50.0,
}  # fmt: skip


def constants_of(parameters, how, dt_ms=0.1):
    values = {
        k: np.atleast_1d(np.asarray(v, float)) for k, v in (LIF_DEFAULTS | parameters).items()
    }
    n = max(v.size for v in values.values())
    return lif_constants({k: np.resize(v, n) for k, v in values.items()}, (2, 3), dt_ms, how)


def test_on_core_constants_of_the_microcircuit():
    """The raw values of compiled SpiNNaker code with the time step as 3277 / 2**15 ms."""
    c = constants_of(PD14, Constants.ON_CORE)
    assert [int(x[0]) for x in c] == [
        -2129920, -2129920, -1638400, 1310720, 32442, 4252324052, 3516383004, 3516383004,
        3892683849, 3892683849, 20, 2, 3,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("how", "membrane"), [(Constants.NEAREST, 32442), (Constants.TRUNCATE, 32441)]
)
def test_host_constants_round_or_truncate(how, membrane):
    c = constants_of(PD14, how)
    assert int(c.membrane_k[0]) == membrane  # exp(-0.01) * 2**15 = 32441.95
    assert int(c.decay_exc_u[0]) == pytest.approx(np.exp(-0.2) * 2**32, abs=1)
    assert int(c.init_exc_u[0]) == pytest.approx(5 * -np.expm1(-0.2) * 2**32, abs=1)
    assert int(c.t_refract[0]) == 20


def test_neurons_may_differ():
    c = constants_of(PD14 | {"tau_m": [10.0, 20.0, 10.0], "v_thresh": [-50.0, -50.0, -49.0]},
                     Constants.NEAREST)  # fmt: skip
    assert c.r_k.tolist() == [1310720, 2621440, 1310720]
    assert c.v_thresh_k.tolist() == [-1638400, -1638400, -1605632]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tau_m", 0.0),
        ("cm", -1.0),
        ("cm", 1e-9),
        ("tau_syn_I", 0.0),
        ("tau_refrac", -0.1),
        ("v_rest", 7e4),
        ("v_thresh", np.nan),
    ],
)
def test_impossible_parameters_are_named(name, value):
    with pytest.raises(ParameterError, match=f"{name} = {value}"):
        constants_of({name: value}, Constants.ON_CORE)


@pytest.mark.parametrize("dt_ms", [1e-5, 0.0, 65536.0])
def test_time_steps_beyond_the_format(dt_ms):
    with pytest.raises(ParameterError, match=f"time step {dt_ms} ms"):
        step_in_s1615(dt_ms)


def test_the_usual_time_step():
    assert step_in_s1615(0.1) == 3277
