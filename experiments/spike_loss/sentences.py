"""What the figures say, in sentences: from which slow-down on is nothing lost, and nothing late."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from experiments.search import Threshold, read_threshold
from experiments.spike_loss import Options
from experiments.spike_loss.measure import Outcome
from experiments.spike_loss.points import Variant, all_variants
from experiments.spike_loss.report import count_causes
from experiments.spike_loss.styles import STYLES

__all__ = ["CRITERIA", "bracketing", "notes", "sentence", "sentences", "thresholds"]

CRITERIA = ("is_lossless", "is_lossless_after", "is_free", "is_free_after")
"""Properties of an outcome whose thresholds are told: nothing lost; nothing lost or late."""
Found = Mapping[Variant, Sequence[Outcome]]


def thresholds(outcomes: Iterable[Outcome]) -> dict[str, Threshold]:
    """Threshold of each of `CRITERIA`; a slow-down meets one if it does for all seeds."""
    own = list(outcomes)
    return {name: read_threshold(_tried(own, name)) for name in CRITERIA}


def _tried(outcomes: Iterable[Outcome], which: str) -> dict[float, bool]:
    tried: dict[float, bool] = {}
    for outcome in outcomes:
        slowdown = outcome.point.slowdown
        tried[slowdown] = tried.get(slowdown, True) and getattr(outcome, which)
    return tried


def bracketing(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Those of a variant's `outcomes` that stand on either side of one of its thresholds."""
    sides = {
        slowdown
        for threshold in thresholds(outcomes).values()
        for slowdown in (threshold.lossy_at, threshold.free_from)
    }
    return [outcome for outcome in outcomes if outcome.point.slowdown in sides]


def sentences(found: Found) -> Iterator[str]:
    """One for each variant, which is named by its mapping, its style and by what else varies."""
    n_costs, n_steps = len({v.costs for v in found}), len({v.dt_ms for v in found})
    for variant, own in found.items():
        style = f", {variant.style} style" if variant.style != "default" else ""
        costs = f", {variant.costs} costs" if n_costs > 1 else ""
        step = f", {variant.dt_ms:g} ms" if n_steps > 1 else ""
        yield sentence(own, f"{variant.mapping}{style}{costs}{step}")


def sentence(outcomes: Sequence[Outcome], who: str) -> str:
    """Tell from which slow-downs on a variant loses nothing, and has nothing late.

    Parameters
    ----------
    outcomes : sequence of Outcome
        Of the variant.
    who : str
        What the variant is called.
    """
    reasons = [outcome.reason for outcome in outcomes if outcome.reason]
    if reasons:
        return f"{who}: does not fit: {reasons[0]}"
    said = "; ".join(_clauses(outcomes))
    return f"{who}: {said}; {_activity(outcomes):.3g} packets sent per step after the transient"


def _clauses(outcomes: Sequence[Outcome]) -> Iterator[str]:
    read = thresholds(outcomes)
    if read["is_free"].lossy_at is not None:
        causes = outcomes[0].lost_causes
        yield _clause("lost", read["is_lossless"], read["is_lossless_after"], outcomes, causes)
    yield _clause("lost or late", read["is_free"], read["is_free_after"], outcomes, None)


def _clause(
    what: str,
    whole: Threshold,
    after: Threshold,
    outcomes: Sequence[Outcome],
    causes: Sequence[str] | None,
) -> str:
    """One threshold; of what is lost below it the `causes` are told, or all."""
    if whole.lossy_at is None:
        return f"nothing {what} at any slow-down tried, from {whole.free_from:g} on"
    if whole.free_from is None:
        first = f"something {what} at every slow-down tried, up to {whole.lossy_at:g}"
        if whole.free_below:
            first = f"something {what} up to {whole.lossy_at:g}, the largest slow-down tried"
    else:
        first = f"nothing {what} from a slow-down of {whole.free_from:g} on"
    has_transient = "warmup" in outcomes[0].stretches
    is_found = whole.free_from is not None
    transient = f" ({_after(after, is_found=is_found)})" if has_transient else ""
    odd = ", ".join(f"{slowdown:g}" for slowdown in whole.free_below)
    contradiction = f", but nothing at {odd}: not monotone" if odd else ""
    below = _losses(whole.lossy_at, outcomes, causes)
    return f"{first}{transient}, at {whole.lossy_at:g}: {below}{contradiction}"


def _after(after: Threshold, *, is_found: bool) -> str:
    """Threshold without the transient; `is_found` is whether there is one with it."""
    if after.free_from is None:
        return "without the start-up transient too"
    least = " or less" if after.lossy_at is None else ""
    smallest = f"{after.free_from:g}{least}"
    told = smallest if is_found else f"nothing from {smallest} on"
    return f"{told} without the start-up transient"


def _losses(slowdown: float, outcomes: Iterable[Outcome], causes: Sequence[str] | None) -> str:
    counts = count_causes(o for o in outcomes if o.point.slowdown == slowdown)
    told = {name: n for name, n in counts.items() if causes is None or name in causes}
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in told.items())


def _activity(outcomes: Sequence[Outcome]) -> float:
    """Packets per step of the slowest runs, to be told since a silent network proves little."""
    slowest = max(outcome.point.slowdown for outcome in outcomes)
    own = [o.stretches["run"] for o in outcomes if o.point.slowdown == slowest]
    return sum(s.packets_sent for s in own) / sum(s.stop_step - s.first_step for s in own)


def notes(options: Options, found: Found) -> Iterator[str]:
    """What holds for all sentences."""
    drives = {variant.layout: variant.drive for variant in all_variants(options)}
    driven = " and ".join(
        f"{layout} mapping with {drive} drive" for layout, drive in drives.items()
    )
    costs = ", ".join(options.costs)
    yield f"{costs} costs, {options.initial} initial potentials, {driven}."
    yield _style_note(options.style)
    yield (
        "Lost: all causes but late rows, of which only synapses whose slot had passed are lost; "
        "without colours late rows are lost too."
    )
    if options.search:
        yield _search_note(options, found)


def _style_note(style: str) -> str:
    told = ", ".join(f"{key} {_written(value)}" for key, value, _ in STYLES[style].overrides)
    return f"Style {style}: {told or 'as the file of the machine has it'}."


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _search_note(options: Options, found: Found) -> str:
    read = [
        threshold
        for own in found.values()
        if not own[0].reason
        for threshold in thresholds(own).values()
    ]
    both = ""
    if read and all(threshold.is_bracketed for threshold in read):
        both = "; each one given was run, and so was one below it"
    return (
        f"Sought by bisection to {options.tolerance:.1%}, taking losses to fall with the "
        f"slow-down{both}. The table has the tries next to each, spike_loss.csv all."
    )
