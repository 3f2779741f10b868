"""Schemas and readers say the same of a file; and what readers say names the place."""

import json
import math
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipemu.cores import CoreCosts
from host.belongings import content_sha256
from host.cli import main
from host.config import Config, config_of, to_yaml
from host.costtables import COSTS, with_nested_costs
from host.energy.table import TABLES as ENERGY
from host.energy.table import EnergyTable
from host.errors import ConfigError, UnknownNameError
from host.machines.loader import PRESETS
from host.machines.spec import MachineSpec
from host.networks.file.read import network_file_of, network_of
from host.networks.file.template import TEMPLATE
from host.schemas import SCHEMAS, schema
from host.schemas.docstrings import attribute_texts
from host.validation import build, dotted
from host.yamlfile import Document, Location, parse_scalar, read_document

FILES = [
    *(("machine", path) for path in sorted(PRESETS.glob("*.yaml"))),
    *(("energy", path) for path in sorted(ENERGY.folder.glob("*.yaml"))),
    *(("costs", path) for path in sorted(COSTS.folder.glob("*.yaml"))),
    ("network", TEMPLATE),
]
READERS: dict[str, Callable[[Document], object]] = {
    "config": config_of,
    "machine": lambda document: build(MachineSpec, with_nested_costs(document)),
    "network": lambda document: network_of(network_file_of(document, Path("f"))),
    "energy": lambda document: build(EnergyTable, document),
    "costs": lambda document: build(CoreCosts, document),
}
WRONG: list[Any] = ["nonsense", "-1 kg", [1], {"a": 1}, -1e30, 1e30, True, None, math.nan]
WEAKER = (
    "should be a finite number",  # not a number, and infinity, are numbers to a schema
    "1e+30",  # and this is a whole one
    "s16.15's range",
    "unknown ",  # names of algorithms and tables, of which plug-ins and files offer more
    "should have low <= nominal <= high",
    "no whole number of time steps",
    "time steps, limit",
    "a time step of",
    "one for each of",
    "names no population",
    "equal sizes",
    "of the values between its bounds",
    "should be above low",
    "delays are finite",
    "weights are magnitudes",
)
"""Where a schema is weaker than the reader, as docs/schemas.md says."""


def validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schema(name))


def samples() -> dict[str, dict[str, Any]]:
    """A file of each kind in which all keys have a value."""
    machine = read_document(PRESETS / "template.yaml").data | {"name": "x"}
    for table in ("energy", "costs"):  # which have tests of their own, and may be names
        del machine[table]
    return {
        "config": parse_scalar(to_yaml(Config())),
        "machine": machine,
        "network": read_document(TEMPLATE).data,
        "energy": read_document(ENERGY.folder / "template.yaml").data,
        "costs": read_document(COSTS.folder / "polling.yaml").data | {"fetch": 5, "tick": 7},
    }


def places(data: Any, at: Location = ()) -> Iterator[Location]:
    items = (
        data.items()
        if isinstance(data, dict)
        else enumerate(data)
        if isinstance(data, list)
        else ()
    )
    for key, value in items:
        yield (*at, key)
        yield from places(value, (*at, key))


def changed(data: Any, at: Location, value: object) -> Any:
    if not at:
        return value
    if isinstance(data, dict):
        return data | {at[0]: changed(data[at[0]], at[1:], value)}
    return [changed(item, at[1:], value) if i == at[0] else item for i, item in enumerate(data)]


def document_of(data: dict[str, Any]) -> Document:
    """Document in which every value has a line of its own."""
    return Document(data, {at: f"f.yaml:{line}" for line, at in enumerate(places(data), start=1)})


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_right_and_explain_every_key(name: str) -> None:
    made = schema(name)
    jsonschema.Draft202012Validator.check_schema(made)
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    json.dumps(made, allow_nan=False)
    assert made["title"].startswith("chipemu: ")
    assert made["additionalProperties"] is False


@pytest.mark.parametrize(("name", "path"), FILES, ids=[f"{n}-{p.stem}" for n, p in FILES])
def test_our_files_follow_the_schemas(name: str, path: Path) -> None:
    assert not list(validator(name).iter_errors(read_document(path).data))


def test_unknown_schema() -> None:
    with pytest.raises(UnknownNameError, match="unknown schema 'networks'; did you mean 'network'"):
        schema("networks")


@pytest.mark.parametrize("name", READERS)
def test_what_is_wrong_is_refused_by_both_and_told_with_its_place(name: str) -> None:
    data, check = samples()[name], validator(name)
    READERS[name](document_of(data))
    assert check.is_valid(data)
    n_refused = 0
    for at in places(data):
        for value in WRONG:
            wrong = changed(data, at, value)
            document = document_of(wrong)
            try:
                READERS[name](document)
            except ConfigError as error:
                said = str(error)
            else:
                assert check.is_valid(wrong), f"the schema alone refuses {dotted(at)}: {value!r}"
                continue
            n_refused += 1
            is_weaker = any(reason in said for reason in WEAKER)
            assert is_weaker or not check.is_valid(wrong), f"only the reader refuses: {said}"
            named = [
                one
                for one in places(wrong)
                if dotted(one) in said or f"unknown key {one[-1]!r} in " in said
            ]
            assert any(said.startswith(document.where(one)) for one in named), said
            assert "\n" not in said
    assert n_refused > 30


@pytest.mark.parametrize("name", READERS)
def test_unknown_and_missing_keys(name: str) -> None:
    data, check = samples()[name], validator(name)
    sections = [at for at in ((), *places(data)) if isinstance(Document(data).get(at), dict)]
    for at in sections:
        extra = Document(data).get(at)
        assert isinstance(extra, dict)
        wrong = changed(data, at, extra | {"nonsense": 1})
        if at[-1:] in {("v",), ("currents",), ("populations",)}:
            continue  # names are the user's
        with pytest.raises(ConfigError, match="nonsense"):
            READERS[name](document_of(wrong))
        assert not check.is_valid(wrong)


def values_of(node: dict[str, Any], root: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that follow a schema, of the kinds of schemas that configurations have."""
    if "$ref" in node:
        return values_of(root["$defs"][node["$ref"].rpartition("/")[2]], root)
    if "anyOf" in node:
        return st.one_of([values_of(member, root) for member in node["anyOf"]])
    if "enum" in node or "const" in node:
        return st.sampled_from(node.get("enum", [node.get("const")]))
    if "properties" in node:
        optional = {key: values_of(value, root) for key, value in node["properties"].items()}
        return st.fixed_dictionaries({}, optional=optional)
    low, high = node.get("minimum"), node.get("maximum")
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "null": st.none(),
        "boolean": st.booleans(),
        "integer": st.integers(low, 10**6 if high is None else high),
        "number": st.floats(
            node.get("exclusiveMinimum", low),
            node.get("exclusiveMaximum", high),
            exclude_min="exclusiveMinimum" in node,
            exclude_max="exclusiveMaximum" in node,
            allow_nan=False,
            allow_infinity=False,
        ),
        "string": st.sampled_from(node.get("examples", ["any"])),
    }
    return kinds.get(node.get("type", ""), st.just({}))


@cache
def configurations() -> st.SearchStrategy[Any]:
    made = schema("config")
    return values_of(made, made)


@settings(max_examples=40)
@given(data=st.data())
def test_files_that_follow_the_schema_are_read(data: st.DataObject) -> None:
    build(Config, Document(data.draw(configurations())))


def test_every_attribute_of_a_file_is_explained() -> None:
    texts = attribute_texts(MachineSpec)
    assert texts["loading"] == "Of the host's program and the host link (docs/loading.md)."
    assert attribute_texts(type("Bare", (), {})) == {}
    run = schema("config")["$defs"]["RunConfig"]["properties"]
    assert run["warmup_ms"]["description"].startswith("Biological time simulated before")
    assert run["warmup_ms"]["default"] == 500.0


@pytest.mark.parametrize(
    ("value", "is_right"),
    [(0.1, True), ("0.1 ms", True), ("100us", True), ("0.1 mV", False), ("ms", False), (0, False)],
)
def test_quantities(value: object, is_right: bool) -> None:
    assert validator("config").is_valid({"run": {"dt_ms": value}}) == is_right


def test_quantities_in_networks() -> None:
    text = TEMPLATE.read_text()
    check = validator("network")
    for old, new in (
        ("tau_m: 10 ms", "tau_m: 10 mV"),
        ("tau_m: 10 ms", "tau_x: 10"),
        ("mu: 87.8 pA", "mu: 87.8 kg"),
        ("k: 80", "p: 0.1"),
        ("sigma: 8.78 pA", "beta: 1"),
        ("v: {", "u: {"),
    ):
        assert text.count(old) >= 1
        assert not check.is_valid(parse_scalar(text.replace(old, new, 1))), new


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "network"]) == 0
    assert json.loads(capsys.readouterr().out) == schema("network")
    assert main(["schema", "costs", "--output", str(tmp_path / "costs.json")]) == 0
    assert json.loads((tmp_path / "costs.json").read_text()) == schema("costs")
    assert main(["schema", "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)["schemas"]) == list(SCHEMAS)
    assert main(["schema", "costs", "--output", str(tmp_path / "none" / "x")]) == 2
    assert "cannot write" in capsys.readouterr().err


def test_names_that_are_no_files_have_no_content() -> None:
    assert content_sha256("pd14") == "pd14"
