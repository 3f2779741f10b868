"""The report of a run: its sections, and the frame around them."""

from collections.abc import Mapping, Sequence

from host.analysis.sample import Model, Sample, sample_of_run
from host.energy.ledger import Ledger
from host.errors import ConfigError
from host.report.activity import activity_section
from host.report.deadlines import deadlines_section
from host.report.energy import PHASES, energy_section, ledger_of
from host.report.likeness import Likeness, judge, reference_of
from host.report.machine import machine_script, machine_section
from host.report.network import network_section
from host.report.numbers import plural, seconds
from host.report.packets import packets_section
from host.report.page import render_page
from host.report.provenance import is_configured, is_file_name, provenance_section
from host.report.section import Section
from host.report.summary import summary_section
from host.report.times import times_section
from host.report.verdict import answers
from host.results import Results

__all__ = ["render_run", "run_sections"]


def render_run(
    results: Results,
    *,
    reference: Sequence[Sample] | None = None,
    notices: Sequence[str] = (),
) -> str:
    """Report of a run as one HTML text that needs nothing beside it.

    Parameters
    ----------
    results : Results
        As `host.run` or `host.runfolder.load_run` gives them.
    reference : sequence of Sample, optional
        What the activity is held against, a sample of each seed; default: what comes with the
        package of the same network, scale and drive, if anything.
    notices : sequence of str
        What was asked for and taken otherwise, told with the verdict.

    Returns
    -------
    str
    """
    config = results.config
    timing = "full" if results.timing is not None else "ideal"
    subtitle = (
        f"{plural(results.n_neurons, 'neuron')} on {results.machine}: "
        f"{seconds(config.run.time_ms / 1000.0)} of biological time at slow-down "
        f"{config.slowdown:g}, {timing} timing, seed {config.run.seed}"
    )
    if results.run_dir is not None:
        subtitle += f", in {results.run_dir.name}"
    return render_page(
        run_sections(results, reference=reference, notices=notices),
        kind="run",
        heading=network_words(results),
        subtitle=subtitle,
        footer="Made by chipemu report. This page holds all that it shows and asks for nothing.",
        script=machine_script(),
    )


def run_sections(
    results: Results,
    *,
    reference: Sequence[Sample] | None = None,
    notices: Sequence[str] = (),
) -> tuple[Section, ...]:
    """Sections of the report of a run, in their order; parameters as of `render_run`."""
    likeness = _likeness(results, reference)
    ledger = ledger_of(results)
    found: tuple[Section | None, ...] = (
        summary_section(results, answers(results, likeness), notices),
        network_section(results),
        machine_section(results),
        activity_section(results, likeness),
        deadlines_section(results),
        packets_section(results),
        energy_section(ledger, f"{results.machine}: {network_words(results)}"),
        times_section(results, _machine_times(ledger)),
        provenance_section(results),
    )
    return tuple(section for section in found if section is not None)


def network_words(results: Results) -> str:
    """Name of the network, with scale and drive if these are those of the configuration."""
    network = results.config.network
    described = results.network
    if described is not None and is_file_name(network.name):
        return described.name + (f", scale {network.scale:g}" if network.scale != 1 else "")
    if not is_configured(results):
        return described.name if described is not None else "a network"
    return str(Model(network.name, network.scale, network.drive))


def _likeness(results: Results, reference: Sequence[Sample] | None) -> Likeness | None:
    """The run beside its reference; None if there is nothing to take statistics of."""
    if results.spikes is None or not results.spikes.populations:
        return None
    if reference is None and not is_configured(results):
        reference = ()
    try:
        sample = sample_of_run(results)
    except ConfigError:  # shorter than a bin of correlations
        return None
    return judge(sample, reference_of(sample, results.config) if reference is None else reference)


def _machine_times(ledger: Ledger | None) -> Mapping[str, float]:
    if ledger is None:
        return {}
    return {PHASES.get(phase, phase.value): float(s) for phase, s in ledger.wall_s.items()}
