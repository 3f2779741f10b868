"""Where delays begin: said by references, made up for by a step, or told."""

import numpy as np
import pytest

from host.analysis import packaged_references, read_sample
from host.analysis.delays import (
    added_steps,
    delay_origin,
    delays_text,
    mismatch_text,
    parse_delays,
    with_delays,
)
from host.analysis.packaged import FOLDER
from host.analysis.sample import Model
from host.analysis.samplefile import load_sample, save_sample
from host.config import Config, NetworkConfig, VariantConfig
from host.errors import ConfigError
from tests.host.analysis.made import WINDOW, sample

START, END, UNKNOWN = (
    sample(k, model=Model(delay_counts_from=origin))
    for k, origin in enumerate(("step start", "step end", None))
)


def test_packaged_references_count_from_the_end():
    assert delay_origin(packaged_references(Model("pd14", 0.1, "poisson"))) == "step end"
    assert {load_sample(path).model.delay_counts_from for path in FOLDER.glob("*.npz")} == {
        "step end"
    }


@pytest.mark.parametrize(
    ("reference", "aligned", "words"),
    [
        (START, 0, "begin where the machine's do"),
        (END, 1, "one step of 0.1 ms was added"),
        (UNKNOWN, 0, "do not tell"),
    ],
)
def test_a_step_is_added_if_references_count_from_the_end(reference, aligned, words):
    origin = delay_origin([reference])
    assert added_steps(origin, parse_delays(None)) == aligned
    assert added_steps(origin, parse_delays("nominal")) == 0
    assert words in delays_text(origin, aligned, 0.1)


def test_nominal_delays_are_told():
    assert "spikes act 0.1 ms earlier here" in delays_text("step end", 0, 0.1)


def test_references_that_differ_are_refused():
    with pytest.raises(ConfigError, match=r"give those of one simulator"):
        delay_origin([START, END])
    assert delay_origin([END, UNKNOWN]) is None


def test_the_step_comes_on_top_of_the_variant():
    config = Config(network=NetworkConfig(variant=VariantConfig(delay_steps=-1, weight_factor=2)))
    assert with_delays(config, 0) is config
    assert with_delays(config, 1).network.variant == VariantConfig(weight_factor=2)


def test_runs_that_begin_elsewhere_are_told():
    told = mismatch_text([START], [END])
    assert "the runs count them from the step start, the references from the step end" in told
    assert mismatch_text([START], [UNKNOWN]) == mismatch_text([END], [END]) == ""


def test_files_tell(tmp_path):
    save_sample(END, tmp_path / "a.npz")
    assert load_sample(tmp_path / "a.npz").model == END.model
    arrays = {
        "neuron": np.array([0, 1]),
        "step": np.array([1, 2000]),
        "pop_sizes": np.array([2]),
        "populations": np.array(["A"]),
    }
    for origin in ("step end", "the moon"):
        np.savez(tmp_path / f"{origin}.npz", **arrays, delay_counts_from=np.array(origin))
    assert read_sample(tmp_path / "step end.npz", window=WINDOW).model == END.model
    with pytest.raises(ConfigError, match=r"the moon.*should be step start or step end"):
        read_sample(tmp_path / "the moon.npz", window=WINDOW)
