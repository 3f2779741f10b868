"""Networks that other packages offer, found through an entry-point group.

A package offers a `Network`, or a function from a `host.config.Config` to a
`mapping.spec.NetworkSpec`, under the group ``chipemu.networks`` of its metadata:

    [project.entry-points."chipemu.networks"]
    ring = "my_package.ring:network"

Plug-ins are looked for only if a name is not built in, and loaded only if it is asked for.
"""

import inspect
import traceback
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from host.config import Config
from host.errors import ConfigError, exit_code
from host.networks.network import Network
from mapping.spec import NetworkSpec

__all__ = ["GROUP", "load_network", "network_points"]

GROUP = "chipemu.networks"
"""Entry-point group in which networks are offered."""


def network_points() -> Mapping[str, EntryPoint]:
    """Plug-ins by name, not loaded; of two of one name the first that Python finds."""
    found = reversed(tuple(entry_points(group=GROUP)))
    return dict(sorted({point.name: point for point in found}.items()))


def load_network(point: EntryPoint) -> Network:
    """Network that `point` offers, whose mistakes are told from ours.

    Raises
    ------
    ConfigError
        If it cannot be loaded, or cannot be a network.
    """
    where = f"network {point.name!r} ({point.value})"
    try:
        found = point.load()
    except Exception as error:
        msg = f"{where} cannot be loaded: {type(error).__name__}: {error}; mend or remove it"
        raise ConfigError(msg) from error
    network = found if isinstance(found, Network) else Network(_first_line(found), found)
    try:
        inspect.signature(network.build).bind("config")
    except (TypeError, ValueError) as error:
        msg = f"{where} cannot be called as f(config): {error}"
        raise ConfigError(msg) from error
    return network._replace(
        description=f"{network.description} ({point.value})", build=_Guarded(where, network)
    )


class _Guarded:
    """Builds a plug-in's network; its mistakes name the plug-in."""

    def __init__(self, where: str, network: Network) -> None:
        self.where, self.network = where, network

    def __call__(self, config: Config) -> NetworkSpec:
        try:
            spec: Any = self.network.build(config)
        except Exception as error:
            if type(error).__module__.endswith(".errors") and exit_code(error) in {2, 3}:
                raise
            last = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{last.filename}:{last.lineno}"
            msg = f"{self.where} failed at {place}: {type(error).__name__}: {error}"
            raise ConfigError(msg) from error
        if not isinstance(spec, NetworkSpec):
            msg = f"{self.where} gave a value of type {type(spec).__name__}, no NetworkSpec"
            raise ConfigError(msg)
        return spec


def _first_line(function: object) -> str:
    return (inspect.getdoc(function) or "no description").splitlines()[0]
