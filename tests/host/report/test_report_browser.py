"""Reports in a browser: what only a browser sees of them."""

import shutil

import pytest

from host.report import render_run, render_sweep
from tests.host.report.made import made_sweep, small_run

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None,
    reason="neither chromium nor chromedriver is installed: make browser",
)
OPTIONS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
FIGURES = """[...document.querySelectorAll('figure svg')].map((svg) => {
  const box = svg.getBoundingClientRect();
  return [box.width, box.height];
})"""
CUT = """[...document.querySelectorAll('main *')]
  .filter((e) => !e.closest('.scroll, svg, pre'))
  .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
  .map((e) => e.outerHTML.slice(0, 80))"""
CONTRAST = """
const luminance = (text) => {
  const part = (c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const [r, g, b] = text.match(/[\\d.]+/g).map(Number).map((c) => part(c / 255));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ground = (element) => {
  const own = getComputedStyle(element).backgroundColor;
  return own !== "rgba(0, 0, 0, 0)" || !element.parentElement ? own : ground(element.parentElement);
};
const contrast = (selector) => [...document.querySelectorAll(selector)].map((element) => {
  const [a, b] = [getComputedStyle(element).color, ground(element)].map(luminance);
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
});
"""
TEXT = "p, td, th, dd, dt, li, a, h1, h2, h3, figcaption, caption, code, summary, button, b"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    made = {
        "full": render_run(small_run(None)),
        "ideal": render_run(small_run(None, "ideal", 20.0)),
        "sweep": render_sweep(made_sweep(folder)),
    }
    for name, text in made.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for option in (*OPTIONS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(executable_path=DRIVER)
    driver = webdriver.Chrome(options=options, service=service)
    yield driver
    driver.quit()


def look(driver, width=1280, scheme="light"):
    """Make the window so wide, and let the system prefer `scheme`."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


@pytest.fixture
def show(chromium, pages):
    def page(name, width=1280, scheme="light"):
        look(chromium, width, scheme)
        chromium.get((pages / f"{name}.html").as_uri())
        return chromium

    return page


def run_script(driver, expression):
    return driver.execute_script(f"return {expression}")


def settle(driver):
    """Wait until what was asked for is drawn, and the events of it are over."""
    driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")


def to_middle(driver, element):
    script = "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})"
    driver.execute_script(script, element)
    settle(driver)


@pytest.mark.parametrize("name", ["full", "ideal", "sweep"])
def test_a_page_is_sound_at_every_width_and_in_both_schemes(show, chromium, name):
    chromium.get_log("browser")
    chromium.get_log("performance")
    driver = show(name)
    assert driver.get_log("browser") == []
    messages = [entry["message"] for entry in driver.get_log("performance")]
    sent = [message for message in messages if '"Network.requestWillBeSent"' in message]
    assert len(sent) == 1  # the page itself
    assert run_script(driver, "window.hit") is None
    driver.execute_script("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    for width in (1280, 400):
        look(driver, width)
        sizes = run_script(driver, FIGURES)
        assert len(sizes) >= 3
        assert all(across > 100 and down > 20 for across, down in sizes)
        assert run_script(driver, "document.documentElement.scrollWidth") <= width
        assert run_script(driver, CUT) == []
    for scheme in ("light", "dark"):
        look(driver, 1280, scheme)
        found = driver.execute_script(f"{CONTRAST} return contrast({TEXT!r})")
        assert len(found) > 50
        assert min(found) >= 4.5


def test_light_and_dark_differ_and_the_reader_may_choose(show):
    marks = ("body", ".plot-name", "#energy .mp-ink")  # page, plots, pictures
    own = {"body": "backgroundColor"}

    def colours(driver):
        styles = (f"getComputedStyle(document.querySelector({m!r}))" for m in marks)
        names = (own.get(m, "fill") for m in marks)
        pairs = zip(styles, names, strict=True)
        return [run_script(driver, f"{style}.{name}") for style, name in pairs]

    driver = show("full")
    light = colours(driver)
    look(driver, scheme="dark")
    dark = colours(driver)
    assert all(one != other for one, other in zip(light, dark, strict=True))
    button = driver.find_element("css selector", "[data-set-theme=light]")
    button.click()
    assert colours(driver) == light
    assert button.get_attribute("aria-pressed") == "true"
    driver.refresh()  # the choice is kept
    assert colours(driver) == light
    driver.find_element("css selector", "[data-set-theme=auto]").click()
    assert colours(driver) == dark


def test_tooltips_appear_and_go(show):
    chains = pytest.importorskip("selenium.webdriver.common.action_chains")
    driver = show("ideal")
    target = driver.find_element("css selector", "#times rect[data-tip]")
    to_middle(driver, target)
    tip = driver.find_element("id", "tip")
    assert not tip.is_displayed()
    chains.ActionChains(driver).move_to_element(target).perform()
    assert tip.is_displayed()
    assert tip.text == target.get_attribute("data-tip")
    away = driver.find_element("css selector", "#times h2")
    chains.ActionChains(driver).move_to_element(away).perform()
    assert not tip.is_displayed()


def test_tables_sort_by_the_head_that_is_clicked(show):
    driver = show("sweep")
    rows = "[...document.querySelectorAll('#points tbody tr')]"
    heads = driver.find_elements("css selector", "#points thead button")
    to_middle(driver, heads[2])
    shown = []
    for _ in range(2):
        heads[2].click()
        cells = run_script(driver, f"{rows}.map((row) => row.cells[2].innerText)")
        shown.append([float(cell) for cell in cells])
    assert shown == [sorted(shown[0]), sorted(shown[0], reverse=True)]
    state = "document.querySelectorAll('#points thead th')[2].getAttribute('aria-sort')"
    assert run_script(driver, state) == "descending"
    for _ in range(2):  # rows without a figure come last, up and down
        driver.execute_script("arguments[0].click()", heads[-1])
        last = run_script(driver, f"{rows}.slice(-2).map((row) => row.cells[1].innerText)")
        assert set(last) == {"failed", "does not fit"}


def test_boxes_that_scroll_and_only_these_are_reached_by_keyboard(show):
    driver = show("full", 400)
    of_each = "[box.tabIndex, box.scrollWidth > box.clientWidth]"
    found = run_script(driver, f"[...document.querySelectorAll('.scroll')].map((box) => {of_each})")
    assert {scrolls for _, scrolls in found} == {True, False}
    assert all((index == 0) == scrolls for index, scrolls in found)


def test_contents_follow_the_reader(show):
    driver = show("full")
    driver.execute_script("document.documentElement.style.scrollBehavior = 'auto'")
    current = "return document.querySelector('.contents [aria-current]').innerText"
    assert driver.execute_script(current) == "Summary"
    driver.execute_script("document.getElementById('packets').scrollIntoView()")
    settle(driver)
    assert driver.execute_script(current) == "Packets"


def test_the_configuration_can_be_copied(show):
    driver = show("ideal")
    keep = "(text) => { window.copied = text; return Promise.resolve(); }"
    driver.execute_script(f"navigator.clipboard.writeText = {keep}")
    button = driver.find_element("css selector", "[data-copy=text-configuration]")
    driver.execute_script("arguments[0].click()", button)
    text = driver.find_element("id", "text-configuration").get_attribute("textContent")
    assert driver.execute_script("return window.copied") == text
    assert "slowdown" in text
