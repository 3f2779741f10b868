"""``chipemu networks``: lists, checks, shows and copies; networks of other packages."""

import json
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from host.cli import main
from host.config import Config, NetworkConfig
from host.errors import ConfigError
from host.networks import Network, build_network, find_network, list_networks, plugins
from host.networks.file.read import read_network
from mapping.spec import NetworkSpec, Population, PopulationKind

Command = Callable[..., tuple[int, str, str]]


def ring(config: Config) -> NetworkSpec:
    """A ring without synapses.

    More about it.
    """
    size = round(100 * config.network.scale)
    return NetworkSpec("ring", (Population("R", size, PopulationKind.NEURON),), ())


def failing(config: Config) -> NetworkSpec:
    msg = "no luck"
    raise RuntimeError(msg)


def refusing(config: Config) -> NetworkSpec:
    msg = "choose another scale"
    raise ConfigError(msg)


def of_another_type(config: Config) -> str:
    return "net"


RING = Network("an open ring", ring, is_open=True)
NO_NETWORK = 3


@pytest.fixture
def chipemu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let a package offer networks: by name, what `tests.host.test_networks_command` has."""

    def offer(**names: str) -> None:
        points = [
            EntryPoint(name, f"{__name__}:{value}", plugins.GROUP) for name, value in names.items()
        ]
        monkeypatch.setattr(plugins, "entry_points", lambda *, group: points)

    return offer


def test_list(chipemu: Command) -> None:
    code, out, err = chipemu("networks")
    assert (code, out) == (0, "")
    assert "balanced random network of Brunel 2000" in err
    listed = json.loads(chipemu("networks", "--json")[1])
    assert list(listed["networks"])[:3] == ["pd14", "mesocircuit", "brunel"]
    assert listed["broken"] == []


def test_a_built_in_network_is_shown(chipemu: Command) -> None:
    code, out, err = chipemu("networks", "pd14", "--scale", "0.1", "--drive", "dc")
    assert (code, out) == (0, "")
    assert "pd14: 7,717 neurons" in err
    assert "0.278 ±0.03 nA" in err
    assert "-1.11 ±0.1 nA" in err
    assert "454,998" in err
    assert "all neurons: cm 0.25 nF, tau_m 10 ms" in err
    assert "poisson" not in err


def test_template_check_and_json(chipemu: Command, tmp_path: Path) -> None:
    template = chipemu("networks", "template")[1]
    (tmp_path / "mine.yaml").write_text(template)
    code, out, err = chipemu("networks", "mine.yaml")
    assert (code, out) == (0, "")
    assert "mine: 1,000 neurons, 101,000 synapses expected" in err
    assert "no autapses" in err
    described = json.loads(chipemu("networks", "mine.yaml", "--json")[1])
    assert (described["schema"], described["version"]) == ("chipemu.network", 1)
    assert described["populations"][0]["size"] == 800
    (tmp_path / "mine.yaml").write_text(template.replace("k: 80", "k: -80"))
    code, out, err = chipemu("networks", "mine.yaml")
    assert (code, out) == (2, "")
    assert "projections[0].k should be greater than or equal to 0, got -80" in err


def test_a_network_as_a_file(chipemu: Command, tmp_path: Path) -> None:
    code, out, _ = chipemu("networks", "brunel", "--scale", "0.1", "--yaml")
    assert code == 0
    (tmp_path / "brunel.yaml").write_text(out)
    assert read_network(tmp_path / "brunel.yaml").n_neurons == 1250
    code, out, _ = chipemu("networks", "brunel.yaml", "--yaml")
    assert out == (tmp_path / "brunel.yaml").read_text()
    code, _, err = chipemu("networks", "pd14", "--yaml", "--set", "network.variant.weight_bits=2")
    assert code == 2
    assert "a network file has no words for the distribution Binned" in err


def test_a_network_file_is_told_from_a_configuration(chipemu: Command, tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text("populations: {A: {size: 3}}\n")
    (tmp_path / "config.yaml").write_text("network: {name: net.yaml}\nrun: {seed: 5}\n")
    for arguments in (("net.yaml",), ("config.yaml",), ("net.yaml", "--config", "config.yaml")):
        code, _, err = chipemu("networks", *arguments)
        assert (code, "net: 3 neurons" in err) == (0, True)
    (tmp_path / "net.yaml").write_text("populations: {A: {size: 3}}\nnetwork: {scale: 0.5}\n")
    code, _, err = chipemu("networks", "net.yaml")
    assert code == 2
    assert "net.yaml:2: unknown key 'network' in the file" in err


def test_networks_of_other_packages(chipemu: Command, offered: Callable[..., None]) -> None:
    offered(ring="ring", rings="RING")
    assert find_network("ring").description == f"A ring without synapses. ({__name__}:ring)"
    spec = build_network(Config(network=NetworkConfig(name="ring", scale=0.5)))
    assert spec.n_neurons == 50
    build_network(Config(network=NetworkConfig(name="rings", g=4.0)))
    with pytest.raises(ConfigError, match="ring has no g; leave it out"):
        build_network(Config(network=NetworkConfig(name="ring", g=4.0)))
    assert "an open ring" in chipemu("networks")[2]
    assert "R" in chipemu("networks", "ring")[2]


def test_broken_networks_do_not_hide_others(chipemu: Command, offered: Callable[..., None]) -> None:
    offered(ring="ring", gone="gone", three="NO_NETWORK", pd14="ring", many="Path.rename")
    listed = list_networks()
    assert "ring" in listed.descriptions
    assert {"gone", "three"}.isdisjoint(listed.descriptions)
    said = "\n".join(listed.broken)
    assert len(listed.broken) == 4
    assert f"network 'gone' ({__name__}:gone) cannot be loaded: AttributeError" in said
    assert f"network 'three' ({__name__}:NO_NETWORK) cannot be called as f(config)" in said
    assert f"network 'pd14' ({__name__}:ring) has the name of a built-in one; rename it" in said
    assert "not usable: network 'gone'" in chipemu("networks")[2]
    with pytest.raises(ConfigError, match="cannot be loaded"):
        find_network("gone")


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (
            "failing",
            r"network 'mine' .* failed at .*test_networks_command\.py:\d+: RuntimeError: no",
        ),
        ("of_another_type", r"network 'mine' .* gave a value of type str, no NetworkSpec"),
        ("refusing", "^choose another scale$"),
    ],
)
def test_mistakes_of_other_packages_name_them(
    offered: Callable[..., None], function: str, message: str
) -> None:
    offered(mine=function)
    with pytest.raises(ConfigError, match=message):
        build_network(Config(network=NetworkConfig(name="mine")))


def test_names_in_a_configuration_are_told_with_their_line(
    chipemu: Command, tmp_path: Path
) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("run: {seed: 2}\nnetwork:\n  name: pd15\n")
    code, _, err = chipemu("networks", "c.yaml")
    assert code == 2
    assert err.startswith("error: c.yaml:3: network.name: unknown network 'pd15'; did you mean")
    assert "brunel" in chipemu("networks", "c.yaml", "--set", "network.name=brunel")[2]
    path.write_text("machine: spin5\n")
    err = chipemu("networks", "c.yaml")[2]
    assert err.startswith(
        "error: c.yaml:1: machine: unknown machine 'spin5'; did you mean 'spinn5'"
    )
    err = chipemu("networks", "pd14", "--set", "machine=spin5")[2]
    assert err.startswith("error: unknown machine 'spin5'")
