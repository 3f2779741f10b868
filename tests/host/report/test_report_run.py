"""Reports of runs and sweeps as text, and the command that writes them."""

import json
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from chipemu.counters import CoreCounter
from host.cli import main
from host.config import Config, MappingConfig, NetworkConfig, RunConfig
from host.countertables import core_name
from host.errors import ExitCode
from host.pipeline import run
from host.report import render_run, render_sweep
from host.report.packetaccount import WHOLE, stages
from host.report.page import render_page
from host.report.run import run_sections
from host.report.section import Section
from host.report.verdict import answers, headline
from host.runfolder import load_run
from tests.host.report.made import HOSTILE, OTHER, made_sweep, small_run

VOID = {"meta", "link", "br", "hr", "input", "img"}


class Page(HTMLParser):
    """Elements of a page, checked for balance as they come."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.text, self.elements = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] not in (["style"], ["script"]):
            self.text.append(data)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A run that loses spikes, and one with ideal timing."""
    folder = tmp_path_factory.mktemp("report")
    small_run(folder / "full")
    small_run(folder / "ideal", "ideal", 20.0)
    return folder


@pytest.fixture(scope="module")
def full(folders):
    return load_run(folders / "full")


@pytest.fixture(scope="module")
def ideal(folders):
    return load_run(folders / "ideal")


@pytest.fixture(scope="module", params=["full", "ideal", "sweep"])
def page(request, folders, full, ideal):
    if request.param == "sweep":
        return render_sweep(made_sweep(folders))
    return render_run({"full": full, "ideal": ideal}[request.param])


def test_a_page_is_well_formed_and_every_link_within_it_leads_somewhere(page):
    found = Page(page)
    assert not found.open
    assert all(n == 1 for n in Counter(found.ids).values())
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", name) for name in found.ids)
    hrefs = [attrs["href"] for _, attrs in found.elements if "href" in attrs]
    assert {href[1:] for href in hrefs if href.startswith("#")} <= set(found.ids)


def test_a_page_asks_for_nothing(page):
    found = Page(page)
    wanted = [attrs.get(name, "") for _, attrs in found.elements for name in ("src", "href")]
    outside = [address for address in wanted if re.match(r"(\w+:)?//|http", address)]
    assert not outside
    assert not any(tag in ("iframe", "object", "embed", "img") for tag, _ in found.elements)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL).group(1)
    assert "@import" not in style
    assert "url(" not in style
    (policy,) = [a["content"] for t, a in found.elements if a.get("http-equiv")]
    assert policy.startswith("default-src 'none'")


def test_names_are_text_and_nothing_else(page):
    assert HOSTILE not in page
    assert HOSTILE in "".join(Page(page).text)
    assert sum(tag == "script" for tag, _ in Page(page).elements) == 1


def test_figures_tell_what_they_show(page):
    pictures = [attrs for tag, attrs in Page(page).elements if tag == "svg" and "role" in attrs]
    assert len(pictures) >= 4
    figures = [a for _, a in Page(page).elements if "picture" in a.get("class", "").split()]
    assert all(attrs["aria-label"] for attrs in figures)


def test_a_report_of_a_small_run_is_small(page):
    assert len(page.encode()) < 400_000


def test_sections_of_a_run(full):
    ids = [section.id for section in run_sections(full)]
    wanted = [
        "summary",
        "network",
        "machine",
        "activity",
        "deadlines",
        "packets",
        "energy",
        "times",
        "provenance",
    ]
    assert [name for name in ids if name in wanted] == wanted


def test_two_sections_of_one_name_are_refused():
    twice = (Section("a", "A", ""), Section("a", "B", ""))
    with pytest.raises(ValueError, match="same id"):
        render_page(twice, kind="run", heading="", subtitle="", footer="")


def test_the_same_results_give_the_same_page(ideal):
    assert render_run(ideal) == render_run(ideal)


def test_losses_make_the_verdict_bad(full):
    assert any(full.losses.values())
    found = {answer.question: answer for answer in answers(full, None)}
    assert found["Deadlines kept?"].tone == "bad"
    assert found["Spikes lost?"].tone == "bad"
    assert found["Energy per synaptic event"].tone in ("warn", "none")
    tone, sentence = headline(tuple(found.values()), full)
    assert tone == "bad"
    assert "does not keep up" in sentence


def test_slow_enough_keeps_up():
    kept = small_run(None, "full", 50.0)
    assert kept.timing.stretches["run"].is_loss_free
    unsaturated = replace(kept, losses=dict.fromkeys(kept.losses, 0))
    found = answers(unsaturated, None)
    assert {answer.tone for answer in found} <= {"good", "none"}
    tone, sentence = headline(found, unsaturated)
    assert (tone, "keeps up" in sentence) == ("good", True)


def test_what_spoils_a_run_is_in_the_first_sentence(ideal):
    losses = {**ideal.losses, "ring_buffer_saturations": 3}
    spoilt = replace(ideal, losses=losses, asked_time_ms=99.0)
    tone, sentence = headline(answers(spoilt, None), spoilt)
    assert tone == "warn"
    assert "full ring buffers" in sentence
    assert "99 ms" in sentence


def test_ideal_timing_is_said_to_be_reckoned(ideal):
    found = {answer.question: answer for answer in answers(ideal, None)}
    assert "reckoned, not observed" in found["Deadlines kept?"].why
    busy = replace(ideal, energy={**ideal.energy, "load": 1.7, "deadline": "missed"})
    found = answers(busy, None)
    assert headline(found, busy)[0] == "bad"


def test_packets_add_up_at_every_stage(full):
    delivery, work, events = stages(full)
    for stage in (delivery, work, events):
        assert sum(part.counts[WHOLE] for part in stage.parts) == stage.total[WHOLE]
        assert all(part.counts[WHOLE] >= 0 for part in stage.parts)
    assert delivery.parts[0].counts[WHOLE] == work.total[WHOLE]
    assert events.parts[1].counts[WHOLE] == full.losses["skipped_synapses"]
    lost = {part.name: part.counts[WHOLE] for part in work.parts}
    assert lost["lost: spike buffer full"] == full.losses["buffer_overflow"]


def test_rows_that_are_fetched_twice_are_processed_once():
    """Ensembles give up what they hold when they have to write, and fetch it again."""
    cores = MappingConfig(layout="ensemble")
    config = Config(
        network=NetworkConfig(scale=0.05),
        mapping=cores,
        run=RunConfig(time_ms=20.0, warmup_ms=20.0, timing="full", slowdown=0.7, threads=1),
    )
    results = run(config)
    columns = results.tables["cores"].columns
    n_fetched = sum(columns[core_name(CoreCounter.DMAS)])
    _, work, _ = stages(results)
    assert all(part.counts[WHOLE] >= 0 for part in work.parts)
    assert sum(part.counts[WHOLE] for part in work.parts) == work.total[WHOLE]
    processed = work.parts[0].counts[WHOLE]
    n_filtered = sum(columns[core_name(CoreCounter.FILTERED)])
    assert processed == work.total[WHOLE] - n_filtered - results.timing.unprocessed
    assert processed < n_fetched


def test_a_run_without_spikes_or_tables_still_has_a_report(full):
    bare = replace(full, spikes=None, tables={}, actions=None, mapping={}, machine_description={})
    text = "".join(Page(render_run(bare)).text)
    assert "Spikes were not recorded" in text
    assert "not in this run folder" in text


def test_the_command_writes_the_page_into_the_folder(folders, capsys):
    assert main(["report", str(folders / "ideal"), "--json"]) == ExitCode.DONE
    told = json.loads(capsys.readouterr().out)
    path = folders / "ideal" / "report.html"
    assert (told["schema"], told["kind"], told["report"]) == ("chipemu.report", "run", str(path))
    assert told["n_bytes"] == path.stat().st_size
    assert path.read_text(encoding="utf-8") == render_run(load_run(folders / "ideal"))
    assert load_run(folders / "ideal").n_neurons == 60  # it is a run folder still


def test_a_run_may_come_with_its_report(tmp_path, capsys):
    line = "run brunel --scale 0.01 --time 5 --warmup 1 --threads 1 --quiet --report --output"
    assert main([*line.split(), str(tmp_path / "run")]) == ExitCode.DONE
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    again = render_run(load_run(tmp_path / "run"))
    assert page.partition('id="times"')[0] == again.partition('id="times"')[0]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["nowhere"], ExitCode.USER, "no such folder"),
        (["."], ExitCode.USER, "no run folder"),
        (["ideal", "--output", "page.pdf"], ExitCode.USER, "ends in .html"),
        (["ideal", "--output", "deep/page.html"], ExitCode.USER, "no folder deep"),
    ],
)
def test_mistakes_are_told_in_a_line(folders, capsys, monkeypatch, arguments, code, told):
    monkeypatch.chdir(folders)
    assert main(["report", *arguments]) == code
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


def test_a_sweep_tells_of_every_point(folders):
    text = render_sweep(made_sweep(folders), place=folders / "elsewhere")
    found = Page(text)
    words = "".join(found.text)
    assert "10 of 12 points ran to their end" in words
    assert "1 failed" in words
    assert "1 did not fit the machine" in words
    links = [a["href"] for t, a in found.elements if t == "a" and "points/" in a["href"]]
    assert len(links) == 12 + 2
    assert set(links) == {f"../points/{k:04d}-abc" for k in range(1, 13)}
    assert HOSTILE in words
    assert OTHER not in words


def test_a_network_from_a_file_goes_by_its_own_name(tmp_path):
    path = tmp_path / "one.yaml"
    path.write_text(
        "name: solo\npopulations: {n: {size: 1, parameters: {i_offset: 1 nA}}}\nprojections: []\n"
    )
    settings = RunConfig(time_ms=50.0, warmup_ms=0.0, threads=1)
    results = run(Config(network=NetworkConfig(name=str(path)), run=settings))
    text = " ".join("".join(Page(render_run(results)).text).split())
    assert "solo" in text
    assert "1 neuron on spinnaker1" in text
    assert "drive" not in text.partition("Provenance")[0].partition("Machine")[0]
    assert "No neuron's spike reached a synapse" in text
