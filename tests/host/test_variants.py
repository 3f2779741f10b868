"""Variants of a mapping: how they are named, made and shown."""

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from host import plugins, variants
from host.comparetables import compare_tables
from host.config import Config, MappingConfig
from host.errors import ConfigError, UnknownNameError
from host.mapfiles import save_mapping
from host.pipeline import map_only
from host.progress import SilentProgress
from host.variants import Variant, compare, parse_variants, variant_summary
from mapping.errors import CheckError, DoesNotFitError, RouteError
from tests.host.map_stubs import map_results, summary
from tests.host.timed_stubs import network

CONFIG = Config(
    machine="spinn3", mapping=MappingConfig(layout="homogeneous", neurons_per_core=8, router="ner")
)


def text_of(found: Any, width: int = 80) -> str:
    file = io.StringIO()
    Console(file=file, width=width).print(compare_tables(found, {"placer": "rcm"}))
    return file.getvalue()


def test_items_name_what_differs() -> None:
    parsed = parse_variants("rcm, hilbert/shared+steiner/ordered,flat", CONFIG)
    assert list(parsed) == ["rcm", "hilbert/shared+steiner/ordered", "flat"]
    chosen = [tuple(config.mapping.algorithms.values()) for config in parsed.values()]
    assert chosen == [
        ("rcm", "ner", "tree", "pair"),
        ("hilbert", "shared+steiner", "tree", "ordered"),
        ("hilbert", "ner", "flat", "pair"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hilbrt", "--compare: unknown algorithm 'hilbrt'; did you mean 'hilbert'?; placers: "),
        ("hilbert/metis", "'hilbert/metis' has two placers, 'hilbert' and 'metis'; name one"),
        ("hilbert,,rcm", "an empty name in 'hilbert,,rcm'; placers: "),
        ("hilbert/", "an empty name in 'hilbert/'"),
        ("", "an empty name in ''"),
        ("rcm,rcm", "'rcm' comes twice"),
    ],
)
def test_wrong_items_come_with_the_list(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_variants(text, CONFIG)
    assert message in str(caught.value)
    if isinstance(caught.value, UnknownNameError):
        for stage in plugins.STAGES.values():
            assert f"{stage.noun}s: {', '.join(sorted(stage.built_in))}" in str(caught.value)


def test_a_name_of_two_stages_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variants, "stages_of", lambda name: ["placer", "router"])
    with pytest.raises(ConfigError, match="'twin' is a placer and a router; rename one"):
        parse_variants("twin", CONFIG)


class Phases(SilentProgress):
    """Keeps the names of the phases."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def phase(self, name: str, total: float | None = None) -> Any:
        self.names.append(name)
        return super().phase(name, total)


def test_each_variant_is_mapped_and_the_network_cut_once() -> None:
    progress = Phases()
    parsed = parse_variants("hilbert,sequential/shared", CONFIG)
    found = compare(parsed, network=network(), progress=progress)
    assert progress.names.count("partition") == progress.names.count("machine") == 1
    assert {"hilbert (1 of 2)", "sequential/shared (2 of 2)"} <= set(progress.names)
    assert [variant.name for variant in found] == list(parsed)
    for variant in found:
        assert variant.results is not None
        assert variant.results.check["passed"]
        stages = ("partition", "place", "route", "keys", "tables", "compress", "check")
        assert variant.results.mapping_s == sum(variant.results.stage_s[name] for name in stages)


def fails_at_routing(error: Exception) -> Any:
    def route(*_: object) -> None:
        raise error

    return route


def test_a_variant_that_fails_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    route = fails_at_routing(RouteError("no way from here"))
    monkeypatch.setitem(plugins.STAGES["router"].built_in, "shared", route)  # type: ignore[arg-type]
    found = compare(parse_variants("shared,ner", CONFIG), network=network())
    assert [variant.results is None for variant in found] == [True, False]
    assert variant_summary(found[0]) == {
        "variant": "shared",
        "error": "no way from here",
        "stage": "route",
        "exit_code": 3,
    }
    account = variant_summary(found[1])
    assert (account["variant"], account["algorithms"]["router"]) == ("ner", "ner")


def test_a_fault_of_ours_stops_the_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    route = fails_at_routing(CheckError("wrong cores"))
    monkeypatch.setitem(plugins.STAGES["router"].built_in, "shared", route)  # type: ignore[arg-type]
    with pytest.raises(CheckError):
        compare(parse_variants("shared", CONFIG), network=network())


def test_a_finished_mapping_is_compared(tmp_path: Path) -> None:
    ours = map_only(CONFIG, network=network())
    save_mapping(tmp_path / "theirs", ours)
    parsed = parse_variants("rcm", CONFIG)
    found = compare(parsed, origin=tmp_path / "theirs", network=network())
    assert [variant.name for variant in found] == ["from theirs", "rcm"]
    theirs = found[0].results
    assert theirs is not None
    assert theirs.report["entries_after"] == ours.report["entries_after"]
    assert theirs.report["tree_links_per_spike"] == ours.report["tree_links_per_spike"]
    assert (theirs.origin, theirs.mapping_s) == (str(tmp_path / "theirs"), None)
    assert "read" in theirs.stage_s


def variant(name: str, **changes: Any) -> Variant:
    return Variant(name=name, results=map_results(**changes))


def row(text: str, name: str) -> list[str]:
    return next(line for line in text.splitlines() if line.startswith(name))[len(name) :].split()


def test_the_best_of_a_row_is_marked() -> None:
    smaller = summary(400.0, 500)
    found = (
        variant("a"),
        variant("b", entries_after=smaller, n_chips=405),
        variant("c", entries_after=smaller),
    )
    text = text_of(found)
    assert row(text, "entries loaded, mean") == ["500.5", "400.0*", "400.0*"]
    assert row(text, "chips ") == ["404*", "405", "404*"]
    assert row(text, "boards ") == ["9", "9", "9"]
    assert row(text, "fullest link (%)") == ["12.50"] * 3
    assert row(text, "time of route (s)") == ["1.500"] * 3


def test_what_names_leave_open_is_told() -> None:
    assert "if not named otherwise: placer rcm\n" in text_of((variant("ner"),))


def test_failures_stand_in_their_column_and_below() -> None:
    error = DoesNotFitError("entries of chip (0, 1)", 1210, 1023, "use another compressor")
    failed = Variant(name="ldf/none", error=error, stage="compress")
    text = text_of((variant("hilbert"), failed))
    for word in ("ldf/", "none", "compress:", "1,210", "of 1,023"):
        assert word in text
    assert row(text, "chips ") == ["404", "-"]
    said = " ".join(text.split())
    assert "ldf/none: entries of chip (0, 1): need 1210, limit 1023; use another comp" in said
    assert "mean" not in text_of((failed,))


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    found = [variant(f"placer{n}/router+steiner") for n in range(8)]
    lines = text_of(found, width).splitlines()
    assert max(map(len, lines)) <= width
    cells = [cell for line in lines if line.startswith("boards ") for cell in line.split()[1:]]
    assert cells == ["9"] * 8
