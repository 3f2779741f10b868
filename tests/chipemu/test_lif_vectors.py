"""The LIF update against 40,000 steps per variant of GCC-compiled code run under qemu-arm."""

from pathlib import Path

import numpy as np
import pytest

from chipemu.models.if_curr_exp import kernels, reference
from chipemu.models.if_curr_exp.params import Arithmetic

DATA = np.load(Path(__file__).parent.parent / "data" / "arm_lif.npz")
SETS = list(enumerate(DATA["set_names"].tolist()))
VARIANTS = {
    "A0": Arithmetic.TRUNCATE,
    "A1": Arithmetic.NEAREST,
    "A2": Arithmetic.U032,
    "A3": Arithmetic.MIXED,
}


def trace(module, p, rings, arithmetic):
    """V, refractory timer, spikes and currents after every step."""
    v, timer, exc, inh = p["V0"], 0, 0, 0
    rows = []
    for ring in rings:
        exc = module.synaptic_input(exc, ring & 0xFFFF, p["lsE"], p["initE"], arithmetic)
        inh = module.synaptic_input(inh, ring >> 16, p["lsI"], p["initI"], arithmetic)
        current = (exc - inh + p["I_off"] + 2**31) % 2**32 - 2**31
        v, timer, fired = module.lif_step(
            v, timer, current, p["V_rest"], p["V_reset"], p["V_th"], p["R"],
            p["tc_k"], p["tc_u"], p["T_ref"], int(arithmetic), 0, 0,
        )  # fmt: skip
        exc = module.decayed(exc, p["decE"], arithmetic)
        inh = module.decayed(inh, p["decI"], arithmetic)
        rows.append((v, timer, fired, exc, inh, current))
    return np.array(rows, dtype=np.int64).T


@pytest.mark.parametrize("module", [kernels, reference], ids=["kernels", "reference"])
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(("index", "name"), SETS, ids=[name for _, name in SETS])
def test_every_step_of_the_arm_code_is_reproduced(module, variant, index, name):
    parameters = dict(
        zip(DATA["param_names"].tolist(), DATA["params"][index].tolist(), strict=True)
    )
    rings = DATA[f"rings_{index}"].tolist()
    v, timer, fired, exc, inh, current = trace(module, parameters, rings, VARIANTS[variant])
    np.testing.assert_array_equal(v, DATA[f"V_{variant}_{index}"])
    np.testing.assert_array_equal(timer, DATA[f"timer_{variant}_{index}"])
    spikes = np.unpackbits(DATA[f"spike_{variant}_{index}"])[: len(rings)]
    np.testing.assert_array_equal(fired, spikes)
    if variant in {"A0", "A3"}:
        np.testing.assert_array_equal(exc, DATA[f"Ie_{variant}_{index}"])
        np.testing.assert_array_equal(inh, DATA[f"Ii_{variant}_{index}"])
        used = DATA[f"Iused_{variant}_{index}"]  # 0 while refractory, when no current is used
        np.testing.assert_array_equal(current[used != 0], used[used != 0])
        assert np.count_nonzero(used) > 5000
