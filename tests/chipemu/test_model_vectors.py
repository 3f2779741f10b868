"""Neuron models against compiled code of the real tool chain, bit for bit.

`arm_models.npz` was recorded from sPyNNaker's own C (as of October 2023), compiled by GCC 12.2 with
``-Ofast`` for the ARM968E-S and run under emulation: three neurons of each model, with random
parameters, spikes and injected currents.
"""

from pathlib import Path

import numpy as np
import pytest

from chipemu.models import MODELS, reference
from chipemu.models.cell import Cell
from chipemu.models.if_curr_exp.params import Arithmetic, Constants
from fixedpoint.formats import S1615, to_raw
from fixedpoint.reference import wrap32

VECTORS = np.load(Path(__file__).parents[1] / "data" / "arm_models.npz")
N_NEURONS = 3


@pytest.mark.parametrize("number", range(N_NEURONS))
@pytest.mark.parametrize("name", sorted({*MODELS} - {"IF_curr_exp"}))
def test_the_reference_does_what_compiled_code_does(name, number):
    model, key = MODELS[name], f"{name}_{number}_"
    parameters = dict(zip(VECTORS[name + "_names"], VECTORS[key + "parameters"], strict=True))
    dt_ms, v, u = VECTORS[key + "start"].tolist()
    values = {name: np.array([value]) for name, value in parameters.items()}
    shifts = tuple(VECTORS[key + "shifts"].tolist())
    row = model.fixed(values, shifts, dt_ms, Constants.ON_CORE)[0].tolist()
    constant = int(to_raw(parameters["i_offset"], S1615))
    more = [int(to_raw(u, S1615)) if state == "u" else 0 for state in model.more_states]
    cell = Cell(int(to_raw(v, S1615)), more=more)
    samples, fired = [], []
    injected = VECTORS[key + "injected"].tolist()
    for rings, current in zip(VECTORS[key + "rings"].tolist(), injected, strict=True):
        step = (model.number, cell, row, tuple(rings))
        samples.append((cell.v, *reference.synaptic(*step, Arithmetic.TRUNCATE)))
        offset = wrap32(constant + current)
        fired.append(reference.update(*step, offset, Arithmetic.TRUNCATE, (0,) * 12))
    np.testing.assert_array_equal(samples, VECTORS[key + "samples"])
    expected = np.unpackbits(VECTORS[key + "fired"])[: len(fired)]
    np.testing.assert_array_equal(fired, expected)


def test_the_neurons_of_the_vectors_fire():
    counts = {
        name: sum(np.unpackbits(VECTORS[f"{name}_{k}_fired"]).sum() for k in range(N_NEURONS))
        for name in MODELS
        if name != "IF_curr_exp"
    }
    assert min(counts.values()) > 10
