"""The questions that a report answers first, each with its figure and its limit.

An answer is good, bad, of the middle kind, or undecided; undecided says why, and what would decide.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from host.analysis.measures import MEASURES
from host.report.likeness import FEWEST_SEEDS, Likeness
from host.report.numbers import bytes_text, count, percent, plural, quantity, share, signed
from host.report.packetaccount import WHOLE, Stage, stages
from host.results import Results
from host.timing import LOSSES, StretchTiming

__all__ = ["Answer", "answers", "headline"]

CAUSES = {
    "router_dropped": "dropped by routers",
    "buffer_overflow": "into full spike buffers",
    "flushed": "flushed at ticks",
    "late": "rows late",
    "skipped_synapses": "synaptic events too late",
    "missed_transfers": "contributions missed",
    "skipped_steps": "steps skipped",
}


class Answer(NamedTuple):
    """The answer to one question.

    Attributes
    ----------
    question : str
    tone : str
        ``"good"``, ``"warn"``, ``"bad"``, or ``"none"`` if it is no question of good and bad or
        cannot be told.
    answer : str
    why : str
        The figure and its limit.
    """

    question: str
    tone: str
    answer: str
    why: str = ""


def answers(results: Results, likeness: Likeness | None) -> tuple[Answer, ...]:
    """All questions in their order."""
    return (
        fit(results),
        deadlines(results),
        losses(results),
        alike(likeness),
        energy(results),
        made_with(results),
    )


def headline(found: tuple[Answer, ...], results: Results) -> tuple[str, str]:
    """Tone and one sentence or two for those who read no further."""
    of = {answer.question: answer for answer in found}
    late, lost, like = (of[q] for q in ("Deadlines kept?", "Spikes lost?", "As the reference?"))
    slowdown = f"slow-down {results.config.slowdown:g}"
    if lost.tone == "bad" or late.tone == "bad":
        told = "" if lost.tone != "bad" else f": {lost.answer.removeprefix('Yes: ')}"
        return "bad", f"The machine does not keep up at {slowdown}{told}."
    if like.tone == "bad":
        return "bad", f"The activity is not that of the reference: {like.answer.lower()}."
    told = " Its activity is that of the reference." if like.tone == "good" else ""
    doubts = _doubts(results)
    but = f", but {' and '.join(doubts)}" if doubts else ""
    tone = "warn" if doubts else "good"
    if results.timing is None:
        load = percent(results.energy.get("load"))
        return tone, (
            f"The network fits and ran with ideal timing; at {slowdown} its busiest cores are "
            f"reckoned to need {load} of each step{but}.{told}"
        )
    kept = "" if but else ": nothing was lost, nothing was late"
    return tone, f"The machine keeps up at {slowdown}{kept}{but}.{told}"


def _doubts(results: Results) -> list[str]:
    """What spoils a run that kept up."""
    found = []
    if results.losses.get("ring_buffer_saturations"):
        found.append("full ring buffers cut input of some neurons")
    if results.losses.get("delay_clipped"):
        found.append("long delays were cut")
    if results.timing is not None:
        warmup = results.timing.stretches.get("warmup")
        if results.timing.stretches["run"].losses.overruns:
            found.append("some work began late")
        if warmup is not None and not warmup.is_loss_free:
            found.append("spikes were lost in the warm-up")
    if results.asked_time_ms is not None:
        asked = f"{results.asked_time_ms:.12g} ms"
        found.append(f"it was stopped before the {asked} that were asked for")
    return found


def fit(results: Results) -> Answer:
    """Whether the network fits: the fullest of each kind of place."""
    mapping, budgets = results.mapping, results.machine_description.get("budgets", {})
    boards = plural(results.n_boards, "board")
    answer = f"Yes, on {plural(results.n_cores, 'core')} of {plural(results.n_chips, 'chip')}"
    rooms = []
    if budgets.get("table_entries") and "entries_after" in mapping:
        n, limit = mapping["entries_after"]["max"], budgets["table_entries"]
        rooms.append(f"{count(n)} of {count(limit)} routing entries")
    if budgets.get("dtcm_bytes") and "dtcm_bytes" in mapping:
        limit = budgets["dtcm_bytes"] - budgets.get("dtcm_reserved_bytes", 0)
        used = mapping["dtcm_bytes"]["max"]
        rooms.append(f"{bytes_text(used)} of {bytes_text(limit)} of a core's memory")
    if budgets.get("sdram_bytes") and "sdram_bytes" in mapping:
        used, limit = mapping["sdram_bytes"]["max"], budgets["sdram_bytes"]
        rooms.append(f"{bytes_text(used)} of {bytes_text(limit)} of a chip's SDRAM")
    why = f"{boards}; the fullest place of each kind takes {', '.join(rooms)}" if rooms else boards
    clipped = results.losses.get("delay_clipped", 0)
    if clipped:
        why += f"; delays of {plural(clipped, 'synapse')} were cut to what ring buffers hold"
    return Answer("Did it fit?", "warn" if clipped else "good", answer, f"{why}.")


def deadlines(results: Results) -> Answer:
    """Whether all work was done in time."""
    question = "Deadlines kept?"
    if results.timing is None:
        return _load(question, results.energy)
    run = results.timing.stretches["run"]
    known = [m for m in run.margins.values() if m.smallest_us is not None]
    worst = min(known, key=lambda m: m.smallest_us or 0.0, default=None)
    if worst is None or worst.smallest_us is None:
        return Answer(question, "none", "No core had a deadline")
    margin = quantity(worst.smallest_us * 1e-6, "s").replace("-", "\u2212")
    why = (
        f"Smallest margin {margin} (limit 0 s, step {_us(results.timing.step_us)}), of "
        f"{worst.worst_core}; {plural(run.losses.overruns, 'tick or update', 'ticks or updates')} "
        "begun late."
    )
    if worst.smallest_us >= 0 and not run.losses.overruns:
        return Answer(question, "good", "Yes, every one", why)
    if run.is_loss_free:
        return Answer(question, "warn", "No, but nothing was lost by it", why)
    return Answer(question, "bad", "No", why)


def _us(value: float) -> str:
    return quantity(value * 1e-6, "s")


def _load(question: str, energy_: Mapping[str, Any]) -> Answer:
    load = energy_.get("load")
    if load is None:
        return Answer(question, "none", "Assumed", "Ideal timing; the load was not reckoned.")
    why = (
        f"Ideal timing, so this is reckoned, not observed: the busiest cores need {percent(load)} "
        "of a step on average (limit 100 %)."
    )
    if load > 1:
        return Answer(question, "bad", "No, there is more work than time", why)
    return Answer(question, "good", "Assumed, and there is time for it", why)


def losses(results: Results) -> Answer:
    """What was lost in the time that counts, of how much, and to what."""
    question = "Spikes lost?"
    saturated = results.losses.get("ring_buffer_saturations", 0)
    full = f"{plural(saturated, 'ring-buffer slot was', 'ring-buffer slots were')} full at 65,535"
    if results.timing is None:
        answer = "None can be: timing is ideal"
        if saturated:
            return Answer(question, "warn", f"{answer}; input was", f"{full}: it was cut there.")
        return Answer(question, "good", answer, "No ring buffer was full either.")
    run = results.timing.stretches["run"]
    why = _of_how_many(run, stages(results))
    warmup = results.timing.stretches.get("warmup")
    if warmup is not None and not warmup.is_loss_free:
        why += f" In the warm-up: {_causes(warmup)}."
    if saturated:
        why += f" {full}."
    if not run.is_loss_free:
        return Answer(question, "bad", f"Yes: {_causes(run)}", why)
    is_clean = not saturated and (warmup is None or warmup.is_loss_free)
    return Answer(question, "good" if is_clean else "warn", "None, and none late", why)


def _causes(stretch: StretchTiming) -> str:
    found = {name: getattr(stretch.losses, name) for name in LOSSES}
    return ", ".join(f"{count(n)} {CAUSES.get(name, name)}" for name, n in found.items() if n)


def _of_how_many(run: StretchTiming, found: tuple[Stage, ...]) -> str:
    """Packets and synaptic events of the time that counts, and losses of the whole run."""
    told = (
        f"In the time that counts {plural(run.packets_sent, 'packet was', 'packets were')} sent, "
        f"and cores took {plural(run.packets_received, 'copy', 'copies')}"
    )
    if len(found) < 3:
        return f"{told}."
    delivery, work, events = found
    n, late = events.total["run"], events.parts[1].counts["run"]
    told += f" with {plural(n, 'synaptic event')}"
    if late:
        told += f", of which {share(late, n)} came too late"
    n_dropped = sum(part.counts[WHOLE] for part in delivery.parts if part.tone == "bad")
    n_lost = sum(part.counts[WHOLE] for part in work.parts if part.tone == "bad")
    return (
        f"{told}. In the whole run {count(n_dropped)} of {count(delivery.total[WHOLE])} "
        f"deliveries were dropped on the way, and {count(n_lost)} of {count(work.total[WHOLE])} "
        "packets lost in cores."
    )


def alike(likeness: Likeness | None) -> Answer:
    """Whether the activity is that of the reference."""
    question = "As the reference?"
    if likeness is None:
        why = "Spikes were not recorded, or over too short a time for statistics."
        return Answer(question, "none", "Not known", why)
    if not likeness.references:
        why = "No reference of this network, scale and drive comes with chipemu (pd14 has some)."
        return Answer(question, "none", "There is no reference", why)
    worst = likeness.worst
    if worst is None or not likeness.is_decided:
        return Answer(question, "none", "Not decided", _undecided(likeness))
    measure, name = MEASURES[worst[0]].short, worst[1]
    n_sd = likeness.judged[worst].n_sd
    why = (
        f"Of {len(likeness.judged)} means of rate, CV and CC, that of the {measure} of {name} is "
        f"furthest: {signed(n_sd, 1)} standard deviations of the reference's "
        f"{plural(len(likeness.references), 'seed')} (limit {likeness.limit:.1f})."
    )
    if likeness.is_alike:
        return Answer(question, "good", "Yes, within what seeds differ by", why)
    return Answer(question, "bad", f"No, {measure} of {name} differs", why)


def _undecided(likeness: Likeness) -> str:
    first, n = likeness.references[0], len(likeness.references)
    reasons = []
    if not likeness.is_same_time:
        reasons.append(f"the reference counts {first.window}, this run {likeness.sample.window}")
    if n < FEWEST_SEEDS:
        reasons.append(f"the spread over seeds is not known from {plural(n, 'seed')}")
    told = "; ".join(reasons)
    furthest = likeness.largest_rate
    if furthest is not None:
        told += (
            f". Mean rates differ by {percent(abs(furthest[1]))} at most ({furthest[0]}, "
            f"{'above' if furthest[1] > 0 else 'below'} the reference)"
        )
    return f"{told[:1].upper()}{told[1:]}."


def energy(results: Results) -> Answer:
    """Energy per synaptic event."""
    question, found = "Energy per synaptic event", results.energy
    e_syn = found.get("e_syn_uj")
    if e_syn is None:
        why = (
            "No neuron's spike reached a synapse in the time that counts; events of Poisson input "
            "are not what energy is divided by."
        )
        return Answer(question, "none", "Not known", why)
    answer = quantity(e_syn * 1e-6, "J")
    low, high, idle = (found.get(f"e_syn_{key}_uj") for key in ("low", "high", "idle"))
    why = f"{count(found['synaptic_events'])} events" if "synaptic_events" in found else ""
    why += f"; {plural(found['n_boards_on'], 'board')} on" if "n_boards_on" in found else ""
    if low is not None and high is not None:
        band = f"{quantity(low * 1e-6, 'J')} to {quantity(high * 1e-6, 'J')}"
        why = f"{band}; {why}"
    if idle is not None and e_syn:
        why += f"; {percent(idle / e_syn)} of it for standing by and waiting"
    if found.get("deadline") == "missed":
        return Answer(question, "warn", f"{answer}, not valid: deadlines missed", f"{why}.")
    return Answer(question, "none", answer, f"{why}.")


def made_with(results: Results) -> Answer:
    """Profile of arithmetic and timing."""
    run, mapping = results.config.run, results.config.mapping
    numbers = "double precision" if run.arithmetic == "float64" else "fixed point"
    answer = f"{numbers.capitalize()}, {run.timing} timing, {mapping.layout} layout"
    why = (
        f"{results.config.run.numbers}; step {run.dt_ms:g} ms, slow-down "
        f"{results.config.slowdown:g}, {run.engine} engine, {run.connectivity} synapses, at most "
        f"{mapping.neurons_per_core} neurons per core."
    )
    return Answer("Made with", "none", answer, why)
