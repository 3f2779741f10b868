"""Networks in files as runs use them: spikes, scale, hash, and the copy that a run keeps."""

import json
from pathlib import Path

import numpy as np
import pytest

from host.config import Config, NetworkConfig, RunConfig, config_hash, load_config
from host.errors import ConfigError, UnknownNameError
from host.networks import build_network, find_network
from host.networks.file.write import network_text
from host.pipeline import run
from host.repeat import repeat_of
from host.runfolder import load_run
from tests.host.network_files import SMALL, written


def test_brunel_from_a_file_has_the_same_spikes(tmp_path: Path) -> None:
    config = Config(
        network=NetworkConfig(name="brunel", scale=0.02),
        run=RunConfig(time_ms=100.0, warmup_ms=0.0, threads=1),
    )
    path = written(tmp_path, network_text(build_network(config)))
    ours = run(config)
    theirs = run(
        Config(network=NetworkConfig(name=str(path)), run=config.run), run_dir=tmp_path / "run"
    )
    assert ours.spikes is not None
    assert theirs.spikes is not None
    assert ours.spikes.steps.size > 0
    np.testing.assert_array_equal(ours.spikes.steps, theirs.spikes.steps)
    np.testing.assert_array_equal(ours.spikes.neurons, theirs.spikes.neurons)
    assert (tmp_path / "run" / "network" / "net.yaml").read_text() == path.read_text()


def test_a_scale_keeps_mean_inputs(tmp_path: Path) -> None:
    path = written(tmp_path, SMALL)
    whole = build_network(Config(network=NetworkConfig(name=str(path))))
    half = build_network(Config(network=NetworkConfig(name=str(path), scale=0.5)))
    assert [p.size for p in half.populations] == [20, 5, 20]
    for before, after in zip(whole.projections, half.projections, strict=True):
        inputs = [
            spec.expected_synapses(p) / spec.sizes(p)[1] * p.weight_na.mean
            for spec, p in ((whole, before), (half, after))
        ]
        assert inputs[1] == pytest.approx(inputs[0])


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"network.drive": "dc"}, "network.drive dc: net.yaml says itself how it begins"),
        ({"network.initial": "original"}, "network.initial original: net.yaml says itself"),
        ({"network.g": 4}, "network.g 4: net.yaml has no g; leave it out"),
        ({"network.scale": 0.01}, "network.scale 0.01: nothing is left of the 40 members"),
    ],
)
def test_what_a_network_file_has_no_use_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overrides: dict[str, object], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, SMALL)
    with pytest.raises(ConfigError) as caught:
        build_network(load_config(None, {"network.name": "net.yaml"} | overrides))
    assert str(caught.value).startswith(message)


def test_a_file_that_is_missing_or_not_named_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnknownNameError, match=r"cannot read none\.yaml: No such file"):
        find_network("none.yaml")
    written(tmp_path, SMALL)
    with pytest.raises(UnknownNameError, match=r"unknown network 'net'; did you mean 'net\.yaml'"):
        find_network("net")


def test_the_hash_of_a_configuration_notices_what_a_file_says(tmp_path: Path) -> None:
    path = written(tmp_path, SMALL)
    config = Config(network=NetworkConfig(name=str(path)))
    before = config_hash(config)
    (tmp_path / "elsewhere").mkdir()
    moved = written(tmp_path / "elsewhere", SMALL, "other.yaml")
    assert config_hash(Config(network=NetworkConfig(name=str(moved)))) == before
    path.write_text(SMALL.replace("k: 8", "k: 9"))
    assert config_hash(config) != before
    machine = written(tmp_path, "extends: spinn5\nenergy: prices.yaml\n", "machine.yaml")
    written(tmp_path, "extends: spinnaker1\n", "prices.yaml")
    config = Config(machine=str(machine))
    before = config_hash(config)
    written(tmp_path, "extends: spinnaker2\n", "prices.yaml")
    assert config_hash(config) != before


def test_a_run_is_repeated_from_the_network_that_it_keeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "more.csv").write_text("pre,post\n0,1\n3,2\n")
    listed = "  - {pre: E, post: I, rule: list, file: lists/more.csv, weight: 1 nA, delay_ms: 1}\n"
    path = written(tmp_path, SMALL + listed)
    config = Config(
        network=NetworkConfig(name="net.yaml"),
        run=RunConfig(time_ms=20.0, warmup_ms=0.0, threads=1),
    )
    before = config_hash(config)
    first = run(config, run_dir=tmp_path / "first")
    path.unlink()
    (tmp_path / "lists" / "more.csv").write_text("pre,post\n")
    repeat = repeat_of(tmp_path / "first", {})
    assert config_hash(repeat.config) == before
    again = run(repeat.config, run_dir=tmp_path / "again")
    assert first.spikes is not None
    assert again.spikes is not None
    assert again.n_synapses == first.n_synapses
    np.testing.assert_array_equal(first.spikes.steps, again.spikes.steps)
    for name in ("first", "again"):
        assert (tmp_path / name / "network" / "lists" / "more.csv").is_file()
        manifest = json.loads((tmp_path / name / "manifest.json").read_text())
        assert manifest["config_sha256"] == before


def test_sources_alone_are_a_network(tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text(
        "populations:\n  p: {size: 3, kind: poisson, rate_hz: 100}\n"
        "  s: {size: 2, kind: spike_array, times_ms: [[10, 20], [15]]}\nprojections: []\n"
    )
    settings = {"network.name": str(path), "run.time_ms": 30.0, "run.warmup_ms": 0.0}
    run(load_config(None, settings), run_dir=tmp_path / "run")
    spikes = load_run(tmp_path / "run").spikes
    assert spikes is not None
    assert (spikes.populations, spikes.steps.tolist()) == ((), [])
