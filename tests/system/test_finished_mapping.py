"""Mappings that are written, read back, proved and run."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from host.config import Config, MappingConfig, NetworkConfig, RunConfig
from host.errors import ConfigError
from host.mapfiles import save_mapping
from host.pipeline import map_only, run

CONFIG = Config(
    network=NetworkConfig(scale=0.02),
    machine="spinnaker1-1board",
    mapping=MappingConfig(layout="ensemble", neurons_per_core=32, synapse_cores=2, router="shared"),
    run=RunConfig(time_ms=20.0, warmup_ms=0.0, timing="full", threads=1),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    path: Path = tmp_path_factory.mktemp("mapping")
    save_mapping(path, map_only(CONFIG))
    return path


def taken(folder: Path, **mapping: object) -> Config:
    changed = replace(CONFIG.mapping, folder=str(folder), **mapping)
    return replace(CONFIG, mapping=changed, machine=str(folder / "machine.json"))


def test_it_runs_as_when_it_was_made(folder):
    made, read = run(CONFIG), run(taken(folder))
    assert made.spikes is not None
    assert read.spikes is not None
    for population in ("L23E", "L4E", "L6I"):
        for mine, theirs in zip(
            made.spikes.of(population), read.spikes.of(population), strict=True
        ):
            assert np.array_equal(mine, theirs)
    assert len(made.spikes.of("L4E")[0]) > 0
    assert read.counters == made.counters
    assert read.losses == made.losses


def test_its_report_is_that_of_when_it_was_made(folder):
    made, read = map_only(CONFIG), map_only(taken(folder))
    assert read.origin == str(folder)
    for key in ("n_chips", "entries_after", "tree_links_per_spike", "depth_per_net"):
        assert read.report[key] == made.report[key]


def test_that_of_another_layout_is_refused(folder):
    with pytest.raises(ConfigError, match="placements"):
        run(taken(folder, synapse_cores=1))
