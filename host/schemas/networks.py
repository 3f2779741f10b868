"""Schema of network files: quantities by the names of parameters, keys by kind and rule."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from chipemu.models import MODELS
from host.networks.file.sections import DISTRIBUTIONS, KINDS, RULES, Keys, NetworkFile
from host.networks.file.units import DEFAULT_MODEL, parameter_unit
from host.networks.words import UNITS
from host.schemas.generic import Schema, schema_of, with_quantities

__all__ = ["network_schema"]

DRAWN = ("mu", "sigma", "low", "high", "beta")
WEIGHT_UNITS = ("nA", "uS", "mV")
"""One of each dimension that weights have."""


def network_schema() -> Schema:
    """Schema of a network file."""
    schema = schema_of(NetworkFile, "chipemu: a network")
    schema["required"] = ["populations"]
    parts = schema["$defs"]
    _allow_keys(parts["PopulationSection"], "kind", KINDS, "neuron")
    _allow_keys(parts["ProjectionSection"], "rule", RULES)
    _allow_keys(parts["Draw"], "distribution", DISTRIBUTIONS)
    given = {"properties": {"file": {"type": "string"}}, "required": ["file"]}
    values = {key: {"not": {"type": "null"}} for key in ("weight", "delay_ms")}
    needed = {"properties": values, "required": list(values)}
    parts["ProjectionSection"]["allOf"].append({"if": given, "else": needed})
    population = parts["PopulationSection"]["properties"]
    value = _not_null(population["parameters"])["additionalProperties"]
    for key in ("parameters", "initial"):
        described = {"description": population[key]["description"]}
        population[key] = {"anyOf": [_named(key, value, parts), {"type": "null"}], **described}
    population["model"] = {
        "anyOf": [{"enum": list(MODELS)}, {"type": "null"}],
        "description": population["model"]["description"],
    }
    parts["PopulationSection"]["allOf"] += [_of_model(model) for model in MODELS]
    projection = parts["ProjectionSection"]["properties"]
    projection["weight"] = _with_units(projection["weight"], WEIGHT_UNITS, parts)
    projection["delay_ms"] = _with_units(projection["delay_ms"], ("ms",), parts)
    rule = parts["Plasticity"]["properties"]
    for key in ("w_min", "w_max"):
        rule[key] = _with_units(rule[key], WEIGHT_UNITS, parts)
    return schema


def _not_null(schema: Schema) -> Schema:
    found: Schema = next(part for part in schema["anyOf"] if part.get("type") != "null")
    return found


def _allow_keys(
    part: Schema, key: str, choices: Mapping[str, Keys], default: str | None = None
) -> None:
    """Say which keys of `part` go with which value of its `key`; null stands for a missing one."""
    concerned = {name for keys in choices.values() for half in keys for name in half}
    part.setdefault("allOf", [])
    for chosen, (needed, possible) in choices.items():
        condition: Schema = {"properties": {key: {"const": chosen}}}
        if chosen != default:
            condition["required"] = [key]
        useless = sorted(concerned - {*needed, *possible})
        then: Schema = {"properties": {name: {"type": "null"} for name in useless}}
        then["properties"] |= {name: {"not": {"type": "null"}} for name in needed}
        if needed:
            then["required"] = list(needed)
        part["allOf"].append({"if": condition, "then": then})


def _named(key: str, value: Schema, parts: dict[str, Schema]) -> Schema:
    """Parameters, or state variables, of all models by name."""
    kind = "defaults" if key == "parameters" else "initial"
    names = {name for model in MODELS.values() for name in getattr(model, kind)}
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: _described(name, _with_units(value, _units(name), parts))
            for name in sorted(names)
        },
    }


def _units(name: str) -> tuple[str, ...]:
    unit = parameter_unit(name)
    return () if unit is None else (unit,)


def _described(name: str, schema: Schema) -> Schema:
    unit = UNITS.get(name)
    return schema | ({"description": f"in {unit}"} if unit else {})


def _of_model(name: str) -> Schema:
    """Names that parameters and state variables of neurons of a model can have."""
    model = MODELS[name]
    condition: Schema = {"properties": {"model": {"const": name}}}
    if name != DEFAULT_MODEL:
        condition["required"] = ["model"]
    return {
        "if": condition,
        "then": {
            "properties": {
                key: {"propertyNames": {"enum": sorted(known)}}
                for key, known in (("parameters", model.defaults), ("initial", model.initial))
            }
        },
    }


def _with_units(schema: Schema, units: tuple[str, ...], parts: dict[str, Schema]) -> Schema:
    """`schema`, in which numbers and those of distributions may have one of `units`."""
    found = deepcopy(schema)
    for unit in units:
        found = with_quantities(found, unit)
    if not units:
        return found
    name = f"Draw_{'_'.join(units)}"
    if name not in parts:
        drawn = deepcopy(parts["Draw"])
        for key in DRAWN:
            for unit in units:
                drawn["properties"][key] = with_quantities(drawn["properties"][key], unit)
        parts[name] = drawn
    redirected: Schema = _redirected(found, "#/$defs/Draw", f"#/$defs/{name}")
    return redirected


def _redirected(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {
            key: new if key == "$ref" and item == old else _redirected(item, old, new)
            for key, item in value.items()
        }
    return [_redirected(item, old, new) for item in value] if isinstance(value, list) else value
