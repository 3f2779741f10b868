"""What can go wrong between a network and a machine."""

from dataclasses import dataclass

__all__ = [
    "CheckError",
    "DoesNotFitError",
    "InterchangeError",
    "MappingError",
    "RouteError",
    "SpecError",
]


class MappingError(Exception):
    """Base of all errors of this package."""


class SpecError(MappingError, ValueError):
    """The network asked for contradicts itself."""


class RouteError(MappingError, RuntimeError):
    """Dead links or chips leave no way from a sender to a target."""


class CheckError(MappingError, RuntimeError):
    """The independent check found a mapping that does not do what was asked."""


@dataclass
class InterchangeError(MappingError, ValueError):
    """A document of another tool chain says something that cannot be.

    Attributes
    ----------
    problem : str
        What is wrong, and what would be right.
    place : str
        Where in the document, as a JSON path: ``$.chips[3][2].cores``.
    """

    problem: str
    place: str

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}"


@dataclass
class DoesNotFitError(MappingError, ValueError):
    """The network does not fit the machine.

    Attributes
    ----------
    resource : str
        What ran out, e.g. ``"cores"`` or ``"DTCM of a combined core of L4E (bytes)"``.
    need, limit : int
        How much is needed and how much there is, in the unit that `resource` names.
    remedy : str
        What the user can do.
    """

    resource: str
    need: int
    limit: int
    remedy: str

    def __str__(self) -> str:
        return f"{self.resource}: need {self.need}, limit {self.limit}; {self.remedy}"
