"""Networks that can be asked for by name."""

from collections.abc import Callable
from typing import NamedTuple

from host.config import Config
from host.errors import UnknownNameError, did_you_mean
from host.networks.mesocircuit import mesocircuit
from host.networks.pd14 import pd14
from host.networks.variant import vary
from mapping.spec import NetworkSpec

__all__ = ["NETWORKS", "Network", "build_network", "find_network"]


class Network(NamedTuple):
    """A network of the registry."""

    description: str
    build: Callable[[Config], NetworkSpec]


def _pd14(config: Config) -> NetworkSpec:
    network = config.network
    return pd14(network.scale, network.drive, network.initial, config.run.dt_ms)


def _mesocircuit(config: Config) -> NetworkSpec:
    network = config.network
    return mesocircuit(network.scale, network.drive, network.initial, config.run.dt_ms)


NETWORKS: dict[str, Network] = {
    "pd14": Network(
        "cortical microcircuit of Potjans & Diesmann 2014: 77,169 neurons, 299 million synapses",
        _pd14,
    ),
    "mesocircuit": Network(
        "16 cortical columns of Senk et al. 2024: 3.2 million neurons, 7.7 billion synapses",
        _mesocircuit,
    ),
}


def find_network(name: str) -> Network:
    """Entry of the registry called `name`.

    Raises
    ------
    UnknownNameError
        If there is none of this name.
    """
    if name not in NETWORKS:
        hint = did_you_mean(name, NETWORKS) or "; see: chipemu networks"
        msg = f"unknown network {name!r}{hint}"
        raise UnknownNameError(msg)
    return NETWORKS[name]


def build_network(config: Config) -> NetworkSpec:
    """The network that `config` names and varies; errors as of `find_network` and `vary`."""
    network = find_network(config.network.name).build(config)
    return vary(network, config.network.variant, config.run.dt_ms)
