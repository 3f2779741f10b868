"""What the shell offers to complete a value with."""

from collections.abc import Callable

__all__ = ["algorithms", "among", "configuration_keys", "experiments", "machines", "networks"]

Completion = Callable[[str], list[str]]


def among(metavar: str) -> Completion | None:
    """Completion with the choices of a metavar such as ``ideal|full``; None if it has none."""
    choices = metavar.split("|")
    is_list = len(choices) > 1 and metavar == metavar.lower()
    return (lambda incomplete: _beginning(choices, incomplete)) if is_list else None


def networks(incomplete: str) -> list[str]:
    """Names of networks."""
    from host.networks import NETWORKS
    from host.networks.plugins import network_points

    return _beginning([*NETWORKS, *network_points()], incomplete)


def machines(incomplete: str) -> list[str]:
    """Names of machines."""
    from host.machines import list_machines

    return _beginning(list(list_machines()), incomplete)


def experiments(incomplete: str) -> list[str]:
    """Names of experiments."""
    from host.experiments import list_experiments

    return _beginning(list(list_experiments().questions), incomplete)


def algorithms(stage: str) -> Completion:
    """Completion with the names of the algorithms of a stage of mapping."""

    def complete(incomplete: str) -> list[str]:
        from host.plugins import names_of

        return _beginning(names_of(stage), incomplete)

    return complete


def configuration_keys(incomplete: str) -> list[str]:
    """Keys that ``--set`` takes, each with its equals sign."""
    from dataclasses import fields, is_dataclass
    from typing import Any, get_type_hints

    from host.config import Config

    def keys(kind: Any, prefix: str) -> list[str]:
        hints = get_type_hints(kind)
        found = []
        for one in fields(kind):
            hint = hints[one.name]
            inner = keys(hint, f"{prefix}{one.name}.") if is_dataclass(hint) else []
            found += inner or [f"{prefix}{one.name}="]
        return found

    return _beginning(keys(Config, ""), incomplete)


def _beginning(names: list[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
