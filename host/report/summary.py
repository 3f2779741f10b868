"""The first section: what was found, in a sentence, in figures, and question by question."""

from collections.abc import Sequence

from markupsafe import Markup

from host.report.markup import tag, tile, tiles
from host.report.numbers import count, percent, plural, quantity
from host.report.section import Section
from host.report.verdict import Answer, headline
from host.results import Results

__all__ = ["summary_section"]

SIGNS = {
    "good": ("\u2713", "good"),
    "warn": ("!", "take care"),
    "bad": ("\u2717", "bad"),
    "none": ("\u25cb", "no verdict"),
}
"""Sign of each tone, and what it is called for those who do not see it."""


def summary_section(
    results: Results, found: tuple[Answer, ...], notices: Sequence[str] = ()
) -> Section:
    """Verdict, figures, answers, and what was taken otherwise than asked for."""
    tone, sentence = headline(found, results)
    parts = [
        tag("div", tag("p", sentence), class_=f"verdict {tone}"),
        _tiles(results),
        tag("dl", *(_question(answer) for answer in found), class_="questions"),
    ]
    if notices:
        told = (tag("li", sentence) for sentence in notices)
        parts += [tag("h3", "Taken otherwise than asked for"), tag("ul", *told, class_="notices")]
    return Section("summary", "Summary", Markup("").join(parts))


def _tiles(results: Results) -> Markup:
    energy = results.energy
    e_syn = energy.get("e_syn_uj")
    n_spikes = sum(results.counters.get("spikes", {}).values())
    time_s = results.config.run.time_ms / 1000.0
    per_neuron = n_spikes / results.n_neurons / time_s if results.n_neurons else 0.0
    made = [
        tile("neurons", count(results.n_neurons), plural(results.n_synapses, "synapse")),
        tile("cores", count(results.n_cores), _places(results)),
        tile("spikes", count(n_spikes), f"{per_neuron:.3g} per neuron and second"),
        _losses(results),
    ]
    if e_syn is not None:
        power = quantity(energy.get("mean_power_w"), "W")
        made.append(tile("per synaptic event", quantity(e_syn * 1e-6, "J"), f"{power} on average"))
    if energy.get("load") is not None:
        how = "reckoned" if results.timing is None else "busiest cores"
        made.append(tile("load", percent(energy["load"]), how))
    return tiles(*made)


def _losses(results: Results) -> Markup:
    """How many causes of loss there were, and the one that counts most; they do not add up."""
    found = {name: n for name, n in results.losses.items() if n}
    if not found:
        return tile("losses", "none", "of any kind, whole run", "good")
    name, n = max(found.items(), key=lambda item: item[1])
    most = f"{count(n)} {name.replace('_', ' ')}, whole run"
    return tile("losses", plural(len(found), "cause"), most, "bad")


def _places(results: Results) -> str:
    return f"{plural(results.n_chips, 'chip')}, {plural(results.n_boards, 'board')}"


def _question(answer: Answer) -> Markup:
    sign, name = SIGNS[answer.tone]
    tone = answer.tone if answer.tone != "none" else ""
    return tag(
        "div",
        tag("span", sign, class_=f"sign {answer.tone}", role="img", aria_label=name),
        tag("dt", answer.question),
        tag(
            "dd",
            tag("b", answer.answer, class_=f"answer {tone}".strip()),
            tag("span", answer.why, class_="why") if answer.why else "",
        ),
        class_="question",
    )
