"""All that a validation found: statistics and known answers, of the network and of broken ones."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from host.analysis.account import apart_text, comparison_account, verdict_text
from host.analysis.known_answers import Answer
from host.analysis.verdict import Comparison

__all__ = ["Findings", "Found"]


class Found(NamedTuple):
    """What was found of one network."""

    comparison: Comparison
    answers: tuple[Answer, ...] = ()

    @property
    def wrong(self) -> tuple[Answer, ...]:
        """Answers that are not the known ones."""
        return tuple(answer for answer in self.answers if not answer.is_met)

    @property
    def told_apart_by(self) -> tuple[str, ...]:
        """``"known answers"``, ``"statistics"``, both or neither."""
        by_statistics = self.comparison.verdict == "rejected"
        kinds = {"known answers": bool(self.wrong), "statistics": by_statistics}
        return tuple(kind for kind, is_so in kinds.items() if is_so)

    @property
    def is_missed(self) -> bool:
        """Whether nothing tells it apart, though there were seeds enough."""
        return self.comparison.verdict == "passed" and not self.wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What there is to tell.

    Attributes
    ----------
    given : Found
        Of the network, or the runs, that the user named.
    broken : mapping of str to Found
        Of broken networks, by name.
    delays : str
        What was done about delays, in a sentence; may be empty.
    added_steps : int
        Steps that were added to recurrent delays.
    folder : Path or None
        Of the runs.
    n_reused : int
        Runs that were there already.
    """

    given: Found
    broken: Mapping[str, Found] = field(default_factory=dict)
    delays: str = ""
    added_steps: int = 0
    folder: Path | None = None
    n_reused: int = 0

    @property
    def is_failed(self) -> bool:
        """Whether the network is told apart, or a broken one is not."""
        missed = any(found.is_missed for found in self.broken.values())
        return bool(self.given.told_apart_by) or missed

    def account(self) -> dict[str, Any]:
        """Everything, to be made plain for JSON (`host.results.plain`)."""
        return _account(self.given) | {
            "broken": {name: _account(found) for name, found in self.broken.items()},
            "delays": self.delays,
            "added_delay_steps": self.added_steps,
            "folder": self.folder,
            "n_reused": self.n_reused,
        }

    def verdicts(self) -> Iterator[str]:
        """Sentences: the verdicts on the network, of statistics and of known answers."""
        yield verdict_text(self.given.comparison)
        if self.given.answers:
            n, wrong = len(self.given.answers), self.given.wrong
            met = "all of" if not wrong else f"{n - len(wrong)} of"
            yield f"known answers: {met} {n} met" + (f"; NOT MET: {_wrong(wrong)}" if wrong else "")

    def broken_verdicts(self) -> Iterator[str]:
        """Sentences: by what each broken network was told apart."""
        for name, found in self.broken.items():
            yield f"{name}: {_told(found)}"


def _account(found: Found) -> dict[str, Any]:
    answers = [asdict(answer) | {"is_met": answer.is_met} for answer in found.answers]
    own = {"known_answers": answers, "told_apart_by": found.told_apart_by}
    return comparison_account(found.comparison) | own


def _told(found: Found) -> str:
    """By what a broken network was told apart, and what did not tell."""
    comparison = found.comparison
    apart = {
        "rejected": f"told apart by statistics (p = {comparison.p:.2g}): {apart_text(comparison)}",
        "passed": f"not by statistics (p = {comparison.p:.2g})",
        "undecided": "undecided by statistics",
    }[comparison.verdict]
    if found.wrong:
        return f"told apart by known answers: {_wrong(found.wrong)}; {apart}"
    return f"NOT TOLD APART by known answers; {apart}" if found.is_missed else apart


def _wrong(answers: tuple[Answer, ...]) -> str:
    return ", ".join(
        f"{a.name} ({a.found:.4g} {a.unit}, {a.expected:.4g} expected)" for a in answers
    )
