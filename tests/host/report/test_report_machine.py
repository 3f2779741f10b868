"""The report's section of the machine: every chip, every layer, and what a browser makes of it."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from host.chips.losses import CAUSES
from host.config import load_config
from host.datatable import Table
from host.pictures.tables import picture_of_tables
from host.pipeline import run
from host.report.layers import NONE, chip_words, layers_of, si
from host.report.machine import machine_script, machine_section
from host.report.network import network_section
from host.report.page import render_page
from host.results import Results

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
needs_browser = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None, reason="neither chromium nor chromedriver is installed"
)
LEFT, UP, RIGHT = "\ue012", "\ue013", "\ue014"
"""Arrow keys of WebDriver."""
OPTIONS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@pytest.fixture(scope="module")
def results() -> Results:
    return run(
        load_config(
            None,
            {
                "network.scale": 0.02,
                "run.time_ms": 5.0,
                "run.warmup_ms": 0.0,
                "run.timing": "full",
                "run.slowdown": 0.2,
                "machine": "spinnaker1-3boards",
                "mapping.layout": "ensemble",
                "mapping.neurons_per_core": 16,
            },
        )
    )


@pytest.fixture(scope="module")
def html(results: Results) -> str:
    section = machine_section(results)
    assert section is not None
    return section.html


def test_every_chip_is_there_with_its_words(results: Results, html: str) -> None:
    tips = re.findall(r'data-tip="([^"]*)"', html)
    chips = results.tables["chips"].columns
    assert len(tips) == len(chips["x"])
    heads = [tip.replace("&#10;", "\n").splitlines()[0] for tip in tips]
    assert heads == [
        f"Chip ({x}, {y}) of board {b}"
        for x, y, b in zip(chips["x"], chips["y"], chips["board"], strict=True)
    ]
    populations = {str(name) for name in results.tables["shares"].columns["population"]}
    assert all(any(f"\n{name}: " in t.replace("&#10;", "\n") for t in tips) for name in populations)


def test_ids_are_unique_and_every_button_has_its_legend(html: str) -> None:
    assert not re.search(r'\sid="', html)
    layers = re.findall(r'data-set-layer="(\w+)"', html)
    assert set(layers) == set(re.findall(r'data-legend="(\w+)"', html))
    assert {"populations", "load", "losses", "energy", "traffic"} <= set(layers)
    assert len(set(layers)) == len(layers)


def test_levels_are_those_of_the_values(results: Results) -> None:
    chips = results.tables["chips"]
    used = [bool(n) for n in chips.columns["cores_used"]]
    by_key = {layer.key: layer for layer in layers_of(chips)}
    assert [level != NONE for level in by_key["load"].levels] == used
    assert NONE not in by_key["energy"].levels
    for key, name in (("load", "load"), ("energy", "energy_j"), ("losses", None)):
        layer = by_key[key]
        values = chips.columns[name] if name else chips.columns["missed_transfers"]
        pairs = [
            (float(str(v)), int(level))
            for v, level in zip(values, layer.levels, strict=True)
            if level != NONE
        ]
        ordered = [level for _, level in sorted(pairs)]
        if name:
            assert ordered == sorted(ordered), key
        assert {level for _, level in pairs} <= {level for level, _ in layer.legend}
    assert sum(level != NONE for level in by_key["losses"].levels) > 0


@pytest.mark.parametrize("values", [[158] * 3, [0, 1, 2], [80, 85, 90], [99.9, 100.0, 109.9], [7]])
def test_legends_reach_from_the_lowest_to_the_highest_value(
    results: Results, values: list[float]
) -> None:
    columns = results.tables["chips"].columns
    n = len(values)
    few = {name: cells[:n] for name, cells in columns.items()} | {"energy_j": values}
    (layer,) = (layer for layer in layers_of(Table(few)) if layer.key == "energy")
    assert [level == NONE for level in layer.levels] == [value == 0 for value in values]
    assert len(layer.legend) <= 10
    ends = [
        [float(part.split()[0]) for part in words.split(" \u2013 ")] for _, words in layer.legend
    ]
    present = [value for value in values if value]
    assert ends[0][0] <= min(present)
    assert ends[-1][1] >= max(present) * 0.999  # three digits
    of_colour = dict(zip([colour for colour, _ in layer.legend], ends, strict=True))
    for value, level in zip(values, layer.levels, strict=True):
        if level != NONE:
            low, high = of_colour[int(level)]
            assert low - 0.5 <= value <= high + 0.5


def test_a_run_without_losses_says_so(results: Results) -> None:
    columns = dict(results.tables["chips"].columns)
    clean = Table(columns | dict.fromkeys(CAUSES, [0] * len(columns["x"])))
    (layer,) = (layer for layer in layers_of(clean) if layer.key == "losses")
    assert set(layer.levels) == {NONE}
    assert layer.remark == "Nothing was lost on any chip."


def test_words_of_a_chip_name_what_was_lost(results: Results) -> None:
    row = dict(
        zip(results.tables["chips"].columns, next(results.tables["chips"].rows()), strict=True)
    )
    row |= {"late": 12, "flushed": 3, "energy_j": 0.5}
    words = chip_words(row, [("L4E", 1, "0\u20133")])
    assert "L4E: 1 core, members 0\u20133" in words
    assert "3 flushed" in words
    assert "12 late" in words
    assert "energy 500 mJ" in words
    assert si(2.5e-9, "J") == "2.5 nJ"


def test_the_picture_has_the_links_of_the_machine(results: Results) -> None:
    names = [p.name for p in results.network.populations] if results.network else []
    picture = picture_of_tables(results.tables, names)
    links = results.tables["links"].columns
    assert int((picture.neighbours >= 0).sum()) == len(links["chip"])
    assert picture.wrap
    assert picture.used_cores.sum() == results.n_cores


def test_runs_without_tables_have_no_section(results: Results) -> None:
    assert machine_section(replace(results, tables={})) is None
    assert network_section(replace(results, network=None)) is None


@pytest.fixture(scope="module")
def browser(results: Results, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    webdriver = pytest.importorskip("selenium.webdriver")
    folder: Path = tmp_path_factory.mktemp("machine")
    sections = [s for s in (network_section(results), machine_section(results)) if s]
    page = render_page(
        sections, kind="run", heading="h", subtitle="", footer="", script=machine_script()
    )
    (folder / "page.html").write_text(page, encoding="utf-8")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for option in (*OPTIONS, f"--user-data-dir={folder / 'profile'}", "--window-size=1280,1000"):
        options.add_argument(option)
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    driver.get((folder / "page.html").as_uri())
    yield driver
    driver.quit()


@needs_browser
def test_layers_colour_the_chips(browser: Any) -> None:
    fills = """
      document.querySelector(`[data-set-layer="${arguments[0]}"]`).click();
      return [...document.querySelectorAll('.machine .mp-hex')].map(
        (hex) => getComputedStyle(hex).fill);"""
    assert set(browser.execute_script(fills, "populations")) == {"none"}
    for layer in ("load", "losses", "energy"):
        assert len(set(browser.execute_script(fills, layer))) > 1, layer
    shown = "return [...document.querySelectorAll('.machine-legend:not([hidden])')].length"
    assert browser.execute_script(shown) == 1
    browser.execute_script(fills, "traffic")
    links = "return getComputedStyle(document.querySelector('.mp-traffic')).display"
    assert browser.execute_script(links) == "inline"
    assert browser.get_log("browser") == []


@needs_browser
def test_keys_walk_and_zoom(browser: Any) -> None:
    start = "document.querySelector('.machine-view svg').focus({preventScroll: true})"
    browser.execute_script(start)
    at = []
    for key in (RIGHT, RIGHT, LEFT, UP):
        browser.switch_to.active_element.send_keys(key)
        at.append(browser.switch_to.active_element.get_attribute("data-at"))
    assert at[0] == at[2] != at[1]
    assert len(set(at)) == 3
    tip = "const tip = document.getElementById('tip'); return tip.hidden ? '' : tip.textContent"
    assert browser.execute_script(tip).startswith("Chip (")
    box = "return document.querySelector('.machine-view svg').getAttribute('viewBox')"
    whole = browser.execute_script(box)
    browser.switch_to.active_element.send_keys("+")
    zoomed = browser.execute_script(box)
    browser.execute_script("document.querySelector('[data-zoom=all]').click()")
    assert browser.execute_script(box) == whole
    inner, outer = ([float(v) for v in box.split()] for box in (zoomed, whole))
    assert inner[2] == pytest.approx(outer[2] / 1.5)


@needs_browser
def test_it_fits_narrow_screens(browser: Any) -> None:
    for width in (400, 1280):
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
