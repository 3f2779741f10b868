"""Networks that can be asked for by name."""

from collections.abc import Callable
from typing import NamedTuple

from host.config import Config
from host.errors import ConfigError, UnknownNameError, did_you_mean
from host.networks.brunel import ETA, G, brunel
from host.networks.mesocircuit import mesocircuit
from host.networks.pd14 import pd14
from host.networks.variant import vary
from mapping.spec import NetworkSpec

__all__ = ["NETWORKS", "Network", "build_network", "find_network"]


class Network(NamedTuple):
    """A network of the registry."""

    description: str
    build: Callable[[Config], NetworkSpec]
    is_open: bool = False
    """Whether ``network.g`` and ``network.eta`` mean something."""


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
    """The network that `config` names and varies.

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
