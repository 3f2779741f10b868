"""Folders in the JSON of the tool chain: there and back, and what is said of wrong files."""

import gzip
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from host.errors import ConfigError, OutputError, UnknownNameError
from host.interchange import (
    FILES,
    SCHEMAS,
    read_limits,
    read_machine,
    read_mapping,
    write_machine,
    write_mapping,
)
from mapping.connectors import OneToOne
from mapping.distributions import Constant
from mapping.interchange import ChipLimits
from mapping.machine import Machine
from mapping.pipeline import MappingOptions, map_network
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection
from router import mesh
from router.errors import FabricError

MACHINE = Machine(mesh(3, 3, dead_chips=[(1, 1)], dead_links=[(0, 0, 0)]))
SPEC = NetworkSpec(
    "chain",
    (Population("A", 40, PopulationKind.NEURON), Population("B", 40, PopulationKind.NEURON)),
    (Projection("A", "B", OneToOne(), Constant(0.1), Constant(1.0)),),
)
TOOL_CHAIN_MACHINE = {
    "width": 2,
    "height": 1,
    "root": [0, 0],
    "ethernetResources": {
        "monitors": 1,
        "routerClockSpeed": 150,
        "routerEntries": 1023,
        "sdram": 123469792,
        "tags": [1, 2, 3],
        "virtual": False,
    },
    "standardResources": {"monitors": 1, "routerEntries": 1023, "sdram": 123469792, "tags": []},
    "chips": [
        [
            0,
            0,
            {
                "cores": 18,
                "deadLinks": [1, 2, 3, 4, 5],
                "ethernet": [0, 0],
                "ipAddress": "127.0.0.0",
                "links": [{"sourceLinkId": 0, "destinationX": 1, "destinationY": 0}],
            },
        ],
        [1, 0, {"cores": 17, "deadLinks": [0, 1, 2, 4, 5]}, {"routerEntries": 1000, "tags": [4]}],
    ],
}


@pytest.fixture(scope="module")
def mapped():
    options = MappingOptions(neurons_per_core=8, synapse_cores=1)
    return map_network(SPEC, MACHINE, options)


@pytest.fixture
def folder(tmp_path: Path, mapped) -> Path:
    write_mapping(tmp_path, SPEC, mapped, MACHINE)
    return tmp_path


def changed(folder: Path, name: str, change) -> None:
    """Let `change` edit the document `name`."""
    data = json.loads((folder / name).read_text())
    change(data)
    (folder / name).write_text(json.dumps(data))


def check_same(folder: Path, mapped) -> None:
    placement, keys, tables = read_mapping(folder, mapped.graph, SPEC, MACHINE)
    assert placement.chip.tolist() == mapped.placement.chip.tolist()
    assert placement.core.tolist() == mapped.placement.core.tolist()
    assert keys.key.tolist() == mapped.keys.key.tolist()
    assert keys.mask.tolist() == mapped.keys.mask.tolist()
    for name in ("indptr", "key", "mask", "route"):
        assert getattr(tables, name).tolist() == getattr(mapped.tables, name).tolist()


def test_there_and_back(folder: Path, mapped) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    check_same(folder, mapped)
    assert read_machine(folder / "machine.json").neighbours.tolist() == (
        MACHINE.topology.neighbours.tolist()
    )


def test_compressed_files_and_no_machine(folder: Path, mapped) -> None:
    for name in FILES[1:]:
        path = folder / name
        (folder / f"{name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    check_same(folder, mapped)
    (folder / "machine.json").unlink()
    check_same(folder, mapped)


def test_a_mapping_takes_the_place_of_another_alone(folder: Path, mapped) -> None:
    (folder / "notes.txt").write_text("mine")
    (folder / "routing_keys.json").write_text("{}")
    write_mapping(folder, SPEC, mapped, MACHINE)
    check_same(folder, mapped)
    assert (folder / "notes.txt").read_text() == "mine"


def test_a_failed_write_leaves_the_earlier_files(folder: Path, mapped, monkeypatch) -> None:
    def fail(self: Path, *arguments: object, **options: object) -> int:
        raise OSError(28, "No space left on device")

    before = {path.name: path.read_text() for path in folder.iterdir()}
    monkeypatch.setattr(Path, "write_text", fail)
    with pytest.raises(OutputError, match=r"cannot write machine.json, .*: No space left"):
        write_mapping(folder, SPEC, mapped, MACHINE)
    assert {path.name: path.read_text() for path in folder.iterdir()} == before


def test_chips_of_more_cores_have_no_such_routes(tmp_path: Path, mapped) -> None:
    large = Machine(mesh(3, 3, cores=20))
    for call in (
        lambda: write_mapping(tmp_path, SPEC, mapped, large),
        lambda: read_mapping(tmp_path, mapped.graph, SPEC, large),
    ):
        with pytest.raises(FabricError, match="chips of 20 cores"):
            call()
    write_machine(tmp_path / "large.json", large)
    assert read_machine(tmp_path / "large.json").cores.tolist() == [20] * 9


def test_the_form_of_the_tool_chain_passes(tmp_path: Path) -> None:
    path = tmp_path / "machine.json"
    path.write_text(json.dumps(TOOL_CHAIN_MACHINE))
    topology = read_machine(path)
    assert (topology.cores.tolist(), topology.n_links, topology.wrap) == ([18, 17], 2, False)
    assert read_limits(path) == ChipLimits(1, 1000, 123_469_792)


def test_a_machine_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "machine.json"
    write_machine(path, Machine(mesh(2, 2)))
    assert read_machine(path).n_chips == 4
    write_machine(path, Machine(mesh(3, 2)))
    assert read_machine(path).n_chips == 6


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (
            "machine.json",
            lambda data: data["chips"][2][2].update(cores="18"),
            "$.chips[2][2].cores should be of type integer, got '18'",
        ),
        (
            "machine.json",
            lambda data: data["chips"][0][2].update(deadLinks=[6]),
            "$.chips[0][2].deadLinks[0] should be at most 5, got 6",
        ),
        (
            "machine.json",
            lambda data: data.update(hight=3),
            "$ has unknown key 'hight'; known: width, height, root, standardResources, ",
        ),
        ("machine.json", lambda data: data.pop("width"), "$ lacks 'width', got {'height': 3, "),
        (
            "machine.json",
            lambda data: data["chips"].append([1, 2]),
            "$.chips[8] should have at least 3 items, got [1, 2]",
        ),
        (
            "machine.json",
            lambda data: data["chips"].append(data["chips"][0]),
            "$.chips: chip (0, 0) with 18 cores is listed twice",
        ),
        (
            "machine.json",
            lambda data: data["chips"][0][2].update(cores=17),
            "is another machine: 3 x 3 with 8 chips, 143 cores and ",
        ),
        (
            "placements.json",
            lambda data: data[1].update(x=-1),
            "$[1].x should be at least 0, got -1",
        ),
        ("placements.json", lambda data: data.pop(0), "$: no placement of 'A_Neurons:0'"),
        (
            "routing_keys.json",
            lambda data: data["A_Neurons:8"][0].update(mask=1 << 32),
            "[0].mask should be at most 4294967295, got 4294967296",
        ),
        ("routing_keys.json", lambda data: data.pop("A_Neurons:8"), "no keys of 'A_Neurons:8'"),
        (
            "routing_tables.json",
            lambda data: data[0]["entries"][0].update(defaultable="no"),
            "$[0].entries[0].defaultable should be of type boolean, got 'no'",
        ),
        (
            "routing_tables.json",
            lambda data: data[0].update(x=1, y=1),
            "$[0]: chip (1, 1) is none of the machine",
        ),
    ],
)
def test_wrong_documents(folder: Path, mapped, name: str, change, message: str) -> None:
    changed(folder, name, change)
    with pytest.raises(ConfigError) as caught:
        read_mapping(folder, mapped.graph, SPEC, MACHINE)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(f"{folder / name}: ")
    assert message in text


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("placements.json", b'[\n{"x": 1,}]', r"placements.json:2: no JSON: "),
        ("placements.json", b"\xff\xff", r"placements.json: no JSON: "),
        ("placements.json", b"[" * 100_000, r"placements.json: no JSON: "),
        ("placements.json.gz", b"[]", r"cannot read .*placements.json.gz: Not a gzipped file"),
        (
            "placements.json.gz",
            gzip.compress(b"[]", mtime=0)[:-9],
            r"cannot read .*placements.json.gz: Comp",
        ),
        ("", b"", r"holds no placements.json; a mapping is placements.json, routing_tables.json, "),
    ],
)
def test_files_that_cannot_be_read(
    folder: Path, mapped, name: str, content: bytes, message: str
) -> None:
    (folder / "placements.json").unlink()
    if name:
        (folder / name).write_bytes(content)
    with pytest.raises(ConfigError, match=message):
        read_mapping(folder, mapped.graph, SPEC, MACHINE)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"cannot read .*: No such file or directory"):
        read_machine(tmp_path / "machine.json")


@pytest.mark.parametrize("name", FILES)
def test_schemas_are_schemas(name: str) -> None:
    Draft202012Validator.check_schema(json.loads((SCHEMAS / name).read_text()))
