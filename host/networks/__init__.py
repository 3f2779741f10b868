"""Networks that can be asked for: built in, of other packages, or in a file."""

from functools import partial
from pathlib import Path
from typing import NamedTuple

from host.config import Config
from host.errors import ConfigError, HostError, UnknownNameError, did_you_mean
from host.namedtables import is_file_name
from host.networks.brunel import ETA, G, brunel
from host.networks.file.read import read_network, read_network_file
from host.networks.file.scale import scaled_network
from host.networks.mesocircuit import mesocircuit
from host.networks.network import Network
from host.networks.pd14 import pd14
from host.networks.plugins import load_network, network_points
from host.networks.variant import vary
from mapping.spec import NetworkSpec

__all__ = [
    "NETWORKS",
    "Listed",
    "Network",
    "build_network",
    "find_network",
    "list_networks",
]


def _pd14(config: Config) -> NetworkSpec:
    network = config.network
    return pd14(network.scale, network.drive, network.initial, config.run.dt_ms)


def _mesocircuit(config: Config) -> NetworkSpec:
    network = config.network
    return mesocircuit(network.scale, network.drive, network.initial, config.run.dt_ms)


def _brunel(config: Config) -> NetworkSpec:
    network = config.network
    if network.initial != "population":
        msg = (
            f"network.initial {network.initial}: brunel has one kind of initial potentials alone; "
            "leave it out"
        )
        raise ConfigError(msg)
    g = G if network.g is None else network.g
    eta = ETA if network.eta is None else network.eta
    return brunel(network.scale, network.drive, config.run.dt_ms, g=g, eta=eta)


NETWORKS: dict[str, Network] = {
    "pd14": Network(
        "cortical microcircuit of Potjans & Diesmann 2014: 77,169 neurons, 299 million synapses",
        _pd14,
    ),
    "mesocircuit": Network(
        "16 cortical columns of Senk et al. 2024: 3.2 million neurons, 7.7 billion synapses",
        _mesocircuit,
    ),
    "brunel": Network(
        "balanced random network of Brunel 2000: 12,500 neurons, 15.6 million synapses",
        _brunel,
        is_open=True,
    ),
}


class Listed(NamedTuple):
    """The networks that there are."""

    descriptions: dict[str, str]
    """Description of each network, by name."""
    broken: list[str]
    """What is wrong with each plug-in that cannot be used: one line that names it."""


def list_networks() -> Listed:
    """Find all networks; plug-ins that cannot be used do not keep the others from being found."""
    listed = Listed({name: network.description for name, network in NETWORKS.items()}, [])
    for name, point in network_points().items():
        if name in NETWORKS:
            where = f"network {name!r} ({point.value})"
            listed.broken.append(f"{where} has the name of a built-in one; rename it")
            continue
        try:
            listed.descriptions[name] = load_network(point).description
        except HostError as error:
            listed.broken.append(str(error))
    return listed


def find_network(name: str) -> Network:
    """Network called `name`: a built-in one, that of a plug-in, or the one in this file.

    Raises
    ------
    UnknownNameError
        If there is none of this name.
    ConfigError
        If a file is wrong or a plug-in cannot be loaded.
    """
    if name in NETWORKS:
        return NETWORKS[name]
    if is_file_name(name):
        path = Path(name)
        return Network(read_network_file(path).file.description, partial(_of_file, path))
    points = network_points()
    if name in points:
        return load_network(points[name])
    files = [file for file in (f"{name}.yaml", f"{name}.yml") if Path(file).is_file()]
    close = f"; did you mean {files[0]!r}?" if files else did_you_mean(name, [*NETWORKS, *points])
    hint = close or "; see: chipemu networks"
    msg = f"unknown network {name!r}{hint}"
    raise UnknownNameError(msg)


def _of_file(path: Path, config: Config) -> NetworkSpec:
    """Network in the file `path`; its input is written there, and not the configuration's."""
    network = config.network
    for key, wanted, plain in (
        ("drive", network.drive, "poisson"),
        ("initial", network.initial, "population"),
    ):
        if wanted != plain:
            msg = f"network.{key} {wanted}: {path} says itself how it begins and what drives it; "
            msg += f"leave {key} out"
            raise ConfigError(msg)
    return scaled_network(read_network(path), network.scale)


def build_network(config: Config) -> NetworkSpec:
    """Network that `config` names and varies.

    Raises
    ------
    ConfigError
        As of `find_network` and `vary`, or if the network has no use for what is set.
    """
    chosen = config.network
    network = find_network(chosen.name)
    for key in ("g", "eta"):
        value = getattr(chosen, key)
        if value is not None and not network.is_open:
            known = ", ".join(name for name, entry in NETWORKS.items() if entry.is_open)
            msg = (
                f"network.{key} {value:g}: {chosen.name} has no {key}; leave it out (for: {known})"
            )
            raise ConfigError(msg)
    return vary(network.build(config), chosen.variant, config.run.dt_ms)
