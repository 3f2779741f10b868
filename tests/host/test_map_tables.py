"""A mapping as tables: on narrow and wide terminals, with and without what may be missing."""

import io
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from host.maptables import BLOCKS, LETTERS, map_tables, share_text, sparkline
from host.results import MapResults
from tests.host.map_stubs import LIMITS, LINKS, map_results


def text_of(results: MapResults, width: int = 80, encoding: str = "utf-8") -> str:
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    Console(file=file, width=width).print(map_tables(results))
    file.seek(0)
    return file.read()


def test_all_figures_are_shown() -> None:
    said = " ".join(text_of(map_results()).split())
    for text in (
        "pd14: 77,169 neurons, 298,880,968 synapses",
        "placer hilbert, router shared, keys tree, compressor pair",
        "spinnaker1-9boards: 404 of 432 chips, 9 of 9 boards",
        "6,050; 347 idle on these chips (5.4 %)",
        "routing entries mean half 90 % max of 1,023 deciles",
        "one per net 1,000.5 600 1,080 1,200 117 % ▁",
        "loaded 500.5 300 540 600 59 % ▁",
        "400.2, to reach 389.0 other chips, 1.029 per chip",
        "33.5 links to the furthest of these, at most 48",
        "59.5 links between boards, at most 68",
        "40,000 packets/s on a link of these chips",
        "200,000 packets/s on (3, 4) NE: 3 % of what it can carry",
        "(0, 3) N: 12 %, at slow-down 20",
        "at most 3.0 MiB, 25 % of 12.0 MiB; mean 976.6 KiB",
        "at most 32.0 KiB, 50 % of 64.0 KiB",
        "1,210 keys of 3 nets: 9 deliveries over 7 links, the furthest after 48",
        "2.500 s from partition to check: partition 0.250, place 0.500, route 1.500",
        "besides: kernels 9.000, network 0.000, machine 0.500, report 0.125",
    ):
        assert text in said


@pytest.mark.parametrize("width", [60, 80, 131, 132, 200])
def test_lines_fit_the_terminal(width: int) -> None:
    lines = text_of(map_results(), width).splitlines()
    assert max(map(len, lines)) <= width
    assert any("10 %" in line for line in lines) == (width >= 132)


def test_terminals_with_ascii_alone() -> None:
    text = text_of(map_results(), encoding="ascii")
    assert "#" in text
    assert text.isascii()


def shown(**changes: Any) -> str:
    return " ".join(text_of(replace(map_results(), **changes)).split())


def test_what_is_not_there_is_left_out() -> None:
    silent = {"mean_hz": 0.0, "max_hz": 0.0, "hottest": ""}
    alone = text_of(map_results(link_load=silent, reached_per_spike=1.0, tree_links_per_spike=0.0))
    assert "no packets are expected" in alone
    assert "per chip, " not in alone
    assert "boards per spike" not in shown(limits=LIMITS | {"boards": 1})
    unknown = shown(links=LINKS | {"hottest_share": None, "fullest_share": None})
    assert "(3, 4) NE" in unknown
    assert "carry" not in unknown
    assert "the same, at slow-down" in shown(links=LINKS | {"fullest": "(3, 4) NE"})
    assert "9 of them for delays" in text_of(map_results(n_delay_cores=9))


def test_a_finished_mapping_has_no_algorithms() -> None:
    said = shown(origin="theirs", mapping_s=None, stage_s={"read": 1.0, "adopt": 0.5})
    assert "from theirs" in said
    assert "hilbert" not in said
    assert "time read 1.000, adopt 0.500" in said


@pytest.mark.parametrize(
    ("values", "text"),
    [((), ""), ((0, 0), "__"), ((0, 1, 7), "_.#"), ((4, 4), "##"), ((1, 2, 4), "-=#")],
)
def test_sparkline(values: tuple[float, ...], text: str) -> None:
    assert sparkline(values, LETTERS) == text
    assert len(BLOCKS) == len(LETTERS)


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0 %"), (0.00012, "0.012 %"), (0.0996, "10 %"), (0.054, "5.4 %"), (1.18, "118 %")],
)
def test_shares_have_the_digits_that_matter(share: float, text: str) -> None:
    assert share_text(share) == text
