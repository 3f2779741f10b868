"""Quantities in network files, normalised once to the units of PyNN.

Names of PyNN's parameters do not end in their unit, and the unit of a weight is that of the
target's model: both are known here.
"""

from typing import Any

from chipemu.models import MODELS
from host.errors import ConfigError
from host.networks.words import UNITS
from host.units import KNOWN_UNITS
from host.validation import dotted, plain_quantity
from host.yamlfile import Document, Location

__all__ = ["parameter_unit", "weight_unit", "with_plain_quantities"]

DRAWN = ("mu", "sigma", "low", "high", "beta")
DEFAULT_MODEL = "IF_curr_exp"


def parameter_unit(name: str) -> str | None:
    """Unit of a parameter or state variable of PyNN; None: a quantity cannot be written with it.

    Examples
    --------
    >>> parameter_unit("tau_m"), parameter_unit("a")
    ('ms', None)
    """
    unit = UNITS.get(name)
    return unit if unit in KNOWN_UNITS else None


def weight_unit(population: object) -> str | None:
    """Unit of the weights of synapses onto a population, of which `population` is the section."""
    if not isinstance(population, dict):
        return None
    model = population.get("model") or DEFAULT_MODEL
    return MODELS[model].weight_unit if isinstance(model, str) and model in MODELS else None


def with_plain_quantities(document: Document) -> Document:
    """`document` of a network file with numbers for parameters, initial values and weights.

    What is no quantity at all is left for the types of `host.networks.file.sections` to refuse.

    Raises
    ------
    ConfigError
        On a quantity of a wrong unit, or one for targets whose units differ; names the place.
    """
    data = dict(document.data)
    populations = data.get("populations")
    if isinstance(populations, dict):
        data["populations"] = {
            name: _population(document, ("populations", name), section)
            for name, section in populations.items()
        }
    projections = data.get("projections")
    if isinstance(projections, list):
        data["projections"] = [
            _projection(document, ("projections", index), section, populations)
            for index, section in enumerate(projections)
        ]
    return Document(data, document.lines)


def _population(document: Document, at: Location, section: Any) -> Any:
    if not isinstance(section, dict):
        return section
    found = dict(section)
    for key in ("parameters", "initial"):
        values = section.get(key)
        if isinstance(values, dict):
            found[key] = {
                name: _plain(document, (*at, key, name), value, parameter_unit(str(name)))
                for name, value in values.items()
            }
    return found


def _projection(document: Document, at: Location, section: Any, populations: Any) -> Any:
    if not isinstance(section, dict):
        return section
    found = dict(section)
    if isinstance(section.get("delay_ms"), dict):
        found["delay_ms"] = _plain(document, (*at, "delay_ms"), section["delay_ms"], "ms")
    units = _units_onto(section.get("post"), populations)
    if None in units:
        return found  # what is wrong there is told first
    unit = units.pop() if len(units) == 1 else None
    if "weight" in section:
        found["weight"] = _plain(document, (*at, "weight"), section["weight"], unit)
    rule = section.get("plasticity")
    if isinstance(rule, dict):
        limits = {
            key: _plain(document, (*at, "plasticity", key), rule[key], unit)
            for key in ("w_min", "w_max")
            if key in rule
        }
        found["plasticity"] = rule | limits
    return found


def _units_onto(post: Any, populations: Any) -> set[str | None]:
    """Units of the weights of synapses onto `post`; with None if one cannot be told."""
    names = post if isinstance(post, list) else [post]
    known = populations if isinstance(populations, dict) else {}
    return {weight_unit(known.get(name) if isinstance(name, str) else None) for name in names}


def _plain(document: Document, at: Location, value: Any, unit: str | None) -> Any:
    if isinstance(value, list):
        return [_plain(document, (*at, i), item, unit) for i, item in enumerate(value)]
    if isinstance(value, dict):
        is_logarithm = value.get("distribution") == "lognormal"
        return {
            key: item
            if key not in DRAWN
            else _plain(document, (*at, key), item, None if is_logarithm else unit)
            for key, item in value.items()
        }
    if not isinstance(value, str):
        return value
    if unit is None:
        msg = f"{document.where(at)}{dotted(at)} should be a number without a unit, got {value!r}"
        raise ConfigError(msg)
    return plain_quantity(document, at, value, unit)
