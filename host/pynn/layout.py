"""One layout for the whole network, of what a script said of its models and populations."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from host.config import Config, check_config
from host.pynn.extras import Extras, model_extras
from host.pynn.notices import NOTICES

__all__ = ["PlacedPopulation", "lay_out", "layout_keys"]

MOST_PER_CORE = 1024
"""Most neurons that a core of ours takes (`host.sections.MappingConfig`)."""


@dataclass(frozen=True, slots=True)
class PlacedPopulation:
    """What the layout needs to know of a population.

    Attributes
    ----------
    model : str
        Name of the cell type.
    size : int
    is_neuron : bool
        False for spike sources.
    extras : Extras
    """

    model: str
    size: int
    is_neuron: bool
    extras: Extras


def lay_out(
    config: Config, chosen: Iterable[str], populations: Sequence[PlacedPopulation]
) -> Config:
    """`config`, with the layout that the script asks for.

    Parameters
    ----------
    config : Config
    chosen : iterable of str
        Dotted keys that were set by ``setup`` or the command; they stay as they are.
    populations : sequence of PlacedPopulation

    Raises
    ------
    ConfigError
        If what was asked for cannot be.
    """
    for key, value in layout_keys(populations, config.run.dt_ms, set(chosen)).items():
        section, name = key.split(".")
        changed = replace(getattr(config, section), **{name: value})
        config = replace(config, **{section: changed})
    return check_config(config)


def layout_keys(
    populations: Sequence[PlacedPopulation], dt_ms: float, chosen: set[str]
) -> dict[str, object]:
    """Make one layout for the network of what was said of its models and populations.

    Parameters
    ----------
    populations : sequence of PlacedPopulation
    dt_ms : float
        Time step (ms). Below 1 ms sPyNNaker gives neurons synapse cores of their own.
    chosen : set of str
        Dotted keys that were set already.

    Returns
    -------
    dict of str to object
        Values by dotted key, of further keys. Real time, as on the real machine.
    """
    said = [p.extras.over(model_extras(p.model)) for p in populations]
    neurons = [one for one, p in zip(said, populations, strict=True) if p.is_neuron]
    keys: dict[str, object] = {"run.slowdown": 1.0}
    if not chosen & {"mapping.layout", "mapping.synapse_cores"}:
        keys |= _core_layout(neurons, dt_ms)
    elif "mapping.layout" not in chosen:
        keys["mapping.layout"] = "ensemble"
    largest = max((p.size for p in populations), default=1)
    keys |= _neurons_per_core(neurons or said, largest)
    extends = [one.extends_delays for one in neurons]
    keys |= _one("mapping.delays", extends, min, {True: "extend", False: "clip"})
    drops = [one.drops_late_spikes for one in said]
    keys |= _one("cores.late_spikes", drops, max, {True: "drop", False: "keep"})
    keys |= _one("cores.colours", [one.has_colours for one in said], min)
    keys |= _one("cores.spike_buffer", [one.spike_buffer for one in said], max)
    return {key: value for key, value in keys.items() if key not in chosen}


def _core_layout(neurons: Sequence[Extras], dt_ms: float) -> dict[str, object]:
    asked = {one.synapse_cores for one in neurons}
    wanted = {n for n in asked if n is not None}
    most = max(wanted, default=None)
    if most is None:
        return {"mapping.layout": "ensemble" if dt_ms < 1 else "homogeneous"}
    if len(asked) > 1:
        listed = ", ".join("no number" if n is None else str(n) for n in sorted(asked, key=str))
        NOTICES.tell(f"synapse cores: {most} for all neurons (asked: {listed})")
    if most == 0:
        return {"mapping.layout": "homogeneous"}
    return {"mapping.layout": "ensemble", "mapping.synapse_cores": most}


def _neurons_per_core(said: Sequence[Extras], largest: int) -> dict[str, object]:
    limits = {one.neurons_per_core for one in said if one.neurons_per_core is not None}
    if not limits:
        return {}
    limit = min(*limits, max(1, largest))
    taken = min(limit, MOST_PER_CORE)
    others = any(one.neurons_per_core is None for one in said)
    if len(limits) > 1 or others or taken < limit:
        listed = ", ".join(map(str, sorted(limits)))
        rest = ", others nothing" if others else ""
        NOTICES.tell(f"neurons per core: {taken} for all populations (asked: {listed}{rest})")
    return {"mapping.neurons_per_core": taken}


def _one(
    key: str, asked: Sequence[Any], pick: Any, words: Mapping[Any, str] | None = None
) -> dict[str, object]:
    """One value for the network of those that were asked for, if any were."""
    values = {value for value in asked if value is not None}
    if not values:
        return {}
    value = pick(values)
    taken = value if words is None else words[value]
    if len(values) > 1:
        NOTICES.tell(f"{key}: {taken} for all populations, which were told different things")
    return {key: taken}
