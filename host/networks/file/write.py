"""A network as the text of a network file: to be read, changed and run again."""

import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from host.errors import ConfigError
from host.networks.file.sections import DISTRIBUTION_CLASSES, RULE_CLASSES
from mapping.connectors import Connector, ExplicitList
from mapping.derived import Scaled
from mapping.distributions import Constant, Distribution, LogNormal
from mapping.plasticity import Stdp
from mapping.spec import NetworkSpec, Parameter, Population, PopulationKind, Projection, Receptor

__all__ = ["network_text"]

WIDTH = 4096
"""Longest line; a projection has one."""
DISTRIBUTION_NAMES = {kind: name for name, kind in DISTRIBUTION_CLASSES.items()}
RULE_NAMES = {kind: name for name, kind in RULE_CLASSES.items()}
INLINE_SYNAPSES = 10_000
"""Listed synapses that are written into the file itself, at most."""


def network_text(spec: NetworkSpec, description: str = "", source: str = "") -> str:
    """Text of a network file that `host.networks.file.read.read_network` reads back as `spec`.

    Parameters
    ----------
    spec : NetworkSpec
    description, source : str

    Raises
    ------
    ConfigError
        If something in the network has no words in a file: a distribution that a variant made, or
        a long list of synapses.
    """
    head = {"name": spec.name, "description": description, "source": source}
    values: dict[str, Any] = {key: text for key, text in head.items() if text}
    values["populations"] = {p.name: _population(p) for p in spec.populations}
    values["projections"] = [_projection(p) for p in spec.projections]
    yaml = YAML()
    yaml.width = WIDTH
    stream = io.StringIO()
    yaml.dump(values, stream)
    return stream.getvalue()


def _population(population: Population) -> dict[str, Any]:
    found: dict[str, Any] = {"size": population.size, "kind": population.kind.value}
    match population.kind:
        case PopulationKind.NEURON:
            found["model"] = population.model
            found["parameters"] = _parameters(population.parameters)
            found["initial"] = _parameters(population.initial)
        case PopulationKind.POISSON:
            found["rate_hz"] = _parameter(population.parameters.get("rate", 0.0))
            found["is_recorded"] = population.is_recorded or None
        case PopulationKind.SPIKE_ARRAY:
            times = [array.tolist() for array in population.spike_times_ms]
            found["times_ms"] = times + [[] for _ in range(population.size - len(times))]
    found["expected_rate_hz"] = float(population.expected_rate_hz)
    found["mean_rate_hz"] = population.mean_rate_hz
    return _without_none(found)


def _parameters(values: Mapping[str, Parameter]) -> dict[str, Any] | None:
    return {name: _parameter(value) for name, value in values.items()} or None


def _parameter(value: Parameter) -> Any:
    if isinstance(value, int | float):
        return float(value)
    return value.tolist() if isinstance(value, np.ndarray) else _drawn(value)


def _drawn(value: Distribution) -> Any:
    if isinstance(value, Scaled):
        value = _multiplied(value)
    if isinstance(value, Constant):
        return float(value.value)
    known = DISTRIBUTION_NAMES.get(type(value))
    if known is None:
        msg = (
            f"a network file has no words for the distribution {type(value).__name__}; leave out "
            "what network.variant does to weights and delays"
        )
        raise ConfigError(msg)
    values = {name: float(getattr(value, name)) for name in _names(value)}
    return _on_a_line(
        {"distribution": known} | {k: v for k, v in values.items() if math.isfinite(v)}
    )


def _multiplied(value: Scaled) -> Distribution:
    """The distribution that `value` is, if it is one of those that a file can name."""
    base = _multiplied(value.base) if isinstance(value.base, Scaled) else value.base
    if isinstance(base, LogNormal):
        return LogNormal(base.mu + math.log(value.factor), base.sigma)
    if type(base) not in DISTRIBUTION_NAMES:
        return base
    values = (value.factor * getattr(base, name) for name in _names(base))
    made: Distribution = type(base)(*values)
    return made


def _projection(projection: Projection) -> dict[str, Any]:
    return _on_a_line(
        {
            "pre": projection.pre,
            "post": projection.post,
            **_rule(projection.connector),
            "receptor": None if projection.receptor is Receptor.EXCITATORY else "inhibitory",
            "weight": _drawn(projection.weight_na),
            "delay_ms": _drawn(projection.delay_ms),
            "plasticity": _plasticity(projection.plasticity),
        }
    )


def _rule(connector: Connector) -> dict[str, Any]:
    if isinstance(connector, ExplicitList):
        return {"rule": "list", "pairs": _pairs(connector)}
    keys = {name: getattr(connector, name) for name in _names(connector)}
    flags = {key: None if value is True else value for key, value in keys.items()}
    return {"rule": RULE_NAMES[type(connector)], **flags}


def _pairs(connector: ExplicitList) -> Any:
    if connector.weight_na is not None or connector.delay_ms is not None:
        msg = "lists of weights or delays stand in files beside a network file; write one"
        raise ConfigError(msg)
    if connector.pre.size > INLINE_SYNAPSES:
        msg = f"a list of {connector.pre.size:,} synapses belongs into a file beside a network file"
        raise ConfigError(msg)
    return np.stack([connector.pre, connector.post], axis=1).tolist()


def _plasticity(rule: Stdp | None) -> dict[str, Any] | None:
    if rule is None:
        return None
    names: Iterable[str] = Stdp.__slots__
    return {name: getattr(rule, name) for name in names} | {"dependence": rule.dependence.value}


def _on_a_line(values: dict[str, Any]) -> CommentedMap:
    """`values` without those that are None, to be written in braces."""
    line = CommentedMap(_without_none(values))
    line.fa.set_flow_style()
    return line


def _names(value: Any) -> tuple[str, ...]:
    """Names of the fields of a dataclass."""
    return tuple(own.name for own in fields(value))


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
